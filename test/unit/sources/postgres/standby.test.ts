import { expect, test } from '@jest/globals';
import { watchStandby } from '../../../../daemon/sources/postgres/standby.js';

let nowMs = 0;
const watch = () => watchStandby('cas', 30_000, () => nowMs);
const row = ({
  paused = 'f',
  replayed = 't',
  age = '0' as string | null,
  at = '0/1',
  receiver = 't',
} = {}) => ['t', paused, replayed, age, at, receiver];

test('a primary is no standby, and shows as none', () => {
  const standby = watch();
  expect(standby.observe(['f', null, null, null, null, 'f'])).toBeNull();
  expect(standby.degradations()).toEqual([]);
});

test('a standby in step with an idle primary is fresh, however old its last transaction is, and is shown as a standby', () => {
  const standby = watch();
  expect(standby.observe(row({ age: '86400000' }))).toBeNull();
  expect(standby.degradations()).toMatchObject([{ code: 'SOURCE_STANDBY' }]);
  standby.observe(['f', null, null, null, null, 'f']);
  expect(standby.degradations()).toEqual([]);
});

test.each([
  ['its replay is paused', { paused: 't' }],
  ['it receives nothing from its primary', { receiver: 'f' }],
  ['its replay lags behind what it received', { replayed: 'f' }],
])('old data are no reading when %s', (why, state) => {
  expect(watch().observe(row({ ...state, age: '30000' }))).toBeNull();
  expect(watch().observe(row({ ...state, age: '30001' }))).toMatchObject({
    cause: 'unreachable',
    detail: expect.stringContaining(why),
  });
});

test('an age that the server does not know, or a clock of the primary that is ahead, is the time that replay stood still', () => {
  for (const age of [null, '-900000']) {
    const standby = watch();
    nowMs = 1_000;
    expect(standby.observe(row({ receiver: 'f', age }))).toBeNull();
    nowMs = 31_000;
    expect(standby.observe(row({ receiver: 'f', age }))).toBeNull();
    nowMs = 31_001;
    expect(standby.observe(row({ receiver: 'f', age }))).not.toBeNull();
    expect(standby.observe(row({ receiver: 'f', age, at: '0/2' }))).toBeNull();
  }
});
