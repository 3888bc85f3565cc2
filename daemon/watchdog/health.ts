import type { VerifiedBaseline } from '../../baselines/index.js';
import type { CollectionOutcome, UnknownCause } from '../drift/compare.js';
import type { Finding } from '../finding.js';
import type { Incident } from '../incident.js';
import type { ChannelDeliveries, OutboxStatus } from '../store/store.js';
import type { HintStatus, Written } from '../watch/hint-status.js';
import type { ChannelTest } from './channel-tests.js';
import { type LastChannelTest, lastChannelTestOf } from './proven.js';

/** Answers of the health endpoints, decided by the daemon at the moment of asking. */
export interface Health {
  /** Nothing is wrong with the process itself: its store can write and its loops run. */
  readonly alive: boolean;
  /** Every site is being read and every channel can be delivered to. */
  readonly ready: boolean;
  /** Why not, and everything that is degraded: our words, configured names and counts only. */
  readonly problems: readonly string[];
}

/** One site as it is now. Configured names, counts and our words only: it is served without a password. */
export interface SiteStatus {
  readonly site: string;
  readonly baseline: { readonly version: number; readonly digest: string; readonly expiresMs: number } | null;
  readonly collections: { readonly same: number; readonly drifted: number; readonly unknown: number };
  /** Collections whose last read failed, by name; absent when there is none. */
  readonly unreadable?: readonly string[];
  readonly openFindings: Readonly<Record<string, number>>;
  readonly sources: readonly SourceStatus[];
}

export interface SourceStatus {
  readonly source: string;
  readonly hearing: Written<HintStatus>;
  readonly lastFullReadMs: number | null;
  /** How long ago that was, in milliseconds that passed. */
  readonly readAgeMs: number | null;
  readonly unreachable: boolean;
}

/** What is shown of the heartbeat. Our words only, without the URL. */
export interface HeartbeatStatus {
  /** What the last ping said, whether it arrived or not; null before the first. */
  readonly lastSignal: 'start' | 'success' | 'fail' | null;
  /** Why the last one said "fail". */
  readonly reasons: readonly string[];
  /** The last proof that the switch hears us, in UTC milliseconds. */
  readonly lastArrivedMs: number | null;
  /** Why the last ping did not arrive; null when it did. */
  readonly failure: string | null;
  /** The switch has heard nothing for several intervals, as far as is known here. */
  readonly overdue: boolean;
}

/** A configured channel, with its receipts. */
export interface ChannelStatus extends Omit<ChannelDeliveries, 'channel'> {
  readonly name: string;
  readonly kind: string;
  /** The last message or test that arrived; null: nothing ever did. */
  readonly lastProof: LastChannelTest | null;
}

export interface DaemonStatus {
  readonly version: string;
  readonly startedMs: number;
  readonly configDigest: string;
  readonly journalHead: string;
  readonly trustVersion: number | null;
  readonly sites: readonly SiteStatus[];
  readonly channels: readonly ChannelStatus[];
  readonly undelivered: number;
  /** Null when none is configured. */
  readonly heartbeat: HeartbeatStatus | null;
  /** Ids of the incidents that nobody has acknowledged in time. */
  readonly overdue: readonly string[];
  /** Everything that does not work as configured, or was configured to be weaker than it should. */
  readonly degraded: readonly string[];
}

/** Says that nobody has acknowledged an incident in time. */
export function overdueWords({
  id,
  site,
  severity,
  unansweredMs,
}: Pick<Incident, 'id' | 'site' | 'severity' | 'unansweredMs'>): string {
  const since = new Date(unansweredMs ?? 0).toISOString();
  return `${site}: overdue: nobody has acknowledged incident ${id} (${severity}) since ${since}`;
}

/** The configured channels with what became of the messages sent to each. */
export function channelsOf(
  channels: readonly { readonly name: string; readonly kind: string }[],
  deliveries: readonly ChannelDeliveries[],
  channelTests: readonly ChannelTest[],
): ChannelStatus[] {
  return channels.map(({ name, kind }) => {
    const {
      lastDeliveredMs = null,
      lastFailedMs = null,
      lastFailure = null,
      pending = 0,
      failed = 0,
    } = deliveries.find(({ channel }) => channel === name) ?? {};
    const test =
      channelTests.find((channelTest) => channelTest.channel === name && channelTest.kind === kind) ?? null;
    const lastProof = lastChannelTestOf(lastDeliveredMs, test);
    return { name, kind, lastDeliveredMs, lastFailedMs, lastFailure, pending, failed, lastProof };
  });
}

