import type { Kind } from '../../baselines/index.js';
import { SEVERITIES, type Severity } from '../../notifiers/index.js';
import { ALL_SITES, type Channel, type ChannelScope, type RoutedSubject } from '../channel.js';
import type { Condition } from '../finding.js';

/** The facts about an alert by which it is routed when it is enqueued. */
export interface Routed {
  readonly site: string;
  readonly subjects: readonly RoutedSubject[];
  /** Names of the channels that get it whatever they are for: those that were notified of what it continues. */
  readonly continuedOn: ReadonlySet<string>;
}

/**
 * The channels that get an alert, the one place that decides it: those that are for anything in it, and those that were notified of what it
 * continues. What is about no collection goes wherever its severity and site go, and what is about the monitor itself knows no site. What no channel
 * is for goes to all of them: nothing goes to nobody (invariant 10). The configuration is refused when that can be foreseen
 * (`uncovered`); a kind that people signed and the configuration no longer names cannot.
 */
export function routeOf<C extends Channel>(
  { site, subjects, continuedOn }: Routed,
  channels: readonly C[],
): readonly C[] {
  const reached = channels.filter(
    (channel) =>
      continuedOn.has(channel.name) || subjects.some((subject) => covers(channel.for ?? {}, site, subject)),
  );
  return reached.length > 0 ? reached : channels;
}

/** The parts of a condition that routing needs. */
export function routedSubjectOf({
  severity,
  subject,
}: Pick<Condition, 'severity' | 'subject'>): RoutedSubject {
  return { severity, kind: 'kind' in subject ? subject.kind : null };
}

/** A gap that no channel covers, site by site: the worst severities of the first kind concerned. */
export interface Uncovered {
  readonly site: string;
  /** Null: whatever the kind. */
  readonly kind: Kind | null;
  readonly severities: readonly Severity[];
}

/** Finds for each site the first kind of its collections, with the severities, that none of the scopes covers. */
export function uncovered(
  sites: readonly { readonly name: string; readonly kinds: readonly Kind[] }[],
  scopes: readonly ChannelScope[],
): readonly Uncovered[] {
  return sites.flatMap(({ name: site, kinds }) => {
    const gaps = [null, ...kinds].map((kind) => ({
      site,
      kind,
      severities: SEVERITIES.filter(
        (severity) => !scopes.some((scope) => covers(scope, site, { severity, kind })),
      ),
    }));
    return gaps.filter(({ severities }) => severities.length > 0).slice(0, 1);
  });
}

function covers(
  { severities, kinds, sites }: ChannelScope,
  site: string,
  { severity, kind }: RoutedSubject,
): boolean {
  return (
    (severities === undefined || severities.includes(severity)) &&
    (kinds === undefined || kind === null || kinds.includes(kind)) &&
    (sites === undefined || site === ALL_SITES || sites.includes(site))
  );
}

/** A channel that has not taken an alert of such a severity for so long is helped out by the next one, in milliseconds. */
export const FAILOVER_AFTER_MS = 2 * 60_000;

/** How an alert stands on a channel that it was routed to. */
export interface Standby {
  readonly channel: string;
  /** Taken, or still hopeful: neither refused for good nor failing for `FAILOVER_AFTER_MS`. */
  readonly hopeful: boolean;
}

/**
 * The channel that a severe alert goes to as well because `failing` does not take it: the next in the order of the configuration
 * that it was not routed to. Null when another channel took it or may yet, and when there is none left.
 */
export function failoverOf<C extends Channel>(
  failing: string,
  others: readonly Standby[],
  channels: readonly C[],
): C | null {
  if (others.some(({ hopeful }) => hopeful)) return null;
  const at = channels.findIndex(({ name }) => name === failing);
  const inOrder = [...channels.slice(at + 1), ...channels.slice(0, Math.max(0, at))];
  return inOrder.find(({ name }) => others.every(({ channel }) => channel !== name)) ?? null;
}
