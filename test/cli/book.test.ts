import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CliWorld, createCliWorld, MAIN } from './run-cli.js';

const page = readFileSync(new URL('../../docs/destinations.md', import.meta.url), 'utf8');
/** The commands, each with the output that the next block shows; `…` stands for lines that are another page's. */
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/gm)].map(
  ([, command, output]) => ({ command: command ?? '', output: output ?? '' }),
);

let world: CliWorld;
let site: string;

/** A site that watches nothing but its address book, of one approver. */
beforeAll(async () => {
  world = await createCliWorld(['alice']);
  site = join(world.directory, 'site');
  const key = world.publicKey('alice');
  await world.as('alice', 'init', '--key', key, '--name', 'alice', '--directory', site, '--site', 'prague-1');
  const file = join(site, 'tillwarden.yaml');
  const text = readFileSync(file, 'utf8');
  const sources = /^( {4}sources:\n)[\s\S]*?(?=^\S)/m;
  expect(text).toMatch(sources);
  writeFileSync(file, text.replace(sources, '$1      - { kind: book, name: book, bookFile: book.csv }\n'));
  const bin = join(world.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'tillwarden'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(join(bin, 'tillwarden'), 0o700);
});
afterAll(() => world.close());

test('the commands of docs/destinations.md do what the page shows, in the order of the page', () => {
  expect(commands).toHaveLength(4);
  for (const { command, output } of commands) {
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', command], {
      cwd: site,
      encoding: 'utf8',
      env: {
        PATH: `${join(world.directory, 'bin')}${delimiter}${process.env['PATH']}`,
        HOME: world.home('alice'),
        NO_COLOR: '1',
      },
    });
    expect({ status, stderr, command }).toMatchObject({ status: 0 });
    for (const part of output.split('…\n')) expect(stdout).toContain(part);
  }
});

describe('the address book', () => {
  test('is refused whole for a private key, which no output repeats', async () => {
    const secret =
      'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi';
    const run = await world.as('alice', 'book', 'add', secret, '--label', 'mine');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/CLI_BOOK.*PRIVATE extended key/);
    const book = join(site, 'book.csv');
    const before = readFileSync(book, 'utf8');
    writeFileSync(book, `${before}${secret},mine,,\n`);
    const check = await world.as('alice', 'check');
    expect(check).toMatchObject({ exit: 11 });
    expect(check.stdout).toMatch(/UNKNOWN {2}address_book.*line 6: a PRIVATE extended key/);
    writeFileSync(book, before);
    expect(world.printed()).not.toContain(secret);
  });

  test('that somebody edits is drift, and what was signed goes on counting', async () => {
    const book = join(site, 'book.csv');
    const before = readFileSync(book, 'utf8');
    writeFileSync(
      book,
      before.replace(/^.*cold wallet,,\n/m, 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440,cold wallet,,\n'),
    );
    const check = await world.as('alice', 'check');
    expect(check.exit).toBe(10);
    expect(check.stdout).toContain(
      'address_book, value “bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440” (42 characters), label “cold wallet”',
    );
    expect((await world.as('alice', 'book', 'show')).stdout).toContain('NOT SIGNED');
    const asked = await world.as('alice', 'book', 'check', 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440');
    expect(asked).toMatchObject({ exit: 10 });
    expect(asked.stdout).toContain('NOT in the signed book');
    writeFileSync(book, before);
    expect((await world.as('alice', 'check')).exit).toBe(0);
  });

  test('over its limit of bytes is not read', async () => {
    const book = join(site, 'book.csv');
    const before = readFileSync(book, 'utf8');
    writeFileSync(book, 'x'.repeat(10 * 1024 * 1024));
    const check = await world.as('alice', 'check');
    expect(check).toMatchObject({ exit: 11 });
    expect(check.stdout).toContain('more than 4194304 bytes');
    writeFileSync(book, before);
  });

  test('refuses an address twice under two labels, and takes the same line again as none', async () => {
    const add = (label: string) =>
      world.as('alice', 'book', 'add', 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu', '--label', label);
    expect((await add('cold wallet')).stdout).toContain('0 lines added');
    expect(await add('another')).toMatchObject({ exit: 64 });
  });

  test('lets go of a line by its label', async () => {
    const removed = await world.as('alice', 'book', 'remove', 'kraken eth');
    expect(removed.stdout).toContain('1 line removed.');
    expect((await world.as('alice', 'check')).exit).toBe(10);
    expect((await world.as('alice', 'book', 'remove', 'kraken eth')).stderr).toContain('CLI_BOOK');
  });
});
