import { expect, test } from '@jest/globals';
import { createTouchRegister, type Touch } from '../../../daemon/policy/touches.js';

const MINUTE = 60_000;
const record = (id: number) => ({ key: JSON.stringify([String(id)]), line: '', digest: '' });
const touch = (hinted: boolean, ...ids: number[]): Touch => ({
  collection: 'routes',
  kind: 'wallet-route',
  hinted,
  besideChange: false,
  count: ids.length,
  records: ids.map(record),
});

/** A register that tells what it may at once. */
function scene() {
  const register = createTouchRegister({ rules: [], startedMs: 0 });
  return {
    register,
    at: (ms: number, ...touches: Touch[]) => {
      register.note(touches, ms);
      const news = register.news(ms);
      register.told(news, ms);
      return news;
    },
  };
}

test('what the source said had changed is told at once, and what follows within seconds is told together', () => {
  const { at } = scene();
  expect(at(0, touch(true, 1))).toMatchObject([{ count: 1, severity: 'high', last: false }]);
  expect(at(100, touch(true, 2))).toEqual([]);
  expect(at(4_999, touch(true, 1, 2))).toEqual([]);
  expect(at(5_000)).toMatchObject([{ count: 3, records: [record(2), record(1)] }]);
  expect(at(20_000)).toEqual([]);
});

test('what was not told because it could not be recorded is told at the next decision', () => {
  const { register } = scene();
  register.note([touch(true, 1)], 0);
  expect(register.news(0)).toEqual(register.news(1));
});

test('unheard writes say something only where nothing was written unheard for ten minutes', () => {
  const { at } = scene();
  expect(at(MINUTE, touch(false, 1))).toEqual([]);
  expect(at(10 * MINUTE, touch(false, 1))).toEqual([]);
  expect(at(20 * MINUTE, touch(false, 1))).toMatchObject([{ severity: 'medium', hinted: false }]);
  for (let n = 1; n < 20; n++) expect(at((20 + n) * MINUTE, touch(false, 1))).toEqual([]);
});

test('what was read before the word of the source came is told when it comes, within two seconds, and is no habit', () => {
  const { register, at } = scene();
  const hearing = (ms: number) => {
    register.hear('routes', ms);
    return at(ms);
  };
  expect(hearing(MINUTE)).toEqual([]);
  expect(at(MINUTE, touch(false, 1))).toEqual([]);
  expect(hearing(MINUTE + 2_000)).toMatchObject([{ count: 1, severity: 'high', hinted: true }]);
  // Once.
  expect(hearing(MINUTE + 2_001)).toEqual([]);
  // The first was none of a habit: the next is heard of as well.
  expect(at(2 * MINUTE, touch(false, 2))).toEqual([]);
  expect(hearing(2 * MINUTE + 100)).toMatchObject([{ count: 1, records: [record(2)] }]);
  expect(at(3 * MINUTE, touch(false, 3))).toEqual([]);
  expect(hearing(3 * MINUTE + 2_001)).toEqual([]);
  // Written all the time by now: a word of the source is about something else.
  expect(at(4 * MINUTE, touch(false, 3))).toEqual([]);
  expect(hearing(4 * MINUTE + 1)).toEqual([]);
});

test('a collection that is written all the time is told for the last time, until it was left alone for an hour', () => {
  const { at } = scene();
  const told = Array.from({ length: 40 }, (_, n) => at(n * 10_000, touch(true, 1))).flat();
  expect(told.map(({ last }) => last)).toEqual([...Array(11).fill(false), true]);
  expect(at(59 * MINUTE, touch(true, 1))).toEqual([]);
  expect(at(119 * MINUTE, touch(true, 1))).toHaveLength(1);
});

test('what is written beside a change that was found is told, unless the collection is written all the time', () => {
  const beside = { ...touch(true, 2), besideChange: true };
  expect(scene().at(0, beside)).toMatchObject([{ besideChange: true, severity: 'high' }]);
  const { at } = scene();
  at(MINUTE, touch(false, 1));
  expect(at(2 * MINUTE, beside)).toEqual([]);
  expect(at(11 * MINUTE, beside)).toHaveLength(1);
});

test('a kind of which a change for seconds does no harm is not told', () => {
  const { at } = scene();
  expect(at(0, { ...touch(true, 1), kind: 'config' })).toEqual([]);
});

test('a touch that was heard is told as such when one that was not joins it, and beside a change only when all of it was', () => {
  const { register } = scene();
  register.note([{ ...touch(true, 1), besideChange: true }], 0);
  register.note([{ ...touch(true, 2), besideChange: true }], 1);
  expect(register.news(1)).toMatchObject([{ hinted: true, besideChange: true, count: 2 }]);
  register.note([touch(false, 3)], 11 * MINUTE);
  expect(register.news(11 * MINUTE)).toMatchObject([{ hinted: true, besideChange: false, count: 3 }]);
  register.note([{ ...touch(false, 4), besideChange: true }], 22 * MINUTE);
  expect(register.news(22 * MINUTE)).toMatchObject([{ besideChange: false, count: 4 }]);
});

test('no more than a hundred records stand in one telling, and all are counted', () => {
  const ids = Array.from({ length: 150 }, (_, id) => id);
  const [told] = scene().at(0, touch(true, ...ids));
  expect(told).toMatchObject({ count: 150 });
  expect(told?.records).toEqual(ids.slice(0, 100).map(record));
});

test('the tenth minute is quiet enough, one moment sooner is not', () => {
  expect(scene().at(10 * MINUTE, touch(false, 1))).toHaveLength(1);
  expect(scene().at(10 * MINUTE - 1, touch(false, 1))).toEqual([]);
});

test('what was written unheard beside a change is no habit of the collection', () => {
  const { at } = scene();
  expect(at(9 * MINUTE, { ...touch(false, 1), besideChange: true })).toHaveLength(1);
  expect(at(11 * MINUTE, touch(false, 2))).toHaveLength(1);
});

test('only what was told within the hour counts towards being written all the time', () => {
  const { at } = scene();
  const told = Array.from({ length: 30 }, (_, n) => at(n * 6 * MINUTE, touch(true, 1))).flat();
  expect(told.every(({ last }) => !last)).toBe(true);
  expect(told).toHaveLength(30);
});

test('a clock that was set back does not keep what is touched from being told', () => {
  const { at } = scene();
  expect(at(60 * MINUTE, touch(true, 1))).toHaveLength(1);
  expect(at(30 * MINUTE, touch(true, 2))).toHaveLength(1);
});

test.each([
  ['critical', true, 'high'],
  ['critical', false, 'medium'],
  ['high', true, 'high'],
  ['high', false, 'medium'],
  ['low', true, 'low'],
] as const)('what rules rank %s is, touched (heard: %s), %s', (severity, hinted, told) => {
  const register = createTouchRegister({
    rules: [{ collection: 'routes', severity }],
    startedMs: -60 * MINUTE,
  });
  register.note([touch(hinted, 1)], 0);
  expect(register.news(0)).toMatchObject([{ severity: told }]);
});
