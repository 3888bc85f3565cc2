import { SEVERITIES } from '../../../notifiers/index.js';
import { isObject } from '../../config/reading.js';
import { grouped } from '../../wording.js';
import { EXIT } from '../exit-code.js';
import type { DaemonAnswer } from './daemon-answer.js';
import type { Overview } from './overview.js';

/** How a site stands, in one word; the earlier, the worse. Unknown: no daemon says what is there now, or it could not read everything. */
const STANDINGS = ['critical', 'unknown', 'open', 'as signed'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface SiteStanding {
  readonly site: string;
  readonly standing: Standing;
  /** One line without the site's name. */
  readonly words: string;
}

/** How each site stands, the worst first; those that are not configured any more, and what concerns all of them, where an incident is unresolved. */
export function standingsOf(overview: Overview): SiteStanding[] {
  const configured = overview.sites.map(({ site }) => site);
  const others = [...new Set(overview.incidents.map(({ site }) => site))].filter(
    (site) => !configured.includes(site),
  );
  const each = [
    ...configured.map((site) => standingOf(overview, site, unknownOf(overview, site))),
    ...others.map((site) => standingOf(overview, site, null)),
  ];
  return each.sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing));
}

/** With what `status` ends: drifted while something critical is open, else unknown while a site is. */
export function exitOfStandings(standings: readonly SiteStanding[]): number {
  if (standings.some(({ standing }) => standing === 'critical')) return EXIT.drifted;
  return standings.some(({ standing }) => standing === 'unknown') ? EXIT.unknown : EXIT.same;
}

/** Why nobody knows how a site stands; null where that is known. */
function unknownOf({ sites, daemon, refusal }: Overview, site: string): string | null {
  const hasBaseline = sites.some((one) => one.site === site && one.approval?.head != null);
  if (refusal !== null) return 'nothing that was signed counts';
  return hasBaseline ? blindnessOf(daemon, site) : 'no baseline';
}

function standingOf({ incidents }: Overview, site: string, unknown: string | null): SiteStanding {
  const open = incidents.filter((one) => one.site === site);
  const counted = SEVERITIES.flatMap((severity) => {
    const count = open.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity.toUpperCase()}`];
  });
  const words = [
    ...(counted.length === 0
      ? []
      : [`${grouped(open.length, 'unresolved incident')} (${counted.join(', ')})`]),
    ...(unknown === null ? [] : [unknown]),
  ];
  const standing = open.some(({ severity }) => severity === 'critical')
    ? 'critical'
    : unknown !== null
      ? 'unknown'
      : open.length > 0
        ? 'open'
        : 'as signed';
  return { site, standing, words: words.join(', ') };
}

/** Why nobody knows what is at a site now; null when the daemon reads all of it. Its answer comes from a socket. */
function blindnessOf(daemon: DaemonAnswer | null, site: string): string | null {
  if (daemon === null) return 'no daemon answers';
  const { sites } = daemon;
  const own: unknown = Array.isArray(sites)
    ? sites.find((one) => isObject(one) && one['site'] === site)
    : undefined;
  const collections = isObject(own) ? own['collections'] : undefined;
  if (!isObject(collections)) return 'the daemon does not watch it';
  const { same, drifted, unknown } = collections;
  if (unknown !== 0) return `${Number(unknown)} collections unknown`;
  return same === 0 && drifted === 0 ? 'not read yet' : null;
}
