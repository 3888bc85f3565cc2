import { expect, test } from '@jest/globals';
import { lastChannelTestOf, PROVEN_FOR_MS, unproven } from '../../../daemon/watchdog/proven.js';

const DAY_MS = 86_400_000;
const tested = (atMs: number, delivered = true) => ({ atMs, delivered });

test('the later of the last message and the last test that arrived counts', () => {
  expect(lastChannelTestOf(null, null)).toBeNull();
  expect(lastChannelTestOf(5, null)).toEqual({ by: 'message', atMs: 5 });
  expect(lastChannelTestOf(5, tested(9))).toEqual({ by: 'test', atMs: 9 });
  expect(lastChannelTestOf(10, tested(9))).toEqual({ by: 'message', atMs: 10 });
});

test('a test that did not arrive proves nothing', () => {
  expect(lastChannelTestOf(null, tested(9, false))).toBeNull();
  expect(lastChannelTestOf(5, tested(9, false))).toEqual({ by: 'message', atMs: 5 });
});

test('a channel is proven for seven days', () => {
  const now = 100 * DAY_MS;
  expect(unproven('ops', { by: 'test', atMs: now - PROVEN_FOR_MS }, now)).toBeNull();
  expect(unproven('ops', { by: 'test', atMs: now - PROVEN_FOR_MS - 1 }, now)).toBe(
    'channel ops is not proven any more: nothing has arrived through it for 7 d; run tillwarden notify test ops',
  );
  expect(unproven('ops', null, now)).toContain('nothing has ever arrived through it');
});

test('a proof dated far in the future, by a clock that was wrong, proves nothing', () => {
  expect(unproven('ops', { by: 'message', atMs: 30 * DAY_MS }, 0)).toContain('not proven');
});

test('a test proves a channel through which no message ever went', () => {
  expect(lastChannelTestOf(null, tested(9))).toEqual({ by: 'test', atMs: 9 });
  expect(lastChannelTestOf(9, tested(9))).toEqual({ by: 'message', atMs: 9 });
});

test('a clock that was off by less than seven days leaves a proof as good as it was', () => {
  const now = 100 * DAY_MS;
  for (const atMs of [now - 1, now, now + PROVEN_FOR_MS]) {
    expect(unproven('ops', { by: 'message', atMs }, now)).toBeNull();
  }
  expect(unproven('ops', { by: 'message', atMs: now + PROVEN_FOR_MS + 1 }, now)).toContain('not proven');
});
