import { describe, expect, test } from '@jest/globals';
import { decideYardstick } from '../../../../daemon/approvals/active/decide.js';

const step = (version: number, digest = `d${version}`) => ({ version, digest });
const chain = (...steps: { version: number; digest: string }[]) => ({ head: steps.at(-1) ?? null, steps });

describe('the yardstick', () => {
  test('is the head of the disk at the first start, and is remembered', () => {
    expect(decideYardstick({ remembered: null, kept: null, disk: chain(step(1), step(2)) })).toEqual({
      inForce: step(2),
      adopt: true,
      problem: null,
    });
  });

  test('is nothing while nobody has signed anything, and that is no problem of the files', () => {
    expect(decideYardstick({ remembered: null, kept: null, disk: chain() })).toEqual({
      inForce: null,
      adopt: false,
      problem: null,
    });
  });

  test('moves to a newer head that descends from the remembered one', () => {
    expect(
      decideYardstick({ remembered: step(2), kept: step(2), disk: chain(step(1), step(2), step(3)) }),
    ).toEqual({ inForce: step(3), adopt: true, problem: null });
  });

  test('is not adopted again when the disk holds what is remembered', () => {
    expect(decideYardstick({ remembered: step(2), kept: step(2), disk: chain(step(1), step(2)) })).toEqual({
      inForce: step(2),
      adopt: false,
      problem: null,
    });
  });

  test.each([
    ['an older head', chain(step(1))],
    ['no head', chain()],
  ])('stays the remembered head when the disk holds %s', (_what, disk) => {
    expect(decideYardstick({ remembered: step(2), kept: step(2), disk })).toEqual({
      inForce: step(2),
      adopt: false,
      problem: 'rolled-back',
    });
  });

  test.each([
    ['as its head', chain(step(1), step(2, 'other'))],
    ['below a newer head', chain(step(1), step(2, 'other'), step(3))],
  ])('stays the remembered head when the disk holds another document of its version %s', (_what, disk) => {
    expect(decideYardstick({ remembered: step(2), kept: step(2), disk })).toEqual({
      inForce: step(2),
      adopt: false,
      problem: 'equivocation',
    });
  });

  test('is nothing, and said to be, when the remembered head cannot be verified and the disk is older', () => {
    expect(decideYardstick({ remembered: step(2), kept: null, disk: chain(step(1)) })).toEqual({
      inForce: null,
      adopt: false,
      problem: 'not-verifiable',
    });
  });

  test('takes a head anchored above the remembered one by a newer trust root', () => {
    expect(decideYardstick({ remembered: step(2), kept: null, disk: chain(step(5), step(6)) })).toEqual({
      inForce: step(6),
      adopt: true,
      problem: null,
    });
  });
});
