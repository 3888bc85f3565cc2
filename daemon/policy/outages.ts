import { type AlertFact, moment } from '../../notifiers/index.js';
import { counted, duration } from '../alerts/title.js';
import type { Condition, Finding, Lapses, Subject } from '../finding.js';

/**
 * The next step of an account. Null: it is over, or it never was. A clock that was set back adds nothing and prolongs nothing.
 *
 * ```
 *            is so                     is well                  quiet for the window
 *   (none) ───────▶ running (times 1) ─────────▶ well for now ────────────────────────▶ over
 *                        ▲                           │
 *                        └────── is so (times + 1) ──┘
 * ```
 */
export function followLapses(
  before: Lapses | null,
  isSo: boolean,
  nowMs: number,
  windowMs: number,
): Lapses | null {
  if (isSo) {
    if (before === null) return begun(nowMs);
    return before.runningSinceMs === null
      ? { ...before, times: before.times + 1, runningSinceMs: nowMs }
      : before;
  }
  if (before === null) return null;
  if (before.runningSinceMs !== null) {
    if (windowMs === 0) return null;
    return { ...before, endedForMs: lapsedMs(before, nowMs), runningSinceMs: null, lastEndedMs: nowMs };
  }
  const endedMs = before.lastEndedMs ?? before.sinceMs;
  return nowMs - endedMs >= windowMs || nowMs < endedMs ? null : before;
}

/** How long it was so in all until `atMs`, in milliseconds. */
export function lapsedMs({ endedForMs, runningSinceMs }: Lapses, atMs: number): number {
  return endedForMs + (runningSinceMs === null ? 0 : Math.max(0, atMs - runningSinceMs));
}

/** What comes and goes: the subjects that keep such an account. */
export type LapsingSubject = Extract<Subject, { what: 'blind' | 'unreachable' }>;

export function isLapsing(subject: Subject): subject is LapsingSubject {
  return subject.what === 'blind' || subject.what === 'unreachable';
}

/** The account of a finding. One that an earlier version recorded has none: then it has been so since it was first seen. */
export function lapsesOf({ subject, firstSeenMs }: Pick<Finding, 'subject' | 'firstSeenMs'>): Lapses | null {
  return isLapsing(subject) ? accountOf(subject, firstSeenMs) : null;
}

function accountOf({ lapses }: LapsingSubject, firstSeenMs: number): Lapses {
  return lapses ?? begun(firstSeenMs);
}

/**
 * The conditions that are so, those that come and go with their account; and those that were so within the window and may come again:
 * one that flaps stays one condition, so that it is told once.
 */
export function withLapses(
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
  const known = new Map(open.map((finding) => [finding.fingerprint, finding]));
  const current = new Set(conditions.map(({ fingerprint }) => fingerprint));
  const lasting = conditions.map((condition): Condition => {
    const { subject } = condition;
    if (!isLapsing(subject)) return condition;
    const finding = known.get(condition.fingerprint);
    const lapses = followLapses(finding ? lapsesOf(finding) : null, true, nowMs, windowMs);
    return { ...condition, subject: { ...subject, lapses: lapses ?? begun(nowMs) } };
  });
  const lingering = open.flatMap((finding): Condition[] => {
    const { subject, fingerprint, severity, reason, graceMs, firstSeenMs } = finding;
    if (!isLapsing(subject) || current.has(fingerprint) || !now.examined(finding)) return [];
    const lapses = followLapses(accountOf(subject, firstSeenMs), false, nowMs, windowMs);
    return lapses === null
      ? []
      : [{ fingerprint, severity, reason, graceMs, subject: { ...subject, lapses } }];
  });
  return [...lasting, ...lingering];
}

/** Whether the account of a finding has moved: it began again or ended for now. */
export function lapsesMoved(finding: Finding, current: Condition): boolean {
  const before = lapsesOf(finding);
  const after = isLapsing(current.subject) ? current.subject.lapses : undefined;
  if (before === null || after === undefined) return false;
  return before.times !== after.times || before.runningSinceMs !== after.runningSinceMs;
}

/** How often, how long and since when it was so, and what was missed. `untilMs`: when it was over, or now. */
export function lapseFacts(
  finding: Pick<Finding, 'subject' | 'firstSeenMs'>,
  words: {
    readonly untilMs: number;
    readonly isOver?: boolean;
    readonly timeZone: string;
    /** Names of the collections of the source. */
    readonly collections: readonly string[];
  },
): AlertFact[] {
  const { subject, firstSeenMs } = finding;
  if (!isLapsing(subject)) return [];
  const lapses = accountOf(subject, firstSeenMs);
  const { untilMs, isOver = false, timeZone, collections } = words;
  const since = moment(lapses.sinceMs, timeZone);
  const until = moment((lapses.runningSinceMs === null ? lapses.lastEndedMs : null) ?? untilMs, timeZone);
  // Of what has only begun there is no length to tell yet.
  const hasBegun = !isOver && lapses.times === 1 && lapses.runningSinceMs !== null;
  const total = hasBegun
    ? ''
    : `${duration(lapsedMs(lapses, untilMs))} in all, ${counted(lapses.times, 'time')}, `;
  const which = collections.length === 0 ? subject.source : `${subject.source} (${collections.join(', ')})`;
  return subject.what === 'blind'
    ? [
        { label: 'Not heard', text: `${total}since ${since}` },
        { label: 'Missed', text: `changes of ${which} are found by the timed read only, not at once` },
      ]
    : [
        { label: 'Not read', text: `${total}since ${since}` },
        {
          label: 'Missed',
          text: hasBegun
            ? `nothing of ${which} has been read since then`
            : lapses.times === 1
              ? `nothing of ${which} was read between ${since} and ${until}`
              : `between ${since} and ${until} nothing of ${which} was read for ${duration(lapsedMs(lapses, untilMs))}`,
        },
      ];
}

function begun(atMs: number): Lapses {
  return { sinceMs: atMs, times: 1, endedForMs: 0, runningSinceMs: atMs, lastEndedMs: null };
}
