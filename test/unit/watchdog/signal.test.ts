import { describe, expect, test } from '@jest/globals';
import type { SourceStatus } from '../../../daemon/watchdog/health.js';
import { heartbeatBody, heartbeatOf, type Vitals } from '../../../daemon/watchdog/signal.js';

const SOURCE: SourceStatus = {
  source: 'cas',
  hearing: 'listening',
  lastFullReadMs: 1,
  readAgeMs: 10_000,
  unreachable: false,
};
const siteWith = (source: Partial<SourceStatus>): Vitals['sites'] => [
  {
    site: 'prague-1',
    baseline: null,
    collections: { same: 3, drifted: 0, unknown: 0 },
    openFindings: {},
    sources: [{ ...SOURCE, ...source }],
  },
];
const WELL: Vitals = {
  sites: siteWith({}),
  uptimeMs: 1_000_000,
  readIntervalMs: 30_000,
  storeProblem: null,
  unnotifiedForMs: null,
  overdue: [],
};
const reasons = (vitals: Partial<Vitals>) => {
  const signal = heartbeatOf({ ...WELL, ...vitals });
  return signal.type === 'fail' ? signal.reasons : signal.type;
};

describe('the heartbeat', () => {
  test('says success when everything is read, recorded and delivered', () => {
    expect(heartbeatOf(WELL)).toEqual({ type: 'success' });
  });

  test('drift by itself is no failure: it is told', () => {
    expect(
      reasons({
        sites: siteWith({}).map((site) => ({ ...site, collections: { same: 0, drifted: 3, unknown: 0 } })),
      }),
    ).toBe('success');
  });

  test('fails when a source cannot be reached', () => {
    expect(reasons({ sites: siteWith({ unreachable: true }) })).toEqual([
      'prague-1: source cas cannot be reached',
    ]);
  });

  test('fails when the last whole read is three intervals old, by the time that passed', () => {
    expect(reasons({ sites: siteWith({ readAgeMs: 90_000 }) })).toBe('success');
    expect(reasons({ sites: siteWith({ readAgeMs: 90_001 }) })).toEqual([
      'prague-1: source cas was last read whole 90 s ago',
    ]);
  });

  test('gives the first read three intervals after the start', () => {
    const sites = siteWith({ readAgeMs: null, lastFullReadMs: null });
    expect(reasons({ sites, uptimeMs: 89_999 })).toBe('success');
    expect(reasons({ sites, uptimeMs: 90_000 })).toEqual(['prague-1: source cas was not read yet']);
  });

  test('fails when nothing can be recorded', () => {
    expect(reasons({ storeProblem: 'the disk of the state store is full: nothing can be recorded' })).toEqual(
      ['the disk of the state store is full: nothing can be recorded'],
    );
  });

  test('fails when no channel has taken an alert for two minutes', () => {
    expect(reasons({ unnotifiedForMs: 119_999 })).toBe('success');
    expect(reasons({ unnotifiedForMs: 120_000 })).toEqual([
      'no channel has taken an alert that has waited for 2 min',
    ]);
  });

  test('fails when nobody answers for what is critical', () => {
    expect(reasons({ overdue: ['7f3a'] })).toEqual([
      'incident 7f3a is critical and nobody has acknowledged it',
    ]);
  });

  test('names every reason', () => {
    expect(
      reasons({ sites: siteWith({ unreachable: true }), unnotifiedForMs: 200_000, storeProblem: 'x' }),
    ).toHaveLength(3);
  });
});

describe('what goes with it', () => {
  const REPORT = {
    version: '0.1.0',
    journalHead: 'ab'.repeat(32),
    baselines: [
      { site: 'prague-1', version: 3, digest: 'cd'.repeat(32) },
      { site: 'brno-1', version: null, digest: null },
    ],
    openIncidents: [{ severity: 'high' }, { severity: 'critical' }, { severity: 'high' }] as const,
    degraded: ['channel ops is not proven'],
  };

  test('names version, heads, open incidents by severity and what is degraded', () => {
    expect(
      heartbeatBody({ type: 'fail', reasons: ['prague-1: source cas cannot be reached'] }, REPORT).split(
        '\n',
      ),
    ).toEqual([
      'tillwarden 0.1.0: fail',
      'reason: prague-1: source cas cannot be reached',
      `journal head: ${'ab'.repeat(32)}`,
      `prague-1: baseline 3 sha256:${'cd'.repeat(32)}`,
      'brno-1: no baseline',
      'open incidents: 1 critical, 2 high',
      'degraded: channel ops is not proven',
      '',
    ]);
  });

  test('is cut to what a switch keeps, and says so', () => {
    const baselines = Array.from({ length: 500 }, (_, index) => ({
      site: `site-${index}`,
      version: 1,
      digest: 'ef'.repeat(32),
    }));
    const body = heartbeatBody({ type: 'success' }, { ...REPORT, baselines });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(10_000);
    expect(body).toMatch(/\nand \d+ lines more\n$/);
  });
});
