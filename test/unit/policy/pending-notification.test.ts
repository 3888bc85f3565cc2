import { describe, expect, test } from '@jest/globals';
import { mergePending, type PendingNotification } from '../../../daemon/policy/pending-notification.js';

describe('a pending notification', () => {
  const owed = (over: Partial<PendingNotification> = {}): PendingNotification => ({
    alert: 'a',
    role: 'follow-up',
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
    const waiting = owed({ role: 'page', severity: 'critical', since: 2, createdMs: 5 });
    const newer = owed({ alert: 'b', severity: 'low', since: 3, page: 2, createdMs: 20 });
    expect(mergePending(waiting, newer)).toEqual({
      alert: 'b',
      role: 'page',
      page: 2,
      severity: 'critical',
      since: 2,
      nextAttemptMs: 100,
      createdMs: 5,
      reminds: false,
      mayWait: false,
    });
    expect(mergePending(newer, waiting)).toMatchObject({
      role: 'page',
      severity: 'critical',
      since: 2,
      createdMs: 5,
    });
  });

  test('waits as what waited does, unless a page joins', () => {
    const failing = owed({ nextAttemptMs: 5_000 });
    expect(mergePending(failing, owed({ nextAttemptMs: 200 })).nextAttemptMs).toBe(5_000);
    expect(mergePending(failing, owed({ nextAttemptMs: 200, role: 'page' })).nextAttemptMs).toBe(200);
  });

  test('reminds if either did, and may wait only if both may', () => {
    for (const [a, b] of [
      [true, false],
      [false, true],
    ] as const) {
      expect(mergePending(owed({ reminds: a }), owed({ reminds: b })).reminds).toBe(true);
      expect(mergePending(owed({ mayWait: a }), owed({ mayWait: b })).mayWait).toBe(false);
    }
    expect(mergePending(owed({ mayWait: true }), owed({ mayWait: true })).mayWait).toBe(true);
  });

  test('two follow-ups become one follow-up, and a page with either becomes a page', () => {
    const merged = (waiting: PendingNotification['role'], newer: PendingNotification['role']) =>
      mergePending(owed({ role: waiting }), owed({ role: newer })).role;
    expect(merged('follow-up', 'follow-up')).toBe('follow-up');
    expect(merged('page', 'follow-up')).toBe('page');
    expect(merged('follow-up', 'page')).toBe('page');
  });
});
