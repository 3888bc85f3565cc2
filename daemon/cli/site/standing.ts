import { SEVERITIES, type Severity } from '../../../notifiers/index.js';
import { isObject } from '../../config/reading.js';
import { grouped } from '../../wording.js';
import { EXIT } from '../exit-code.js';
import { type DaemonAnswer, sitesOfAnswer } from './daemon-answer.js';
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
  const { sites, wellAgain } = overview;
  const well = new Set(wellAgain.map(({ incident }) => incident));
  const incidents = overview.incidents.map((one) => ({ ...one, isWell: well.has(one.id) }));
  return worstFirst(
    sites.map(({ site }) => ({ site, unknown: unknownOf(overview, site) })),
    incidents,
  );
}

/** The same by what a daemon says of its sites and incidents, or, where these cannot be read, of its sites alone. */
export function standingsByDaemon(
  daemon: DaemonAnswer,
  incidents: readonly Unresolved[] | null,
): SiteStanding[] {
  const sites = sitesOfAnswer(daemon).map(({ site, hasBaseline }) => {
    const reasons = [
      incidents === null ? 'its incidents cannot be read here' : null,
      hasBaseline ? blindnessOf(daemon, site) : 'no baseline',
    ].filter((reason) => reason !== null);
    return { site, unknown: reasons.length === 0 ? null : reasons.join(', ') };
  });
  return worstFirst(sites, incidents ?? []);
}

interface Unresolved {
  readonly site: string;
  readonly severity: Severity;
  /** True when it is so no more, and is over when it stays well. */
  readonly isWell?: boolean;
}

function worstFirst(
  sites: readonly { readonly site: string; readonly unknown: string | null }[],
  incidents: readonly Unresolved[],
): SiteStanding[] {
  const named = new Set(sites.map(({ site }) => site));
  const others = [...new Set(incidents.map(({ site }) => site))].filter((site) => !named.has(site));
  const each = [
    ...sites.map(({ site, unknown }) => standingOf(incidents, site, unknown)),
    ...others.map((site) => standingOf(incidents, site, null)),
  ];
  return each.sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing));
}

/** With what `status` ends: drifted while something critical is open, else unknown while a site is. */
export function exitOfStandings(standings: readonly SiteStanding[]): number {
  if (standings.some(({ standing }) => standing === 'critical')) return EXIT.drifted;
  const isUnknown = standings.length === 0 || standings.some(({ standing }) => standing === 'unknown');
  return isUnknown ? EXIT.unknown : EXIT.same;
}

/** Why nobody knows how a site stands; null where that is known. */
function unknownOf({ sites, daemon, refusal }: Overview, site: string): string | null {
  const hasBaseline = sites.some((one) => one.site === site && one.approval?.head != null);
  if (refusal !== null) return 'nothing that was signed counts';
  return hasBaseline ? blindnessOf(daemon, site) : 'no baseline';
}

function standingOf(incidents: readonly Unresolved[], site: string, unknown: string | null): SiteStanding {
  const open = incidents.filter((one) => one.site === site);
  const lasting = open.filter(({ isWell = false }) => !isWell);
  const well = open.length - lasting.length;
  const counted = SEVERITIES.flatMap((severity) => {
    const count = lasting.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity.toUpperCase()}`];
  });
  if (well > 0) counted.push(`${well} well again`);
  const words = [
    ...(counted.length === 0
      ? []
      : [`${grouped(open.length, 'unresolved incident')} (${counted.join(', ')})`]),
    ...(unknown === null ? [] : [unknown]),
  ];
  const standing = lasting.some(({ severity }) => severity === 'critical')
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
  if (unknown !== 0) return `${grouped(Number(unknown), 'collection')} unknown`;
  return same === 0 && drifted === 0 ? 'not read yet' : null;
}
