import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSiteDirectory, readTrustDirectory, verifyChain, verifyTrust } from '../../../baselines/index.js';

const readme = readFileSync(new URL('../../../baselines/README.md', import.meta.url), 'utf8');

/** The example's files: a path in backquotes at the start of a paragraph, and the block behind it. */
const files = [...readme.matchAll(/^`((?:trust|baselines\.d)\/\S+)`[^\n]*:\n\n```\w+\n([\s\S]*?)```$/gm)].map(
  ([, path, content]) => [path ?? '', content ?? ''] as const,
);
/** The commands, each with the output that the next block shows, if it shows one. */
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/gm)].map(
  ([, command, output]) => ({ command: command ?? '', output: output ?? '' }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = (command: string) =>
  // Given a socket to read from, bash takes itself for a remote shell and reads the machine's start-up files.
  spawnSync('bash', ['--norc', '--noprofile', '-euo', 'pipefail', '-c', command], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe('the worked example of baselines/README.md', () => {
  test('verifies here', async () => {
    expect(files).toHaveLength(5);
    const pin = /root: sha256:([0-9a-f]{64})/.exec(readme)?.[1] ?? '';
    const trust = verifyTrust((await readTrustDirectory(join(folder, 'trust'))).documents, pin);
    const { documents, records } = await readSiteDirectory(join(folder, 'baselines.d'), 'prague-1');
    const nowMs = Date.parse('2026-11-24T12:00:00.000Z');
    const { head, problems } = verifyChain({ trust, site: 'prague-1', documents, records, nowMs });
    expect(problems).toEqual([]);
    expect(head?.signers).toEqual(['anna', 'dan']);
    expect(head?.collections.get('wallet_routes')?.records).toHaveLength(2);
  });

  test('is checked by the very commands it shows, with the very output', () => {
    expect(commands).toHaveLength(5);
    for (const { command, output } of commands) {
      const { status, stdout, stderr } = run(command);
      expect({ command, stdout, stderr, status }).toEqual({ command, stdout: output, stderr: '', status: 0 });
    }
  });

  test('is found out by the same commands when a file is changed', () => {
    const changed = files.filter(([path]) => /prague-1\/(000001\.json|\w+\.jsonl)$/.test(path));
    expect(changed).toHaveLength(2);
    for (const [path, content] of changed) {
      writeFileSync(join(folder, path), content.replace('1', '2'));
      expect(commands.map(({ command }) => run(command).status === 0)).toContain(false);
      writeFileSync(join(folder, path), content);
    }
  });

  test('names every file of the folder', () => {
    const table = readme.slice(readme.indexOf('## The code'));
    const named = [...table.matchAll(/`([a-z-]+\.ts)`/g)].map(([, file]) => file ?? '');
    const sources = readdirSync(new URL('../../../baselines/', import.meta.url));
    expect(named.sort()).toEqual(sources.filter((file) => file.endsWith('.ts')).sort());
  });
});
