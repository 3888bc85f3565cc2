import { expect, test } from '@jest/globals';
import type { Condition, Finding } from '../../../daemon/finding.js';
import { graceOf, unknownIdentity } from '../../../daemon/policy/grace.js';
import { judge } from '../../../daemon/policy/judge.js';
import { withOutages } from '../../../daemon/policy/outages.js';

test('an unknown state is known by its cause; by the detail only where two definitions differ', () => {
  expect(unknownIdentity('terminal', 'timeout', 'd')).toEqual(['unreadable']);
  expect(unknownIdentity('terminal', 'failed', 'd')).toEqual(['unreadable']);
  expect(unknownIdentity('terminal', 'denied', 'd')).toEqual(['denied']);
  expect(unknownIdentity('terminal', 'definition-differs', 'd')).toEqual(['definition-differs', 'd']);
  expect(unknownIdentity('sensor', 'timeout', 'd')).toEqual(['timeout']);
});

test('only a lost source has the configured grace; a collection that data or a lock can hide has five seconds at most', () => {
  expect(graceOf('terminal', 'unreachable', 60_000)).toBe(60_000);
  expect(graceOf('terminal', 'timeout', 60_000)).toBe(5_000);
  expect(graceOf('terminal', 'timeout', 1_000)).toBe(1_000);
  expect(graceOf('terminal', 'failed', 60_000)).toBe(0);
  expect(graceOf('terminal', 'denied', 60_000)).toBe(0);
  expect(graceOf('sensor', 'timeout', 60_000)).toBe(0);
});

test('a collection made unreadable for less than its grace at a time is told once all times together reach it', () => {
  const condition: Condition = {
    fingerprint: 'f',
    severity: 'high',
    reason: 'r',
    graceMs: 5_000,
    subject: { what: 'unknown', collection: 'routes', kind: 'wallet-route', cause: 'timeout', detail: 'd' },
  };
  let open: Finding[] = [];
  const at = (nowMs: number, unread: boolean): boolean => {
    const examined = () => true;
    const conditions = withOutages(unread ? [condition] : [], open, { examined, nowMs, windowMs: 600_000 });
    const outcomes = new Map([
      [
        'routes',
        unread
          ? { outcome: 'unknown' as const, cause: 'timeout' as const, detail: 'd' }
          : { outcome: 'same' as const },
      ],
    ]);
    const { notify } = judge({ conditions, open, examined, outcomes, signed: new Map(), nowMs });
    open = conditions.map((one) => ({
      ...one,
      site: 's',
      incident: 'i',
      firstSeenMs: open[0]?.firstSeenMs ?? nowMs,
      notifiedMs: null,
    }));
    return notify.length > 0;
  };
  const told = [
    at(0, true),
    at(3_000, true),
    at(3_500, false),
    at(30_000, true),
    at(31_000, true),
    at(32_000, true),
  ];
  expect(told).toEqual([false, false, false, false, false, true]);
});
