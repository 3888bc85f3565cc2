import { SEVERITIES, type Severity } from '../../notifiers/index.js';
import { counted, duration } from '../wording.js';
import { type DaemonStatus, unread } from './health.js';

/** An alert that no channel has taken for so long counts as one that cannot be delivered, in milliseconds. */
const UNDELIVERABLE_AFTER_MS = 2 * 60_000;
/** Intervals that the first read may take after the start. */
const FIRST_READ_INTERVALS = 3;
/** A dead man's switch keeps the beginning of what it is sent; healthchecks.io at least so much, in bytes. */
const MAX_BODY_BYTES = 10_000;

/** What is told to the dead man's switch: the daemon starts, all is well, or why not, in our words. */
export type HeartbeatSignal =
  | { readonly type: 'start' }
  | { readonly type: 'success' }
  | { readonly type: 'fail'; readonly reasons: readonly string[] };

/** What decides. */
export interface Vitals {
  readonly sites: DaemonStatus['sites'];
  readonly uptimeMs: number;
  readonly readIntervalMs: number;
  /** Why the store cannot be written; null when it can. */
  readonly storeProblem: string | null;
  /** How long the oldest alert waits that no channel has taken; null: there is none. */
  readonly unnotifiedForMs: number | null;
  /** Incidents that are critical and that nobody has acknowledged in time. */
  readonly overdue: readonly string[];
}

/**
 * Decides what the heartbeat says. It fails when the daemon cannot read, cannot record or cannot deliver, and when nobody answers: not
 * only when it is dead.
 */
export function heartbeatOf(vitals: Vitals): HeartbeatSignal {
  const reasons = [
    ...unread({ ...vitals, graceMs: FIRST_READ_INTERVALS * vitals.readIntervalMs }),
    ...(vitals.storeProblem === null ? [] : [vitals.storeProblem]),
    ...(vitals.unnotifiedForMs === null || vitals.unnotifiedForMs < UNDELIVERABLE_AFTER_MS
      ? []
      : [`no channel has taken an alert that has waited for ${duration(vitals.unnotifiedForMs)}`]),
    ...vitals.overdue.map((incident) => `incident ${incident} is critical and nobody has acknowledged it`),
  ];
  return reasons.length === 0 ? { type: 'success' } : { type: 'fail', reasons };
}

/** What goes with a signal: held elsewhere, the heads prove later that nothing was cut off. */
export interface HeartbeatReport {
  readonly version: string;
  /** Null when the store cannot be read. */
  readonly journalHead: string | null;
  readonly baselines: readonly {
    readonly site: string;
    readonly version: number | null;
    readonly digest: string | null;
  }[];
  readonly openIncidents: readonly { readonly severity: Severity }[];
  readonly degraded: readonly string[];
}

/** The body of a ping: lines of our own words, configured names, counts and digests, at most 10,000 bytes. `report`: null where nobody can say. */
export function heartbeatBody(signal: HeartbeatSignal, report: HeartbeatReport | null): string {
  if (report === null) {
    return fitting([
      `tillwarden: ${signal.type}`,
      ...reasonsOf(signal),
      'everything else is unknown: the daemon cannot tell how it stands, see its log',
    ]);
  }
  const open = SEVERITIES.flatMap((severity) => {
    const count = report.openIncidents.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const lines = [
    `tillwarden ${report.version}: ${signal.type}`,
    ...reasonsOf(signal),
    `journal head: ${report.journalHead ?? 'cannot be read'}`,
    ...report.baselines.map(({ site, version, digest }) =>
      version === null
        ? `${site}: no baseline`
        : `${site}: baseline ${version} sha256:${digest ?? 'unknown'}`,
    ),
    `open incidents: ${open.length === 0 ? 'none' : open.join(', ')}`,
    ...report.degraded.map((words) => `degraded: ${words}`),
  ];
  return fitting(lines);
}

function reasonsOf(signal: HeartbeatSignal): string[] {
  return signal.type === 'fail' ? signal.reasons.map((reason) => `reason: ${reason}`) : [];
}

function fitting(lines: readonly string[]): string {
  const kept: string[] = [];
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += Buffer.byteLength(line) + 1;
    // Room for the line that says what is missing.
    if (bytes > MAX_BODY_BYTES - 40) {
      kept.push(`and ${counted(lines.length - index, 'line')} more`);
      break;
    }
    kept.push(line);
  }
  return `${kept.join('\n')}\n`;
}
