import { expect, test } from '@jest/globals';
import type { Overview } from '../../../../daemon/cli/site/overview.js';
import {
  exitOfStandings,
  type SiteStanding,
  type Standing,
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
