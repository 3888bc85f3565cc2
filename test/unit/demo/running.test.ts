import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { noteRunning, oneRunningDemo, type RunningDemo, runningDemos } from '../../../daemon/demo/running.js';

let folder: string;
const before = process.env['TMPDIR'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwarden-notes-'));
  process.env['TMPDIR'] = folder;
});
afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await rm(folder, { recursive: true });
});

const demo = (pid: number): RunningDemo => ({
  pid,
  directory: `/demo/${pid}`,
  ownerUrl: 'postgres://',
  configFile: '',
  peopleDirectory: '',
});

test('of several running demos none is meant until one is named, and each is told by process and folder', async () => {
  const forget = await noteRunning(demo(process.pid));
  expect((await oneRunningDemo(undefined)).pid).toBe(process.pid);
  // The parent of a test's process lives as long as it does.
  const forgetOther = await noteRunning(demo(process.ppid));
  await expect(oneRunningDemo(undefined)).rejects.toEqual(expect.objectContaining({ code: 'DEMO_SEVERAL' }));
  await expect(oneRunningDemo(undefined)).rejects.toThrow(`--of ${process.ppid}  in /demo/${process.ppid}`);
  expect((await oneRunningDemo(process.ppid)).directory).toBe(`/demo/${process.ppid}`);
  await expect(oneRunningDemo(1_999_999_999)).rejects.toEqual(
    expect.objectContaining({ code: 'DEMO_NOT_RUNNING' }),
  );
  await forget();
  await forgetOther();
  expect(await runningDemos()).toEqual([]);
});

test('the note of a demo that was killed counts for nothing and is removed', async () => {
  await noteRunning(demo(1_999_999_998));
  await expect(oneRunningDemo(undefined)).rejects.toEqual(
    expect.objectContaining({ code: 'DEMO_NOT_RUNNING' }),
  );
  const [notes = ''] = await readdir(folder);
  expect(await readdir(join(folder, notes))).toEqual([]);
});
