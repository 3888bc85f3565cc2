import type { VerifiedBaseline } from '../baselines/index.js';
import type { CollectionOutcome } from './drift/compare.js';
import type { Hearing } from './observe/observer.js';
import type { Finding } from './policy/finding.js';
import type { ChannelDeliveries, Incident, OutboxStatus } from './store/store.js';

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
  readonly openFindings: Readonly<Record<string, number>>;
  readonly sources: readonly SourceStatus[];
}

export interface SourceStatus {
  readonly source: string;
  readonly hearing: Hearing;
  readonly lastFullReadMs: number | null;
  readonly unreachable: boolean;
}

/** A configured channel, with its receipts. */
export interface ChannelStatus extends Omit<ChannelDeliveries, 'channel'> {
  readonly name: string;
  readonly kind: string;
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
): ChannelStatus[] {
  return channels.map(({ name, kind }) => {
    const {
      lastDeliveredMs = null,
      lastFailedMs = null,
      lastFailure = null,
      pending = 0,
      failed = 0,
    } = deliveries.find(({ channel }) => channel === name) ?? {};
    return { name, kind, lastDeliveredMs, lastFailedMs, lastFailure, pending, failed };
  });
}

export function siteStatus(input: {
  readonly site: string;
  readonly inForce: VerifiedBaseline | null;
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  readonly openFindings: readonly Finding[];
  readonly sources: readonly SourceStatus[];
}): SiteStatus {
  const { site, inForce } = input;
  const outcomes = [...input.outcomes.values()];
  const count = (outcome: CollectionOutcome['outcome']) =>
    outcomes.filter((one) => one.outcome === outcome).length;
  const openFindings: Record<string, number> = {};
  for (const { severity } of input.openFindings) openFindings[severity] = (openFindings[severity] ?? 0) + 1;
  return {
    site,
    baseline:
      inForce === null
        ? null
        : { version: inForce.version, digest: inForce.digest, expiresMs: inForce.expiresMs },
    collections: { same: count('same'), drifted: count('drifted'), unknown: count('unknown') },
    openFindings,
    sources: input.sources,
  };
}

/** How many intervals a full read may be late before the daemon is not ready. */
const LATE_INTERVALS = 3;
/** Attempts after which a message that nobody took makes the daemon not ready. */
const FAILING_ATTEMPTS = 3;

/** Whether the daemon does its work: it can record, it reads every source in time, and its channels take what it sends. */
export function healthOf(input: {
  readonly status: DaemonStatus;
  readonly undelivered: readonly OutboxStatus[];
  /** Why the store could not be written last time; null when it could. */
  readonly storeProblem: string | null;
  readonly readIntervalMs: number;
  readonly nowMs: number;
}): Health {
  const { status, nowMs } = input;
  const blocking: string[] = [];
  for (const { site, sources } of status.sites) {
    for (const { source, lastFullReadMs, unreachable } of sources) {
      const since = nowMs - (lastFullReadMs ?? status.startedMs);
      if (unreachable) blocking.push(`${site}: source ${source} cannot be reached`);
      else if (lastFullReadMs === null) blocking.push(`${site}: source ${source} was not read yet`);
      else if (since > LATE_INTERVALS * input.readIntervalMs) {
        blocking.push(`${site}: source ${source} was last read whole ${Math.round(since / 1000)} s ago`);
      }
    }
  }
  const failing = new Set(
    input.undelivered.filter(({ attempts }) => attempts >= FAILING_ATTEMPTS).map(({ channel }) => channel),
  );
  for (const channel of failing) blocking.push(`channel ${channel} does not take what is sent`);
  if (input.storeProblem !== null) blocking.push(input.storeProblem);
  return {
    alive: input.storeProblem === null,
    ready: blocking.length === 0,
    problems: [...blocking, ...status.degraded],
  };
}
