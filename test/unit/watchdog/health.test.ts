import { expect, test } from '@jest/globals';
import { unread } from '../../../daemon/watchdog/health.js';

const sites = (readAgeMs: number | null, lastFullReadMs: number | null) => [
  {
    site: 'prague-1',
    baseline: null,
    collections: { same: 1, drifted: 0, unknown: 0 },
    openFindings: {},
    sources: [
      { source: 'cas', hearing: 'listening' as const, lastFullReadMs, readAgeMs, unreachable: false },
    ],
  },
];

test('a read is as old as the time that passed, whatever the clock says of it', () => {
  const around = { uptimeMs: 1_000_000, readIntervalMs: 30_000, graceMs: 0 };
  expect(unread({ ...around, sites: sites(95_000, Date.now() + 3_600_000) })).toEqual([
    'prague-1: source cas was last read whole 95 s ago',
  ]);
  expect(unread({ ...around, sites: sites(10_000, 0) })).toEqual([]);
});

test('what was not read yet is not ready, and gets its grace where one is given', () => {
  const around = { uptimeMs: 50_000, readIntervalMs: 30_000, sites: sites(null, null) };
  expect(unread({ ...around, graceMs: 0 })).toEqual(['prague-1: source cas was not read yet']);
  expect(unread({ ...around, graceMs: 90_000 })).toEqual([]);
});
