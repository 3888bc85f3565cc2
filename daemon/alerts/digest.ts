import { type Alert, type AlertFact, moment, SEVERITIES, type Severity } from '../../notifiers/index.js';
import type { Finding } from '../finding.js';
import { outageMs, outagesOf } from '../policy/outages.js';
import { counted, duration } from '../wording.js';
import { type AlertContext, atMost, completeAlert } from './compose.js';

/** Facts of one sort that a digest lists; the rest is counted. */
const MAX_LISTED = 12;
/** Time before an expiry within which it is listed, in milliseconds. */
const EXPIRING_WITHIN_MS = 14 * 86_400_000;

/** An incident that is not resolved, as far as a digest shows it. */
export interface DigestIncident {
  readonly id: string;
  readonly site: string;
  readonly severity: Severity;
  readonly topic: string;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  readonly openedMs: number;
}

/** Everything that a day comes to. Configured names, counts, ids and our own words only. */
export interface Day {
  readonly nowMs: number;
  /** When the last digest was sent, or when the state began; UTC milliseconds. */
  readonly sinceMs: number;
  /** Start of the counts below: the last digest, or the start of the daemon when that is later. */
  readonly countedSinceMs: number;
  readonly reads: number;
  readonly hints: number;
  readonly deliveries: number;
  readonly incidents: readonly DigestIncident[];
  readonly baselines: readonly {
    readonly site: string;
    readonly version: number | null;
    readonly expiresMs: number | null;
  }[];
  readonly trust: { readonly version: number; readonly expiresMs: number } | null;
  /** Sources that were disconnected or unreachable at some time since the last digest, as findings hold them. */
  readonly outages: readonly (Pick<Finding, 'subject' | 'firstSeenMs' | 'site'> & {
    readonly endedMs: number | null;
  })[];
  /** Active suppressions, one line for each. */
  readonly suppressed: readonly { readonly label: 'Muted' | 'Expected'; readonly text: string }[];
  readonly channels: readonly {
    readonly name: string;
    readonly lastFailedMs: number | null;
    readonly lastFailure: string | null;
    readonly pending: number;
    readonly failed: number;
  }[];
  readonly degraded: readonly string[];
}

/** The daily digest: what is open, what was done, what ends soon. That it arrives proves each channel; that it is missing is a sign too. */
export function composeDigest(context: AlertContext, day: Day): Alert {
  const { incidents } = day;
  const open = incidents.filter(({ state }) => state === 'open').length;
  const acknowledged = incidents.length - open;
  const blindMs = day.outages.reduce((sum, one) => sum + outageMsOf(one, day.nowMs), 0);
  const parts = [
    incidents.length === 0 ? 'nothing is open' : `${counted(open, 'incident')} open`,
    ...(acknowledged > 0 ? [`${acknowledged} acknowledged`] : []),
    ...(blindMs > 0 ? [`blind for ${duration(blindMs)}`] : []),
    ...(day.degraded.length > 0 ? [`${counted(day.degraded.length, 'thing')} degraded`] : []),
  ];
  return completeAlert(context, {
    type: 'digest',
    role: 'notice',
    severity: 'info',
    title: `daily digest: ${parts.join(', ')}`,
    consequence:
      'This message comes every day. When it is missing, tillwarden does not run or this channel does not work.',
    facts: [
      ...listed([...incidents].sort(worstFirst).map((one) => incidentFact(one, context.timeZone))),
      ...listed([...day.suppressed]),
      ...listed(day.outages.flatMap((one) => outageFact(one, day.nowMs, context.timeZone))),
      ...listed(expiring(day, context.timeZone)),
      // Before what only counts: a channel shows so many facts and no more.
      ...listed(failing(day)),
      ...listed(day.degraded.map((text) => ({ label: 'Degraded', text }))),
      {
        label: `Since ${moment(day.countedSinceMs, context.timeZone)}`,
        text: `${counted(day.reads, 'read')}, ${counted(day.hints, 'hint')}`,
      },
      {
        label: `Since ${moment(day.sinceMs, context.timeZone)}`,
        text: `${counted(day.deliveries, 'message')} delivered`,
      },
      { label: 'Journal head', text: context.head.journal },
      ...listed(
        day.baselines.map(({ site, version }) => ({
          label: site,
          text: version === null ? 'no baseline' : `baseline ${version}`,
        })),
      ),
    ],
    nextSteps: incidents.length > 0 ? [{ text: 'See what is open:', command: 'tillwarden status' }] : [],
  });
}

function listed(facts: readonly AlertFact[]): AlertFact[] {
  return atMost(MAX_LISTED, facts);
}

function incidentFact(
  { id, site, severity, topic, state, openedMs }: DigestIncident,
  timeZone: string,
): AlertFact {
  return {
    label: state === 'acknowledged' ? 'Acknowledged' : 'Open',
    text: `${severity.toUpperCase()} ${site}: ${topic} (incident ${id}), since ${moment(openedMs, timeZone)}`,
  };
}

function outageMsOf(one: Day['outages'][number], nowMs: number): number {
  const outages = outagesOf(one);
  return outages === null ? 0 : outageMs(outages, one.endedMs ?? nowMs);
}

function outageFact(one: Day['outages'][number], nowMs: number, timeZone: string): AlertFact[] {
  const outages = outagesOf(one);
  const { subject } = one;
  if (outages === null || !('source' in subject)) return [];
  const what = subject.what === 'blind' ? 'not heard' : 'not read';
  const total = duration(outageMsOf(one, nowMs));
  return [
    {
      label: 'Blind',
      text: `${one.site}: source ${subject.source} ${what} for ${total}, ${counted(outages.times, 'time')}, since ${moment(outages.sinceMs, timeZone)}`,
    },
  ];
}

function expiring({ baselines, trust, nowMs }: Day, timeZone: string): AlertFact[] {
  const ends = [
    ...baselines.flatMap(({ site, version, expiresMs }) =>
      version === null || expiresMs === null ? [] : [{ what: `baseline ${version} of ${site}`, expiresMs }],
    ),
    ...(trust === null ? [] : [{ what: `trust root ${trust.version}`, expiresMs: trust.expiresMs }]),
  ];
  return ends
    .filter(({ expiresMs }) => expiresMs - nowMs <= EXPIRING_WITHIN_MS)
    .sort((a, b) => a.expiresMs - b.expiresMs)
    .map(({ what, expiresMs }) => ({
      label: expiresMs <= nowMs ? 'Expired' : 'Expires',
      text: `${what}, ${moment(expiresMs, timeZone)}`,
    }));
}

function failing({ channels, sinceMs }: Day): AlertFact[] {
  return channels
    .filter(({ lastFailedMs, pending, failed }) => (lastFailedMs ?? 0) > sinceMs || pending + failed > 0)
    .map(({ name, lastFailure, pending, failed }) => ({
      label: `Channel ${name}`,
      text: [
        ...(pending > 0 ? [`${counted(pending, 'message')} waiting`] : []),
        ...(failed > 0 ? [`${counted(failed, 'message')} given up`] : []),
        ...(lastFailure === null ? [] : [lastFailure]),
      ].join('; '),
    }));
}

function worstFirst(a: DigestIncident, b: DigestIncident): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.openedMs - b.openedMs;
}
