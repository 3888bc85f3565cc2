import type { Condition, Finding, Outages, Subject } from '../finding.js';
import { mayPass } from './grace.js';

/**
 * The next step of the outages of a subject. Null: it is over, or it never was. A clock that was set back adds nothing and prolongs nothing.
 *
 * ```
 *            is so                     is well                  quiet for the window
 *   (none) ───────▶ running (times 1) ─────────▶ well for now ────────────────────────▶ over
 *                        ▲                           │
 *                        └────── is so (times + 1) ──┘
 * ```
 */
export function followOutages(
  before: Outages | null,
  isSo: boolean,
  nowMs: number,
  windowMs: number,
): Outages | null {
  if (isSo) {
    if (before === null) return begun(nowMs);
    return before.runningSinceMs === null
      ? { ...before, times: before.times + 1, runningSinceMs: nowMs }
      : before;
  }
  if (before === null) return null;
  if (before.runningSinceMs !== null) {
    if (windowMs === 0) return null;
    return { ...before, endedForMs: outageMs(before, nowMs), runningSinceMs: null, lastEndedMs: nowMs };
  }
  const endedMs = before.lastEndedMs ?? before.sinceMs;
  return nowMs - endedMs >= windowMs || nowMs < endedMs ? null : before;
}

/** How long it was so in all until `atMs`, in milliseconds. */
export function outageMs({ endedForMs, runningSinceMs }: Outages, atMs: number): number {
  return endedForMs + (runningSinceMs === null ? 0 : Math.max(0, atMs - runningSinceMs));
}

/** Sources that come and go. */
export type OutageSubject = Extract<Subject, { what: 'blind' | 'unreachable' }>;

export function hasOutages(subject: Subject): subject is OutageSubject {
  return subject.what === 'blind' || subject.what === 'unreachable';
}

/** Everything that comes and goes, whose outages are counted: also a collection that is unread now and then, so that no clearing begins its grace anew. */
type Intermittent = OutageSubject | Extract<Subject, { what: 'unknown' }>;

function isIntermittent(subject: Subject): subject is Intermittent {
  return hasOutages(subject) || (subject.what === 'unknown' && mayPass(subject.kind, subject.cause));
}

/** The outages of a finding. One that an earlier version recorded has none: then it has been so since it was first seen. */
export function outagesOf({
  subject,
  firstSeenMs,
}: Pick<Finding, 'subject' | 'firstSeenMs'>): Outages | null {
  return isIntermittent(subject) ? outagesOfSubject(subject, firstSeenMs) : null;
}

/** Since when a finding that comes and goes is well, in UTC milliseconds; null while it is so, and of everything else. */
export function wellSinceMs(finding: Pick<Finding, 'subject' | 'firstSeenMs'>): number | null {
  const outages = outagesOf(finding);
  return outages === null || outages.runningSinceMs !== null ? null : outages.lastEndedMs;
}

/**
 * Since when everything of an incident about a source is well, in UTC milliseconds; null where something is so, and of every other incident:
 * drift that went back is still for people to deal with. Its open findings are asked for only where they decide it.
 */
export function incidentWellSinceMs(topic: string, openFindings: () => readonly Finding[]): number | null {
  if (!topic.startsWith('blind:')) return null;
  const open = openFindings();
  if (open.length === 0) return null;
  const since = open.map(wellSinceMs);
  return since.reduce((latest, one) => (latest === null || one === null ? null : Math.max(latest, one)));
}

function outagesOfSubject({ outages }: Intermittent, firstSeenMs: number): Outages {
  return outages ?? begun(firstSeenMs);
}

/**
 * The conditions that are so, those that come and go with their outages; and those that were so within the window and may come again:
 * one that flaps stays one condition, so that people are notified once.
 */
export function withOutages(
  conditions: readonly Condition[],
  open: readonly Finding[],
  now: {
    readonly examined: (finding: Finding) => boolean;
    readonly nowMs: number;
    /** How long it must be well before it is over, in milliseconds. */
    readonly windowMs: number;
  },
): Condition[] {
  const { nowMs, windowMs } = now;
  // Of all that is open, nearly nothing comes and goes, and mostly nothing at all.
  const passing = open.filter(({ subject }) => isIntermittent(subject));
  const known = new Map(passing.map((finding) => [finding.fingerprint, finding]));
  const current = new Set(passing.length === 0 ? [] : conditions.map(({ fingerprint }) => fingerprint));
  const lasting = conditions.map((condition): Condition => {
    const { subject } = condition;
    if (!isIntermittent(subject)) return condition;
    const finding = known.get(condition.fingerprint);
    const outages = followOutages(finding ? outagesOf(finding) : null, true, nowMs, windowMs);
    return { ...condition, subject: { ...subject, outages: outages ?? begun(nowMs) } };
  });
  const lingering = passing.flatMap((finding): Condition[] => {
    const { subject, fingerprint, severity, reason, graceMs, firstSeenMs } = finding;
    if (!isIntermittent(subject) || current.has(fingerprint) || !now.examined(finding)) return [];
    const outages = followOutages(outagesOfSubject(subject, firstSeenMs), false, nowMs, windowMs);
    return outages === null
      ? []
      : [{ fingerprint, severity, reason, graceMs, subject: { ...subject, outages } }];
  });
  return [...lasting, ...lingering];
}

/** True when the outages of a finding have moved: it began again or ended for now. */
export function outagesMoved(finding: Finding, current: Condition): boolean {
  const before = outagesOf(finding);
  const after = isIntermittent(current.subject) ? current.subject.outages : undefined;
  if (before === null || after === undefined) return false;
  return before.times !== after.times || before.runningSinceMs !== after.runningSinceMs;
}

function begun(atMs: number): Outages {
  return { sinceMs: atMs, times: 1, endedForMs: 0, runningSinceMs: atMs, lastEndedMs: null };
}
