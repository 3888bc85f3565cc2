import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CliWorld, createCliWorld } from './run-cli.js';

const THIEF = 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440';

let world: CliWorld;
let site: string;

beforeAll(async () => {
  world = await createCliWorld(['alice']);
  site = join(world.directory, 'site');
  const key = world.publicKey('alice');
  await world.as('alice', 'init', '--key', key, '--name', 'alice', '--directory', site, '--site', 'prague-1');
  const file = join(site, 'tillwarden.yaml');
  const sources = /^( {4}sources:\n)[\s\S]*?(?=^\S)/m;
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(sources, '$1      - { kind: book, name: book, bookFile: book.csv }\n'));
  writeFileSync(join(site, 'book.csv'), `value,label\n${THIEF},exchange\n`);
});
afterAll(() => world.close());

describe('tillwarden indicators', () => {
  test('check says which of your records are known, and from where', async () => {
    const run = await world.as('alice', 'indicators', 'check');
    expect(run).toMatchObject({ exit: 10 });
    expect(run.stdout).toContain('would match 1 record of yours');
    expect(run.stdout).toContain(`Known from general-bytes-2023-03, wallet address: “${THIEF}”`);
    expect(run.stdout).toContain('there now, NOT SIGNED');
  });

  test('check of a file says what it would match before it is in force, and where it is wrong', async () => {
    const feed = join(site, 'new.yaml');
    const entry = (value: string) =>
      `format: tillwarden indicators 1\nincidents:\n  - name: other\n    indicators:\n      - { kind: wallet-address, value: ${value} }\n`;
    writeFileSync(feed, entry('bc1qnobodyhasthisone'));
    expect(await world.as('alice', 'indicators', 'check', feed)).toMatchObject({ exit: 0 });
    writeFileSync(feed, entry(THIEF).replace('kind:', 'sort:'));
    const run = await world.as('alice', 'indicators', 'check', feed);
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(/new\.yaml:5:\d+: incidents\[0\]\.indicators\[0\]/);
  });

  test('list prints each with its source and what else it can be', async () => {
    const run = await world.as('alice', 'indicators', 'list');
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain('“BT123456”');
    expect(run.stdout).toContain("may be harmless: “the example that the vendor's documentation uses");
  });
});
