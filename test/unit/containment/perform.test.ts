import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { containmentActionSchema } from '../../../daemon/config/containment.js';
import { type ActionResult, perform as performWith } from '../../../daemon/containment/perform.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { waitFor } from '../../support/wait.js';

const HOSTILE = '{"key":"$(touch /tmp/owned); `id` \\u0000 ; rm -rf /"}\n';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwarden-contain-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function program(body: string): Promise<string> {
  const file = join(folder, `program-${Math.random().toString(36).slice(2)}`);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o700);
  return file;
}

const perform = (one: ReturnType<typeof action>, input: string): Promise<ActionResult> =>
  performWith(one, { input, findings: [] }, sourceKinds);

const action = (more: object) =>
  containmentActionSchema.parse({
    name: 'a',
    dryRun: false,
    kinds: ['terminal'],
    timeoutMs: 300_000,
    ...more,
  });

describe('a command', () => {
  test('is given what was found on standard input, its arguments as they are, and none of our environment', async () => {
    process.env['TILLWARDEN_SECRET_OF_A_TEST'] = 'seen';
    const out = join(folder, 'out');
    const file = await program(`{ cat; printf '%s|' "$@"; env; pwd; } > ${out}`);
    const done = await perform(action({ command: [file, '$HOME', 'a b; c'] }), HOSTILE);
    expect(done).toEqual({ result: 'done', code: '0' });
    const written = await readFile(out, 'utf8');
    expect(written.startsWith(`${HOSTILE}$HOME|a b; c|`)).toBe(true);
    expect(written).not.toContain('TILLWARDEN_SECRET_OF_A_TEST');
    expect(written.trimEnd().endsWith('\n/')).toBe(true);
  });

  test('that fails, is not there, or reads nothing says so by a code', async () => {
    expect(await perform(action({ command: [await program('exit 3')] }), HOSTILE)).toEqual({
      result: 'failed',
      code: '3',
    });
    expect(await perform(action({ command: [join(folder, 'none')] }), HOSTILE)).toEqual({
      result: 'failed',
      code: 'ENOENT',
    });
    const long = 'x'.repeat(4_000_000);
    expect(await perform(action({ command: [await program('exit 0')] }), long)).toEqual({
      result: 'done',
      code: '0',
    });
  });

  test('that goes on for ever and may not be ended is told as well, and ends nothing of ours', async () => {
    const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    const file = await program('sleep 3');
    const ended = await perform(action({ command: [file], timeoutMs: 200 }), HOSTILE);
    expect(kill).toHaveBeenCalled();
    kill.mockRestore();
    expect(ended).toEqual({ result: 'failed', code: 'TIMEOUT' });
  });

  test('that goes on for ever is ended with everything that it started', async () => {
    const pidFile = join(folder, 'pid');
    const file = await program(`sleep 600 & echo $! > ${pidFile}; wait`);
    // Its time is up when all of it has started, however long that takes.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
    let pid = 0;
    try {
      const ended = perform(action({ command: [file], timeoutMs: 3_000 }), HOSTILE);
      await waitFor(
        async () => {
          pid = Number(await readFile(pidFile, 'utf8'));
          return pid > 0;
        },
        { what: 'what it starts' },
      );
      jest.advanceTimersByTime(3_000);
      expect(await ended).toEqual({ result: 'failed', code: 'TIMEOUT' });
    } finally {
      jest.useRealTimers();
    }
    await waitFor(
      async () => (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).includes(') Z'),
      { what: 'what it started to end' },
    );
  });
});

describe('an HTTP call', () => {
  test('carries what was found as its body and the token of the file, and follows nothing', async () => {
    const seen: { body: string; authorization: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      seen.push({ body: await text(request), authorization: request.headers.authorization });
      response.writeHead(request.url === '/away' ? 302 : 204, { location: 'http://169.254.169.254/' }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 's3cret\n');
    expect(await perform(action({ http: { url: `${base}/`, tokenFile } }), HOSTILE)).toEqual({
      result: 'done',
      code: '204',
    });
    expect(seen).toEqual([{ body: HOSTILE, authorization: 'Bearer s3cret' }]);
    expect(await perform(action({ http: { url: `${base}/away` } }), HOSTILE)).toEqual({
      result: 'failed',
      code: 'redirected',
    });
    await new Promise((resolve) => server.close(resolve));
    expect(await perform(action({ http: { url: `${base}/` } }), HOSTILE)).toEqual({
      result: 'failed',
      code: 'unreachable',
    });
    expect(await perform(action({ http: { url: `${base}/`, tokenFile: `${tokenFile}x` } }), HOSTILE)).toEqual(
      { result: 'failed', code: 'ENOENT' },
    );
  });
});
