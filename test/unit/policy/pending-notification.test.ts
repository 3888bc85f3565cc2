import { describe, expect, test } from '@jest/globals';
import { mergeOwed, type Owed } from '../../../daemon/policy/pending-notification.js';

describe('what is owed', () => {
  const owed = (over: Partial<Owed> = {}): Owed => ({
    alert: 'a',
    standing: 'follow-up',
    page: 1,
    severity: 'high',
    since: 4,
    nextAttemptMs: 100,
    createdMs: 10,
    reminds: false,
    mayWait: false,
    ...over,
  });

  test('becomes one message about both: a page beats a follow-up, the worst counts, nothing is left out', () => {
    const waiting = owed({ standing: 'page', severity: 'critical', since: 2, createdMs: 5 });
    const newer = owed({ alert: 'b', severity: 'low', since: 3, page: 2, createdMs: 20 });
    expect(mergeOwed(waiting, newer)).toEqual({
      alert: 'b',
      standing: 'page',
      page: 2,
      severity: 'critical',
      since: 2,
      nextAttemptMs: 100,
      createdMs: 5,
      reminds: false,
      mayWait: false,
    });
    expect(mergeOwed(newer, waiting)).toMatchObject({
      standing: 'page',
      severity: 'critical',
      since: 2,
      createdMs: 5,
    });
  });

  test('waits as what waited does, unless a page joins', () => {
    const failing = owed({ nextAttemptMs: 5_000 });
    expect(mergeOwed(failing, owed({ nextAttemptMs: 200 })).nextAttemptMs).toBe(5_000);
    expect(mergeOwed(failing, owed({ nextAttemptMs: 200, standing: 'page' })).nextAttemptMs).toBe(200);
  });

  test('reminds if either did, and may wait only if both may', () => {
    for (const [a, b] of [
      [true, false],
      [false, true],
    ] as const) {
      expect(mergeOwed(owed({ reminds: a }), owed({ reminds: b })).reminds).toBe(true);
      expect(mergeOwed(owed({ mayWait: a }), owed({ mayWait: b })).mayWait).toBe(false);
    }
    expect(mergeOwed(owed({ mayWait: true }), owed({ mayWait: true })).mayWait).toBe(true);
  });

  test('two follow-ups become one follow-up, and a page with either becomes a page', () => {
    const standing = (waiting: Owed['standing'], newer: Owed['standing']) =>
      mergeOwed(owed({ standing: waiting }), owed({ standing: newer })).standing;
    expect(standing('follow-up', 'follow-up')).toBe('follow-up');
    expect(standing('page', 'follow-up')).toBe('page');
    expect(standing('follow-up', 'page')).toBe('page');
  });
});
