import { expect, test } from '@jest/globals';
import { exitOfStandings, type SiteStanding, type Standing } from '../../../../daemon/cli/site/standing.js';

const of = (standing: Standing): SiteStanding => ({ site: 's', standing, words: '' });

test.each([
  [['as signed', 'open'], 0],
  [['as signed', 'unknown'], 11],
  [['unknown', 'critical'], 10],
] as const)('status of sites that are %j ends with %i', (standings, exit) => {
  expect(exitOfStandings(standings.map(of))).toBe(exit);
});