/** What does not work as configured at this moment: our words, configured names and counts. */
export function degradedNow(
  sites: readonly SiteStatus[],
  channels: readonly { readonly name: string }[],
  undelivered: readonly OutboxStatus[],
): string[] {
  const orphans = undelivered.filter(({ channel }) => channels.every(({ name }) => name !== channel));
  const refused = undelivered.filter(({ state }) => state === 'failed');
  return [
    ...sites
      .filter(({ baseline }) => baseline === null)
      .map(({ site }) => `${site}: nobody has signed a baseline`),
    ...sites.flatMap(({ site, sources }) =>
      sources
        .filter(({ hearing }) => hearing === 'deaf')
        .map(({ source }) => `${site}: source ${source} cannot be heard`),
    ),
    ...(orphans.length > 0
      ? [`${orphans.length} messages wait for channels that are not configured any more`]
      : []),
    ...(refused.length > 0 ? [`${refused.length} messages were refused for good or given up`] : []),
  ];
}

export function siteStatus(input: {
  readonly site: string;
  readonly active: VerifiedBaseline | null;
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  readonly openFindings: readonly Finding[];
  readonly sources: readonly SourceStatus[];
}): SiteStatus {
  const { site, active } = input;
  const outcomes = [...input.outcomes.values()];
  const count = (outcome: CollectionOutcome['outcome']) =>
    outcomes.filter((one) => one.outcome === outcome).length;
  const unreadable = [...input.outcomes].flatMap(([name, one]) =>
    one.outcome === 'unknown' && !AWAITS_PEOPLE.has(one.cause) ? [name] : [],
  );
  const openFindings: Record<string, number> = {};
  for (const { severity } of input.openFindings) openFindings[severity] = (openFindings[severity] ?? 0) + 1;
  return {
    site,
    baseline:
      active === null
        ? null
        : { version: active.version, digest: active.digest, expiresMs: active.expiresMs },
    collections: { same: count('same'), drifted: count('drifted'), unknown: count('unknown') },
    ...(unreadable.length === 0 ? {} : { unreadable }),
    openFindings,
    sources: input.sources,
  };
}

/** Causes for which a collection is unknown although it was read, or is not to be. */
const AWAITS_PEOPLE: ReadonlySet<UnknownCause> = new Set<UnknownCause>([
  'unapproved',
  'definition-differs',
  'not-configured',
]);

/** How many intervals a full read may be late. */
const LATE_INTERVALS = 3;
/** Every source that is not read as it should be, in our words. Ages are monotonic: a clock that is set makes nothing fresh. */
export function unread({
  sites,
  uptimeMs,
  readIntervalMs,
  graceMs,
}: {
  readonly sites: DaemonStatus['sites'];
  readonly uptimeMs: number;
  readonly readIntervalMs: number;
  /** How long the first read may take after the start. */
  readonly graceMs: number;
}): string[] {
  return sites.flatMap(({ site, sources, unreadable = [] }) => [
    ...(sources.some(({ unreachable }) => unreachable)
      ? []
      : unreadable.map((collection) => `${site}: collection ${collection} cannot be read`)),
    ...sources.flatMap(({ source, readAgeMs, unreachable }) => {
      if (unreachable) return [`${site}: source ${source} cannot be reached`];
      if (readAgeMs === null) {
        return uptimeMs >= graceMs ? [`${site}: source ${source} was not read yet`] : [];
      }
      return readAgeMs > LATE_INTERVALS * readIntervalMs
        ? [`${site}: source ${source} was last read whole ${Math.round(readAgeMs / 1000)} s ago`]
        : [];
    }),
  ]);
}

/** Attempts after which a message that nobody took makes the daemon not ready. */
const FAILING_ATTEMPTS = 3;

/** Whether the daemon does its work: it can record, it reads every source in time, and its channels take what it sends. */
export function healthOf(input: {
  readonly status: DaemonStatus;
  readonly undelivered: readonly OutboxStatus[];
  /** Why the store could not be written last time; null when it could. */
  readonly storeProblem: string | null;
  readonly readIntervalMs: number;
  /** Time since the start. */
  readonly uptimeMs: number;
}): Health {
  const { status } = input;
  const blocking = unread({ ...input, sites: status.sites, graceMs: 0 });
  const failing = new Set(
    input.undelivered.filter(({ attempts }) => attempts >= FAILING_ATTEMPTS).map(({ channel }) => channel),
  );
  for (const channel of failing) blocking.push(`channel ${channel} does not take what is sent`);
  if (input.storeProblem !== null) blocking.push(input.storeProblem);
  return {
    alive: input.storeProblem === null,
    ready: blocking.length === 0,
    problems: [...new Set([...blocking, ...status.degraded])],
  };
}
