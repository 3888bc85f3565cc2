import { describe, expect, test } from '@jest/globals';
import { type Choice, holdingChoices, undecidedOf, withChoice } from '../../../console/approve/choices.js';
import { furtherNow } from '../../../console/approve/further.js';
import type { ShownDifference } from '../../../daemon/views/console-shapes.js';

const one = (id: string, more: Partial<ShownDifference> = {}) =>
  ({ id, acceptable: true, byItself: false, leads: [], ...more }) as unknown as ShownDifference;
const choices = (given: Record<string, Choice>) => new Map(Object.entries(given));
const lead = one('lead', { leads: ['a', 'b', 'hidden'] });
const all = [lead, one('a'), one('b'), one('c')];
const accepted = choices({ lead: 'accept', a: 'accept', b: 'accept', hidden: 'accept', c: 'accept' });

describe('choices on the console’s page', () => {
  test('one answer leaves what somebody rejected or skipped by itself as it is', () => {
    const own = choices({ a: 'reject', b: 'skip' });
    expect([...undecidedOf(all, own)]).toEqual(['lead', 'hidden', 'c']);
    const next = withChoice(own, lead, 'accept');
    expect(next).toEqual(choices({ a: 'reject', b: 'skip', lead: 'accept', hidden: 'accept' }));
    expect(withChoice(next, lead, 'skip')).toEqual(choices({ a: 'reject', b: 'skip', lead: 'skip' }));
    // Nothing went along: what was accepted by itself stays.
    expect(withChoice(choices({ a: 'accept' }), lead, 'skip')).toEqual(
      choices({ a: 'accept', lead: 'skip' }),
    );
  });

  test('hold while nothing moves, and an acceptance of what was called hostile since does not', () => {
    expect(holdingChoices(accepted, all, all)).toEqual(accepted);
    const called = [lead, one('a'), one('b'), one('c', { byItself: true })];
    expect([...holdingChoices(accepted, all, called).keys()]).toEqual(['lead', 'a', 'b', 'hidden']);
    // Accepted although, or rejected by its own decision: nothing new was said about it.
    expect(holdingChoices(choices({ c: 'accept' }), called, called).size).toBe(1);
    expect(holdingChoices(choices({ c: 'reject' }), all, called).size).toBe(1);
  });

  test('what was accepted along with something is not accepted without it', () => {
    const kept = (now: readonly ShownDifference[]) => [...holdingChoices(accepted, all, now).keys()];
    const others = [one('a'), one('b'), one('c')];
    // Another move: the record that leads is another one, and nobody decided about it.
    expect(kept([one('other', { leads: ['a', 'b', 'hidden'] }), ...others])).toEqual(['c']);
    expect(kept([one('lead', { leads: ['b', 'hidden'] }), ...others])).toEqual(['lead', 'b', 'hidden', 'c']);
    expect(kept([one('lead', { ...lead, byItself: true }), ...others])).toEqual(['c']);
  });
});

describe('further differences', () => {
  test('are asked for anew, as many as are shown by then, each once', async () => {
    const pages = new Map([
      [2, [one('y'), one('z')]],
      [4, [one('z'), one('last')]],
    ]);
    let shown = 1;
    const asked: number[] = [];
    const ask = async (from: number) => {
      asked.push(from);
      shown = 3;
      return pages.get(from) ?? [];
    };
    const first = { differences: [one('x'), one('y')], differenceCount: 9 };
    const more = await furtherNow(first, () => shown, ask);
    expect(more.map(({ id }) => id)).toEqual(['z', 'last']);
    expect(asked).toEqual([2, 4]);
    expect(await furtherNow({ ...first, differenceCount: 2 }, () => 5, ask)).toEqual([]);
    expect(await furtherNow(first, () => 0, ask)).toEqual([]);
    // Fewer are there than was said: nothing is asked for without end.
    expect(
      await furtherNow(
        first,
        () => 9,
        async () => [],
      ),
    ).toEqual([]);
  });
});
