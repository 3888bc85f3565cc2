import { describe, expect, test } from '@jest/globals';
import { composeDigest, type Day } from '../../../daemon/alerts/digest.js';
import { viewOf } from '../../../notifiers/view.js';
import { CONTEXT } from '../policy/build.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-25T07:00:00Z');
const QUIET: Day = {
  nowMs: NOW,
  sinceMs: NOW - DAY_MS,
  countedSinceMs: NOW - DAY_MS,
  reads: 2_880,
  hints: 3,
  deliveries: 2,
  incidents: [],
  baselines: [{ site: 'prague-1', version: 7, expiresMs: NOW + 90 * DAY_MS }],
  trust: { version: 1, expiresMs: NOW + 300 * DAY_MS },
  outages: [],
  suppressed: [],
  channels: [{ name: 'ops', lastFailedMs: null, lastFailure: null, pending: 0, failed: 0 }],
  degraded: [],
};
const compose = (day: Partial<Day>) =>
  composeDigest({ ...CONTEXT, incident: null, timeZone: 'UTC' }, { ...QUIET, ...day });
const texts = (day: Partial<Day>) =>
  compose(day).facts.map((fact) => ('text' in fact ? `${fact.label}: ${fact.text}` : fact.label));
const incident = { id: '7f3a', site: 'prague-1', topic: 'drift', openedMs: NOW - 3_600_000 } as const;

describe('the digest of a day', () => {
  test('in which nothing happened says so, with the counts, the baselines and the head', () => {
    const alert = compose({});
    expect(alert).toMatchObject({
      type: 'digest',
      role: 'notice',
      severity: 'info',
      title: 'daily digest: nothing is open',
    });
    expect(texts({})).toEqual([
      'Since 2026-11-24 07:00:00 UTC: 2880 reads, 3 hints',
      'Since 2026-11-24 07:00:00 UTC: 2 messages delivered',
      `Journal head: ${CONTEXT.head.journal}`,
      'prague-1: baseline 7',
    ]);
  });

  test('names what is open and acknowledged, the worst first', () => {
    const day = {
      incidents: [
        { ...incident, severity: 'high', state: 'acknowledged' },
        { ...incident, id: '8a01', severity: 'critical', state: 'open' },
      ],
    } as const;
    expect(compose(day).title).toBe('daily digest: 1 incident open, 1 acknowledged');
    expect(texts(day).slice(0, 2)).toEqual([
      'Open: CRITICAL prague-1: drift (incident 8a01), since 2026-11-25 06:00:00 UTC',
      'Acknowledged: HIGH prague-1: drift (incident 7f3a), since 2026-11-25 06:00:00 UTC',
    ]);
  });

  test('of many sites shows in every channel what does not work, before the sites', () => {
    const alert = compose({
      baselines: Array.from({ length: 40 }, (_, at) => ({ site: `s${at}`, version: 1, expiresMs: null })),
      incidents: Array.from({ length: 9 }, (_, at) => ({
        ...{ ...incident, id: `a${at}`, site: `s${at}` },
        ...{ severity: 'high' as const, state: 'open' as const },
      })),
      channels: [{ name: 'ops', lastFailedMs: NOW, lastFailure: 'HTTP 500', pending: 3, failed: 0 }],
      degraded: ['no heartbeat is configured'],
    });
    const limits = { maxChanges: 0, maxFieldsPerChange: 0, valueCharacters: 128, changesCharacters: 0 };
    const shown = viewOf(alert, 1, limits).facts.map(({ label }) => label);
    expect(shown).toEqual(
      expect.arrayContaining(['Channel ops', 'Degraded', 'Journal head', 'Not shown here']),
    );
  });

  test('says for how long a source was blind', () => {
    const outages = {
      sinceMs: NOW - 7_200_000,
      times: 4,
      endedForMs: 52_000,
      runningSinceMs: null,
      lastEndedMs: NOW - 3_600_000,
    };
    const day: Partial<Day> = {
      outages: [
        {
          site: 'prague-1',
          firstSeenMs: NOW,
          endedMs: NOW,
          subject: { what: 'blind', source: 'cas', detail: 'x', outages },
        },
      ],
    };
    expect(compose(day).title).toBe('daily digest: nothing is open, blind for 52 s');
    expect(texts(day)).toContain(
      'Blind: prague-1: source cas not heard for 52 s, 4 times, since 2026-11-25 05:00:00 UTC',
    );
  });

  test('names what expires within two weeks, and what has', () => {
    const day = {
      baselines: [{ site: 'prague-1', version: 7, expiresMs: NOW + 14 * DAY_MS }],
      trust: { version: 1, expiresMs: NOW - 1 },
    };
    expect(texts(day)).toContain('Expires: baseline 7 of prague-1, 2026-12-09 07:00:00 UTC');
    expect(texts(day)).toContain('Expired: trust root 1, 2026-11-25 06:59:59 UTC');
    expect(
      texts({ baselines: [{ site: 'prague-1', version: 7, expiresMs: NOW + 14 * DAY_MS + 1 }] }).join(),
    ).not.toContain('Expires');
  });

  test('names channels that failed, what is suppressed and what is degraded', () => {
    const day: Partial<Day> = {
      channels: [
        { name: 'ops', lastFailedMs: NOW - 1, lastFailure: 'Slack answered HTTP 503', pending: 2, failed: 1 },
      ],
      suppressed: [{ label: 'Muted', text: 'terminals of prague-1' }],
      degraded: ['no heartbeat is configured'],
    };
    expect(texts(day)).toContain(
      'Channel ops: 2 messages waiting; 1 message given up; Slack answered HTTP 503',
    );
    expect(texts(day)).toContain('Muted: terminals of prague-1');
    expect(texts(day)).toContain('Degraded: no heartbeat is configured');
    expect(compose(day).title).toBe('daily digest: nothing is open, 1 thing degraded');
  });

  test('counts what does not fit', () => {
    const incidents = Array.from({ length: 40 }, (_, index) => ({
      ...incident,
      id: index.toString(16).padStart(4, '0'),
      severity: 'high' as const,
      state: 'open' as const,
    }));
    expect(texts({ incidents })).toContain('And more: 28');
  });
});
