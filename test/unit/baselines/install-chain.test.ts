import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { installChain, type SignedDocument } from '../../../baselines/index.js';
import { admins, codeOfAsync, extended, headOf, noChain, propose, SITE, terminals } from './scene.js';

const one = extended(noChain, propose(null));
const two = extended(one, propose(headOf(one), [admins, terminals], 'again'));
let folder: string;
let path: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'copied '));
  path = process.env['PATH'];
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true });
});

const beside = async ({ file }: SignedDocument) => (file === '000002.json' ? two.records : []);
const install = (recordsOf: typeof beside = beside) => installChain(folder, SITE, two.documents, recordsOf);
const there = () => readdirSync(join(folder, SITE)).sort();
const whole = () => [
  ...two.documents.flatMap(({ file, signatures }) => [file, ...signatures.map((one) => one.file)]),
  ...[...two.records.keys()].map((digest) => `${digest}.jsonl`),
];

describe('a whole chain, put where nothing of the site lies', () => {
  test('is there with every file as it was signed, and nothing beside it', async () => {
    expect(await install()).toBe(true);
    expect(there()).toEqual(whole().sort());
    const [first] = two.documents;
    expect(readFileSync(join(folder, SITE, '000001.json')).equals(first?.bytes as Buffer)).toBe(true);
    expect(readdirSync(folder)).toEqual([SITE]);
  });

  test('is made durable file by file where the system has no "sync -f"', async () => {
    process.env['PATH'] = join(folder, 'no programs');
    expect(await install()).toBe(true);
    expect(there()).toEqual(whole().sort());
  });

  test('changes nothing where something of the site lies already', async () => {
    mkdirSync(join(folder, SITE));
    writeFileSync(join(folder, SITE, 'note'), '');
    expect(await install()).toBe(false);
    expect(there()).toEqual(['note']);
  });

  test('leaves nothing behind when its records are not those of their digest, and clears away what a crash left', async () => {
    mkdirSync(join(folder, `.${SITE}.crashed.tmp`));
    const wrong = async () => new Map([['ab'.repeat(32), Buffer.from('x')]]);
    expect(await codeOfAsync(install(wrong as never))).toBe('BASELINE_RECORDS_DIGEST');
    expect(readdirSync(folder)).toEqual([]);
  });
});
