import { describe, expect, test } from '@jest/globals';
import type { Overview } from '../../../../daemon/cli/site/overview.js';
import {
  exitOfStandings,
  type SiteStanding,
  type Standing,
  standingsByDaemon,
  standingsOf,
} from '../../../../daemon/cli/site/standing.js';
import { incidentOf } from '../../policy/build.js';

const of = (standing: Standing): SiteStanding => ({ site: 's', standing, words: '' });

test.each([
  [['as signed', 'open'], 0],
  [['as signed', 'unknown'], 11],
  [['unknown', 'critical'], 10],
] as const)('status of sites that are %j ends with %i', (standings, exit) => {
  expect(exitOfStandings(standings.map(of))).toBe(exit);
});

test('an incident of a site that is configured no more counts, and so does one that concerns all of them', () => {
  const one = (site: string, severity: 'critical' | 'high') => incidentOf({ site, severity });
  const overview: Overview = {
    daemon: null,
    refusal: null,
    sites: [],
    incidents: [one('all sites', 'high'), one('gone-1', 'critical'), one('gone-1', 'high')],
    wellAgain: [],
    undelivered: [],
    acknowledgements: [],
    channels: [],
  };
  const standings = standingsOf(overview);
  expect(standings).toEqual([
    { site: 'gone-1', standing: 'critical', words: '2 unresolved incidents (1 CRITICAL, 1 HIGH)' },
    { site: 'all sites', standing: 'open', words: '1 unresolved incident (1 HIGH)' },
  ]);
  expect(exitOfStandings(standings)).toBe(10);
});

test('a source that is well again is open and no more critical; beside it what is still so counts', () => {
  const outage = incidentOf({ id: '7f3a', site: 's', severity: 'critical', topic: 'blind:cas' });
  const standing = (incidents: Overview['incidents']) =>
    standingsOf({
      ...{ daemon: null, refusal: null, sites: [], undelivered: [], acknowledgements: [], channels: [] },
      ...{ incidents, wellAgain: [{ incident: '7f3a', sinceMs: 1 }] },
    });
  expect(standing([outage])).toEqual([
    { site: 's', standing: 'open', words: '1 unresolved incident (1 well again)' },
  ]);
  expect(standing([outage, incidentOf({ id: 'b', site: 's', severity: 'critical' })])).toEqual([
    { site: 's', standing: 'critical', words: '2 unresolved incidents (1 CRITICAL, 1 well again)' },
  ]);
});

describe('how sites stand by what a daemon elsewhere says', () => {
  const told = (site: string, collections: object, baseline: object | null = { version: 3 }) => ({
    ...{ site, collections, baseline },
  });
  const daemon = {
    sites: [
      told('quiet', { same: 3, drifted: 0, unknown: 0 }),
      told('blind', { same: 2, drifted: 0, unknown: 1 }),
      told('new', { same: 0, drifted: 0, unknown: 0 }, null),
      told('robbed', { same: 2, drifted: 1, unknown: 0 }),
      told('\u001b[2J', { same: 1, drifted: 0, unknown: 0 }),
    ],
  };
  const incidents = [
    { site: 'robbed', severity: 'critical' },
    { site: 'quiet', severity: 'low' },
  ] as const;
  test('a source that is well again is no more critical, there as here', () => {
    const outage = { site: 'quiet', severity: 'critical', isWell: true } as const;
    expect(standingsByDaemon(daemon, [outage])).toContainEqual({
      ...{ site: 'quiet', standing: 'open', words: '1 unresolved incident (1 well again)' },
    });
  });

  const lines = (of: Parameters<typeof standingsByDaemon>[1]) =>
    standingsByDaemon(daemon, of).map(({ standing, site, words }) => `${standing} ${site}: ${words}`);

  test('the worst comes first, with how many incidents, and a name that is none is left out', () => {
    expect(lines(incidents)).toEqual([
      'critical robbed: 1 unresolved incident (1 CRITICAL)',
      'unknown blind: 1 collection unknown',
      'unknown new: no baseline',
      'open quiet: 1 unresolved incident (1 LOW)',
    ]);
    expect(exitOfStandings(standingsByDaemon(daemon, incidents))).toBe(10);
  });

  test('none is as signed where its incidents cannot be read, and nothing said of any site is unknown', () => {
    expect(lines(null).every((line) => line.startsWith('unknown '))).toBe(true);
    expect(exitOfStandings(standingsByDaemon({}, []))).toBe(11);
  });
});
