import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../../../baselines/index.js';
import { runWatchLink } from '../../../../daemon/cli/incident/watch-link.js';
import { qrCode, qrLines } from '../../../../daemon/cli/text/qr-code.js';
import { fakeTerminal } from '../fake-terminal.js';

const TOKEN = `till_${'aB3-_xYz9'.repeat(4)}`;
const directory = mkdtempSync(join(tmpdir(), 'watch-link-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a code for a camera', () => {
  /** Recorded after a reader of other people's had read every length from 1 to 230 bytes. */
  test.each([
    [
      'https://tillwarden.example.net:9772/#token=till_',
      29,
      '92d8247233501d2c6b4085c06be2f625b7376257bfd55f083e48a257c9658e1e',
    ],
    [
      `https://tillwarden.example.net:9772/#token=till_${'aB3-_xYz9'.repeat(20)}`,
      53,
      '6fd5c307525619b8bc7d17c32926cdabe7d3cd86d597a107a132b63e8eb7f8a2',
    ],
  ])('of %s is the one that was read', (text, size, digest) => {
    const modules = qrCode(text) ?? [];
    expect(modules).toHaveLength(size);
    expect(sha256Hex(JSON.stringify(modules))).toBe(digest);
  });

  test('is none for what is too long, and drawn two rows to a line with room around', () => {
    expect(qrCode('x'.repeat(231))).toBeNull();
    const lines = qrLines(qrCode('x') ?? []);
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe(' '.repeat(25));
    expect(lines.every((line) => line.length === 25)).toBe(true);
  });
});

describe('the link to the watch page', () => {
  test('is that of the person whose file it is, with a code where colours are shown', async () => {
    const file = join(directory, 'approver.yaml');
    writeFileSync(join(directory, 'token'), TOKEN, { mode: 0o600 });
    const pin = `sha256:${'0'.repeat(64)}`;
    writeFileSync(file, `server: https://till.example:9772\ntoken_file: ./token\ntrustRoot: "${pin}"\n`);
    const plain = fakeTerminal();
    const context = { env: {}, configFile: file, clock: Date.now };
    expect(await runWatchLink({ ...context, terminal: plain }, { config: file })).toBe(0);
    expect(plain.lines).toEqual([
      expect.stringContaining('let nobody see it'),
      `https://till.example:9772/#token=${TOKEN}`,
    ]);
    const coloured = { ...fakeTerminal(), paint: (_style: string, text: string) => `[${text}]` };
    await runWatchLink({ ...context, terminal: coloured }, { config: file });
    expect(coloured.lines.length).toBeGreaterThan(15);
    expect(coloured.lines.at(-1)).toBe(plain.lines.at(-1));
  });

  test('needs a file that names the daemon', async () => {
    const context = { terminal: fakeTerminal(), env: { HOME: directory }, configFile: '', clock: Date.now };
    await expect(runWatchLink(context, {})).rejects.toMatchObject({ code: 'CLI_NOT_SET_UP' });
  });
});
