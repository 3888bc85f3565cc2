import { describe, expect, test } from '@jest/globals';
import {
  horizonMark,
  horizonOf,
  isLater,
  writtenBefore,
} from '../../../../../daemon/sources/postgres/again/horizon.js';

const EPOCH = 2 ** 32;
const at = (transaction: number, server = '2026-11-30 08:00:00+00') => ({ transaction, server });
/** What the server says of `age('3')` when its next transaction is this one. */
const ageAt = (next: number) => String((next - 3) | 0);

describe('the horizon of a snapshot', () => {
  test('is read with its epoch, or is none', () => {
    expect(horizonOf([String(5 * EPOCH + 9), 'then'])).toEqual({
      transaction: 5 * EPOCH + 9,
      server: 'then',
    });
    expect(horizonMark(at(5 * EPOCH + 9))).toBe(9);
    for (const row of [undefined, [], [null, 'then'], ['9', null], ['x', 'then']]) {
      expect(horizonOf(row)).toBeNull();
    }
  });

  test.each([
    ['the same again', at(1000), at(1000), true],
    ['a later one', at(1000), at(2000), true],
    ['one in the next epoch', at(EPOCH - 5), at(EPOCH + 5), true],
    ['an earlier one: another copy of the database', at(2000), at(1999), false],
    ['one of a server that was started anew', at(1000), at(2000, 'later'), false],
    ['one so far away that marks may mean either', at(1000), at(1000 + 2 ** 30), false],
    ['a later one, when marks of the first are none of transactions', at(EPOCH + 2), at(EPOCH + 50), false],
  ])('is followed by %s: %#', (_what, before, after, expected) => {
    expect(isLater(before, after)).toBe(expected);
  });
});

describe('a mark', () => {
  test.each([
    ['is before a horizon', at(1000), 2000, 999, true],
    ['is that of the oldest transaction under way', at(1000), 2000, 1000, false],
    ['is after it', at(1000), 2000, 1500, false],
    ['is before it, though its number is higher', at(EPOCH + 10), EPOCH + 20, EPOCH - 7, true],
    ['is after it, though its number is lower', at(EPOCH - 7), EPOCH + 20, 10, false],
    ['is of long ago and frozen', at(1000), 2000, 2, true],
    ['is of the installation', at(1000), 2000, 1, true],
    // More than half of all numbers ago: the server counts it as of times to come, and sends it.
    ['is of so long ago that it is sent', at(3 * 2 ** 30), 3 * 2 ** 30 + 5, 100, false],
  ])('%s', (_what, horizon, next, mark, expected) => {
    expect(writtenBefore(horizon, ageAt(next))(mark % EPOCH)).toBe(expected);
  });

  test('is before nothing when the server does not say how it counts', () => {
    // Every number has the same age then, which is that of the horizon.
    expect(writtenBefore(at(1000), null)(5)).toBe(false);
  });
});
