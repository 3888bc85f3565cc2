import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MAIN } from './run-cli.js';

const page = readFileSync(new URL('../../docs/trust.md', import.meta.url), 'utf8');
/** The commands, each with the output that the next block shows; `…` stands for what differs each time. */
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/gm)].map(
  ([, command, output]) => ({ command: command ?? '', output: output ?? null }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust docs '));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'here'));
  const program = join(folder, 'bin', 'tillwarden');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(program, 0o700);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the commands of docs/trust.md do what the page shows, in the order of the page', () => {
  expect(commands).toHaveLength(7);
  const env = {
    PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
    HOME: folder,
    NO_COLOR: '1',
  };
  for (const { command, output } of commands) {
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', command], {
      cwd: join(folder, 'here'),
      encoding: 'utf8',
      env,
    });
    const said = stderr.replaceAll('Signing data on standard input\n', '');
    expect({ command, status, said }).toEqual({ command, status: 0, said: '' });
    if (output !== null) expect(masked(stdout, output)).toBe(output);
  }
});

/** What was printed, with `…` where the page has it. */
function masked(printed: string, shown: string): string {
  const shownLines = shown.split('\n');
  return printed
    .split('\n')
    .map((line, index) => {
      const pattern = shownLines[index] ?? '';
      const parts = pattern.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${parts.join('\\S+')}$`).test(line) ? pattern : line;
    })
    .join('\n');
}
