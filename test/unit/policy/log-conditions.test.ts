import { describe, expect, test } from '@jest/globals';
import { linesBeside } from '../../../daemon/alerts/words/logs.js';
import { shippedIndicators } from '../../../daemon/indicators/shipped.js';
import type { LogEvent } from '../../../daemon/logs/event.js';
import { LOG_EVENT_MS, logConditions } from '../../../daemon/policy/evidence/log-conditions.js';

const NOW_MS = Date.parse('2026-11-30T10:00:00Z');
const event = (more: Partial<LogEvent> = {}): LogEvent => ({
  ...{ id: '0:17', source: 'logs', log: '/var/log/batm/admin.log', event: 'login', atMs: NOW_MS, count: 1 },
  ...{ line: 'User anna logged in', user: 'anna', address: null, alert: null },
  ...more,
});
const conditions = (...events: readonly LogEvent[]) =>
  logConditions('prague-1', events, shippedIndicators, NOW_MS);

describe('a line of a log', () => {
  test('is an incident of its own where its pattern says so, and for a day', () => {
    expect(conditions(event())).toEqual([]);
    expect(conditions(event({ alert: 'medium' }))).toMatchObject([
      { severity: 'medium', subject: { what: 'log' } },
    ]);
    expect(conditions(event({ alert: 'medium', atMs: NOW_MS - LOG_EVENT_MS - 1 }))).toEqual([]);
  });

  test('is one as well where an indicator knows the line, its user or its address', () => {
    const [byUser] = conditions(event({ user: 'gb' }));
    expect(byUser).toMatchObject({ severity: 'critical', reason: 'known from general-bytes-2022-08' });
    const [byLine] = conditions(event({ line: 'INFO Server activated.', user: null, alert: 'low' }));
    expect(byLine).toMatchObject({ severity: 'high' });
    const [byAddress] = conditions(event({ address: '172.104.237.25' }));
    expect(byAddress?.reason).toBe('known from general-bytes-2023-03');
  });

  test('is not buried by fifty decoys after it where it is more severe, or an indicator knows it', () => {
    const decoys = Array.from({ length: 60 }, (_, n) =>
      event({ event: 'failed', alert: 'high', id: `0:${1_000 + n}` }),
    );
    const shrank = event({ event: 'log-shrank', alert: 'critical', id: '0:1' });
    const known = event({ address: '172.104.237.25', alert: 'high', id: '0:2' });
    const told = conditions(shrank, known, ...decoys);
    expect(told).toHaveLength(50);
    const ids = told.map(({ subject }) => (subject.what === 'log' ? subject.id : ''));
    expect(ids.slice(0, 2)).toEqual(['0:1', '0:2']);
    expect(ids.slice(2)).toEqual(decoys.slice(12).map(({ id }) => id));
  });

  test('is another finding than the same line somewhere else', () => {
    const [one, other] = conditions(event({ alert: 'low' }), event({ alert: 'low', id: '0:44' }));
    expect(one?.fingerprint).not.toBe(other?.fingerprint);
  });

  test('stands beside an incident that was opened within ten minutes after it', () => {
    const beside = (atMs: number, own = new Set<string>(), sinceMs = NOW_MS) =>
      linesBeside([event({ atMs })], { openedMs: NOW_MS, sinceMs, observedAtMs: sinceMs, own });
    expect(beside(NOW_MS - 26_000)).toEqual([
      {
        label: 'Log /var/log/batm/admin.log, login, 26 s before',
        quoted: { untrusted: 'User anna logged in' },
      },
    ]);
    // What came to the incident later is told with its own distance, and not with that of the beginning.
    expect(beside(NOW_MS + 2_000, new Set(), NOW_MS + 5_000)).toMatchObject([
      { label: expect.stringMatching(/, 3 s before$/) },
    ]);
    expect(beside(NOW_MS - 601_000)).toEqual([]);
    expect(beside(NOW_MS + 61_000)).toEqual([]);
    expect(beside(NOW_MS, new Set(['0:17']))).toEqual([]);
  });
});
