import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ROOT_CHAIN, SeenHeads } from '../../../../daemon/cli/signing/seen-heads.js';

const PIN = 'a'.repeat(64);
const step = (version: number, digest = `digest-${version}`) => ({ version, digest, signers: [] });
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tillwarden-seen-'));
});
afterEach(() => rm(home, { recursive: true }));

const seen = () => new SeenHeads({ XDG_STATE_HOME: home });
const refused = expect.objectContaining({ code: 'CLI_ROLLED_BACK', exit: 12 });

test('what was seen must stay in the chain', () => {
  seen().refuseOlder(PIN, 'prague-1', []);
  seen().remember(PIN, 'prague-1', step(2));
  seen().refuseOlder(PIN, 'prague-1', [step(1), step(2), step(3)]);
  expect(() => seen().refuseOlder(PIN, 'prague-1', [step(1)])).toThrow(refused);
  expect(() => seen().refuseOlder(PIN, 'prague-1', [])).toThrow(refused);
  expect(() => seen().refuseOlder(PIN, 'prague-1', [step(1), step(2, 'other'), step(3)])).toThrow(refused);
});

test('a chain that the trust root anchors later needs no older step', () => {
  seen().remember(PIN, 'prague-1', step(2));
  seen().refuseOlder(PIN, 'prague-1', [step(5), step(6)]);
});

test('sites and trust roots are kept apart', () => {
  seen().remember(PIN, 'prague-1', step(2));
  seen().refuseOlder(PIN, 'vienna', []);
  seen().refuseOlder('b'.repeat(64), 'prague-1', []);
});

test('the trust root is remembered beside the sites, under a name that no site has', () => {
  seen().remember(PIN, ROOT_CHAIN, step(2));
  seen().remember(PIN, 'prague-1', step(1));
  seen().refuseOlder(PIN, ROOT_CHAIN, [step(1), step(2), step(3)]);
  expect(() => seen().refuseOlder(PIN, ROOT_CHAIN, [step(1)])).toThrow(
    expect.objectContaining({ message: expect.stringContaining('version 2 of trust root here') }),
  );
});

test.each([
  ['cut off', '{"prague-1'],
  ['of another shape', '{"prague-1 aaaaaaaaaaaaaaaa": {"version": "2"}}'],
  ['a list', '[]'],
])('a memory that is %s is no empty one', async (_how, text) => {
  seen().remember(PIN, 'prague-1', step(2));
  await writeFile(join(home, 'tillwarden/seen-heads.json'), text);
  expect(() => seen().refuseOlder(PIN, 'prague-1', [])).toThrow(
    expect.objectContaining({ code: 'CLI_SEEN_UNREADABLE' }),
  );
});

test('what was seen stays the highest, whoever looked earlier and writes later, and whatever another has begun to write', async () => {
  seen().remember(PIN, 'prague-1', step(7));
  await mkdir(join(home, 'tillwarden/seen-heads.json.tmp'));
  seen().remember(PIN, 'prague-1', step(6));
  seen().remember(PIN, 'vienna', step(1));
  expect(seen().seen(PIN, 'prague-1')).toEqual({ version: 7, digest: 'digest-7' });
  expect(seen().seen(PIN, 'vienna')).toMatchObject({ version: 1 });
});
