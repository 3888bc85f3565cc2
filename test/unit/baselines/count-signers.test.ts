import { describe, expect, test } from '@jest/globals';
import { missing, refuseTooFew, type Signers } from '../../../baselines/count-signers.js';
import { LIMITS } from '../../../baselines/limits.js';
import type { Requirement } from '../../../baselines/requirements.js';
import { processorMs } from '../../support/processor.js';
import { refusalOf } from './refusal.js';

const need = (needed: number, ...people: string[]): Requirement => ({
  rule: { kinds: ['admin'], threshold: needed, roles: ['owner'] },
  because: ['admins'],
  needed,
  roles: ['owner'],
  people,
  authors: [],
});
/** `anna` needs no page; `ben: ['x']` signed on pages of x alone. */
const signed = (who: Readonly<Record<string, readonly string[]>>): Signers => ({
  people: Object.keys(who),
  pages: new Map(Object.entries(who).filter(([, pages]) => pages.length > 0)),
});
const lacking = (needed: readonly Requirement[], who: Parameters<typeof signed>[0]) =>
  missing(needed, signed(who)).map((one) => [one.signed, one.samePage, one.lacking]);

describe('people who signed on a page', () => {
  const two = [need(2, 'anna', 'ben', 'cora')];

  test('count once for it, whoever else signed there', () => {
    expect(lacking(two, { anna: ['x'], ben: ['x'] })).toEqual([[['anna'], ['ben'], 1]]);
    expect(lacking(two, { anna: ['x'], ben: ['x'], cora: ['x'] })).toEqual([[['anna'], ['ben', 'cora'], 1]]);
    expect(lacking(two, { anna: ['x'], ben: ['x'], cora: [] })).toEqual([]);
    expect(lacking(two, { anna: ['x'], ben: ['y'] })).toEqual([]);
    expect(lacking(two, { anna: [], ben: [] })).toEqual([]);
  });

  test('count once for each of several pages, in whatever way that is most', () => {
    expect(lacking(two, { anna: ['x', 'y'], ben: ['x'] })).toEqual([]);
    expect(lacking(two, { anna: ['x', 'y'], ben: ['y'] })).toEqual([]);
    expect(lacking(two, { anna: ['x', 'y'] })).toEqual([[['anna'], [], 1]]);
    const three = [need(3, 'anna', 'ben', 'cora')];
    expect(lacking(three, { anna: ['x', 'y'], ben: ['x', 'y'], cora: ['x', 'y'] })).toMatchObject([
      [{}, {}, 1],
    ]);
    expect(lacking(three, { anna: ['x', 'y'], ben: ['y', 'z'], cora: ['z'] })).toEqual([]);
  });

  test('count for the rule that needs them, and not for two rules at once', () => {
    const owner = need(1, 'anna', 'ben');
    const auditor = need(1, 'cora');
    expect(lacking([owner, auditor], { anna: ['x'], cora: ['x'] })).toEqual([[[], ['cora'], 1]]);
    expect(lacking([owner, auditor], { anna: ['x'], ben: [], cora: ['x'] })).toEqual([]);
    expect(lacking([auditor, owner], { anna: ['x'], ben: [], cora: ['x'] })).toEqual([]);
  });

  test('do not stand in the way of others, though nobody needs them', () => {
    expect(lacking([need(1, 'anna')], { anna: ['x'], dan: ['x'] })).toEqual([]);
    expect(lacking([need(1, 'dan')], { anna: ['x'], dan: ['x'] })).toEqual([]);
    expect(lacking([need(1, 'anna')], { dan: ['x'] })).toEqual([[[], [], 1]]);
  });

  test('are told who of them does not count', () => {
    expect(refusalOf(() => refuseTooFew(two, signed({ anna: ['x'], ben: ['x'] })))).toBe(
      'BASELINE_TOO_FEW_SIGNERS: admins must be signed by 2 with the role owner; only anna signed. A page counts for one person, so whoever else signed there does not count: ben.',
    );
    expect(refusalOf(() => refuseTooFew(two, signed({ anna: ['x'], ben: ['y'] })))).toBe(
      'nothing was thrown',
    );
    expect(refusalOf(() => refuseTooFew([need(2, 'anna', 'ben')], signed({ anna: [] })))).toBe(
      'BASELINE_TOO_FEW_SIGNERS: admins must be signed by 2 with the role owner; only anna signed.',
    );
  });

  test('are counted within a bound, however many there are: too few at worst', () => {
    // Three on each page, of whom the last is needed: 3 to the power of the pages.
    const crowd = (pages: number) => {
      const on = Array.from({ length: pages }, (_, page) =>
        ['a', 'b', 'c'].map((name) => [`${name}${page}`, [`x${page}`]]),
      );
      return Object.fromEntries(on.flat()) as Record<string, readonly string[]>;
    };
    const last = (pages: number) => need(pages, ...Array.from({ length: pages }, (_, page) => `c${page}`));
    expect(3 ** 5).toBeLessThanOrEqual(LIMITS.waysToCount);
    expect(lacking([last(5)], crowd(5))).toEqual([]);
    const [one] = missing([last(20)], signed(crowd(20)));
    expect(one?.lacking).toBeGreaterThan(0);
    expect(one?.lacking).toBeLessThanOrEqual(20);
    const names = Array.from({ length: 64 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    const everywhere = Object.fromEntries(names.map((name) => [name, names]));
    const began = processorMs();
    expect(lacking([need(64, ...names)], everywhere)).toEqual([]);
    expect(processorMs() - began).toBeLessThan(3_000);
  });

  test('are never more than the pages and those who need none: every small case, counted in another way', () => {
    const names = ['anna', 'ben', 'cora', 'dan'];
    const choices: readonly (readonly string[] | null)[] = [null, [], ['x'], ['y'], ['x', 'y']];
    for (let code = 0; code < choices.length ** names.length; code++) {
      const who: Record<string, readonly string[]> = {};
      names.forEach((name, index) => {
        const choice = choices[Math.floor(code / choices.length ** index) % choices.length];
        if (choice) who[name] = choice;
      });
      const alone = Object.values(who).filter((pages) => pages.length === 0).length;
      // König: as many count as the fewest parties, people or owners of pages, who could have made every signature.
      const paged = Object.entries(who).filter(([, pages]) => pages.length > 0);
      const covers = [[], ['x'], ['y'], ['x', 'y']].map(
        (bad) => bad.length + paged.filter(([, pages]) => !pages.every((page) => bad.includes(page))).length,
      );
      const most = alone + Math.min(...covers);
      for (const threshold of [1, 2, 3, 4]) {
        const left = missing([need(threshold, ...names)], signed(who))[0]?.lacking ?? 0;
        expect([who, threshold, left]).toEqual([who, threshold, Math.max(0, threshold - most)]);
      }
    }
  });
});
