import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readChannelTests, writeChannelTest } from '../../../daemon/watchdog/channel-tests.js';

let state: string;
const SLACK = { name: 'ops', kind: 'slack' };
const proof = { channel: 'ops', kind: 'slack', atMs: 1_000, delivered: true, reason: null };

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'tillwarden-proof-'));
});
afterEach(() => rmSync(state, { recursive: true }));

describe('the proof of a channel', () => {
  test('is read as it was written, the newest one, and nothing else is left', () => {
    expect(writeChannelTest(state, { ...proof, delivered: false, reason: 'Slack answered HTTP 503' })).toBe(
      true,
    );
    expect(writeChannelTest(state, { ...proof, atMs: 2_000 })).toBe(true);
    expect(readChannelTests(state, [SLACK])).toEqual([{ ...proof, atMs: 2_000 }]);
    expect(readdirSync(join(state, 'proofs'))).toEqual(['ops.json']);
  });

  test('is of that channel: another kind under its name proves nothing', () => {
    writeChannelTest(state, proof);
    expect(readChannelTests(state, [{ name: 'ops', kind: 'email' }])).toEqual([]);
  });

  test.each([
    ['cut off', '{"channel":"ops"'],
    ['no object', '[]'],
    ['a time that is none', JSON.stringify({ ...proof, atMs: 'now' })],
    ['far too long', JSON.stringify({ ...proof, reason: 'x'.repeat(5_000) })],
  ])('that is %s proves nothing', (_, text) => {
    mkdirSync(join(state, 'proofs'));
    writeFileSync(join(state, 'proofs', 'ops.json'), text);
    expect(readChannelTests(state, [SLACK])).toEqual([]);
  });

  test('is not written where there is no state directory', () => {
    expect(writeChannelTest(join(state, 'elsewhere'), proof)).toBe(false);
    expect(readdirSync(state)).toEqual([]);
  });
});
