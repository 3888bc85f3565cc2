import { describe, expect, test } from '@jest/globals';
import { decideActive } from '../../../../daemon/approvals/active/decide.js';

const step = (version: number, digest = `d${version}`) => ({ version, digest });
const chain = (...steps: { version: number; digest: string }[]) => ({ head: steps.at(-1) ?? null, steps });

describe('the yardstick', () => {
  test('is the head of the disk at the first start, and is remembered', () => {
    expect(decideActive({ remembered: null, mirrored: null, disk: chain(step(1), step(2)) })).toEqual({
      active: step(2),
      adopt: true,
      problem: null,
    });
  });

  test('is nothing while nobody has signed anything, and that is no problem of the files', () => {
    expect(decideActive({ remembered: null, mirrored: null, disk: chain() })).toEqual({
      active: null,
      adopt: false,
      problem: null,
    });
  });

  test('moves to a newer head that descends from the remembered one', () => {
    expect(
      decideActive({ remembered: step(2), mirrored: step(2), disk: chain(step(1), step(2), step(3)) }),
    ).toEqual({ active: step(3), adopt: true, problem: null });
  });

  test('is not adopted again when the disk holds what is remembered', () => {
    expect(decideActive({ remembered: step(2), mirrored: step(2), disk: chain(step(1), step(2)) })).toEqual({
      active: step(2),
      adopt: false,
      problem: null,
    });
  });

  test.each([
    ['an older head', chain(step(1))],
    ['no head', chain()],
  ])('stays the remembered head when the disk holds %s', (_what, disk) => {
    expect(decideActive({ remembered: step(2), mirrored: step(2), disk })).toEqual({
      active: step(2),
      adopt: false,
      problem: 'rolled-back',
    });
  });

  test.each([
    ['as its head', chain(step(1), step(2, 'other'))],
    ['below a newer head', chain(step(1), step(2, 'other'), step(3))],
  ])('stays the remembered head when the disk holds another document of its version %s', (_what, disk) => {
    expect(decideActive({ remembered: step(2), mirrored: step(2), disk })).toEqual({
      active: step(2),
      adopt: false,
      problem: 'equivocation',
    });
  });

  test('is nothing, and said to be, when the remembered head cannot be verified and the disk is older', () => {
    expect(decideActive({ remembered: step(2), mirrored: null, disk: chain(step(1)) })).toEqual({
      active: null,
      adopt: false,
      problem: 'not-verifiable',
    });
  });

  test('takes a head anchored above the remembered one by a newer trust root', () => {
    expect(decideActive({ remembered: step(2), mirrored: null, disk: chain(step(5), step(6)) })).toEqual({
      active: step(6),
      adopt: true,
      problem: null,
    });
  });
});
