import type { CollectionSnapshot } from '../../baselines/index.js';
import type { CollectionOutcome } from '../drift/compare.js';
import { linesWithKey } from '../drift/find.js';
import type { MassChange } from '../drift/worst.js';
import { type Condition, type Ending, type Finding, recordOf, sinceWhen } from '../finding.js';
import { RESOLUTION } from '../incident.js';
import { outageMs, outagesMoved, outagesOf } from './outages.js';
import { isMuted } from './suppress.js';

/** The decision about what is to be recorded, and of what people are to be notified. */
export interface Verdict {
  /** Conditions that were not there before; people are notified now or after their grace. */
  readonly appeared: readonly Condition[];
  /** Conditions to notify people of now: of `appeared`, and of the open findings whose grace is over. */
  readonly notify: readonly Condition[];
  /** Open findings of which there is more to know, notified or not: something came again, or is well for now. */
  readonly altered: readonly Condition[];
  /** Findings that are so no more. */
  readonly ended: readonly { readonly finding: Finding; readonly ending: Ending }[];
  /** Why, in one line for the log and the journal: "2 appeared, 1 told, 1 reverted, 3 still open". */
  readonly reason: string;
}

export interface JudgeInput {
  /** Everything that is so now and can be known now. */
  readonly conditions: readonly Condition[];
  /** The findings the store knows of. */
  readonly open: readonly Finding[];
  /** True when the finding's subject was examined, so that its absence means something. */
  readonly examined: (finding: Finding) => boolean;
  /** Of each collection that was compared. */
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  /** The signed side of each collection, as the active baseline holds it. */
  readonly signed: ReadonlyMap<string, CollectionSnapshot>;
  readonly nowMs: number;
}

/**
 * Compares what is so now with what the store knows, by fingerprint and nothing else. People are notified of a fingerprint once for as
 * long as it lasts. A finding whose subject was not examined stays open: what was wrong is not right because nobody could look. A collection
 * that was unknown stays so until it has been compared, whatever the cause changes to meanwhile.
 */
export function judge(input: JudgeInput): Verdict {
  const current = new Map(input.conditions.map((condition) => [condition.fingerprint, condition]));
  const known = new Set(input.open.map((finding) => finding.fingerprint));
  const appeared = [...current.values()]
    .filter((condition) => !known.has(condition.fingerprint))
    .map(continuing(input.open));
  const lasts = (finding: Finding) => current.has(finding.fingerprint) || isStillUnknown(finding);
  const due = input.open
    .filter(
      (finding) => finding.notifiedMs === null && !isMuted(finding) && isOver(finding) && lasts(finding),
    )
    .map((finding) => ({
      ...finding,
      subject: current.get(finding.fingerprint)?.subject ?? finding.subject,
    }));
  const altered = input.open.flatMap((finding) => {
    const now = current.get(finding.fingerprint);
    return now !== undefined && outagesMoved(finding, now) ? [now] : [];
  });
  let changedNow: ReadonlySet<string | null> | null = null;
  const ended = input.open
    .filter((finding) => !lasts(finding) && input.examined(finding))
    .map((finding) => ({ finding, ending: endingOf(finding) }));
  const notify = [...appeared.filter((condition) => condition.graceMs <= 0 && !isMuted(condition)), ...due];
  const still = input.open.length - ended.length + appeared.length;
  return { appeared, notify, altered, ended, reason: reasonOf(appeared.length, notify.length, ended, still) };

  /**
   * True once the grace of a finding is over. People are notified of what comes and goes while it is so, once it was for its grace in all: neither a hiccup nor what flaps faster than the grace
   * decides. A clock that was set back must not put off what people should know.
   */
  function isOver({ fingerprint, firstSeenMs, graceMs }: Finding): boolean {
    const now = current.get(fingerprint);
    const outages = now === undefined ? null : outagesOf({ subject: now.subject, firstSeenMs });
    if (outages !== null && outages.runningSinceMs === null) return false;
    if (outages !== null && outageMs(outages, input.nowMs) >= graceMs) return true;
    if (outages !== null && input.nowMs >= outages.sinceMs) return false;
    return input.nowMs - firstSeenMs >= graceMs || input.nowMs < firstSeenMs;
  }

  function isStillUnknown({ subject }: Finding): boolean {
    if (subject.what !== 'unknown') return false;
    const outcome = input.outcomes.get(subject.collection);
    return outcome?.outcome === 'unknown' || (outcome?.outcome === 'drifted' && outcome.unread !== undefined);
  }

  function endingOf(finding: Finding): Ending {
    const { subject } = finding;
    const about = aboutOf(finding);
    // Most decisions end nothing, whatever is open.
    changedNow ??= new Set(input.conditions.map(aboutOf));
    if (about !== null && changedNow.has(about)) return 'superseded';
    if (subject.what !== 'change' && subject.what !== 'mass-change') return 'cleared';
    const outcome = input.outcomes.get(subject.collection);
    const signed = input.signed.get(subject.collection);
    if (signed === undefined) return input.signed.size > 0 ? 'approved' : 'reverted';
    if (subject.what === 'mass-change') {
      // Few enough are left to be listed one by one, or none.
      if (outcome?.outcome === 'drifted') return 'superseded';
      return signed.recordsDigest === subject.signedDigest ? 'reverted' : 'approved';
    }
    if (outcome?.outcome === 'drifted' && isCountedIn(outcome.mass, signed, subject.key)) return 'superseded';
    // The record is as signed. Either it went back, or what is signed moved.
    const line = linesWithKey(signed, subject.key)[0] ?? null;
    return line === subject.before ? 'reverted' : 'approved';
  }
}

/** True when a record that is listed no more still differs, as one of too many. */
function isCountedIn(mass: MassChange | undefined, signed: CollectionSnapshot, key: string): boolean {
  if (mass === undefined) return false;
  const [before, now] = [linesWithKey(signed, key), linesWithKey(mass.observed, key)];
  return before.length !== 1 || now.length !== 1 || before[0] !== now[0];
}

/**
 * Gives a change that takes the place of another of the same record, because the record changed again or a suppression began or ended, since when
 * the record has not been as signed: that, and not the last step, is how long it was so.
 */
function continuing(open: readonly Finding[]): (condition: Condition) => Condition {
  let known: ReadonlyMap<string, readonly Finding[]> | null = null;
  return (condition) => {
    const { subject } = condition;
    if (subject.what !== 'change') return condition;
    // Most decisions find nothing new, whatever is open.
    known ??= byKey(open);
    const since = (known.get(subject.key) ?? []).filter((finding) => isOfSameRecord(finding, condition));
    if (since.length === 0) return condition;
    return {
      ...condition,
      subject: { ...subject, sinceMs: since.map(sinceWhen).reduce((first, one) => Math.min(first, one)) },
    };
  };
}

/** Changes that are open, by the key of their record. */
function byKey(open: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const keys = new Map<string, Finding[]>();
  for (const finding of open) {
    if (finding.subject.what !== 'change') continue;
    const { key } = finding.subject;
    const others = keys.get(key);
    if (others === undefined) keys.set(key, [finding]);
    else others.push(finding);
  }
  return keys;
}

/** Whether two changes are of one record, and of the same that is signed of it. */
function isOfSameRecord({ subject: one }: Condition, { subject: other }: Condition): boolean {
  return (
    one.what === 'change' &&
    other.what === 'change' &&
    one.collection === other.collection &&
    one.key === other.key &&
    one.before === other.before
  );
}

/** The decision whether an incident resolves without asking anybody, and why or why not. */
export interface Resolution {
  readonly resolves: boolean;
  /** In our words, for the journal and for people. */
  readonly reason: string;
}

/**
 * Decides for an incident of which nothing is open any more. Nothing critical resolves without a person (invariant 12): a critical
 * change that was reverted keeps its incident open until people install a baseline after that, as many of them as the rules of its own
 * collection ask for: one person who may sign terminals does not answer for wallets. Signing the change itself, or anything later,
 * renewals included, is such people's doing. What was unknown, blind or refused resolves by itself.
 */
export function incidentMayResolve(
  ended: readonly (Pick<Finding, 'severity' | 'subject'> & {
    readonly ending: Ending;
    readonly endedMs: number;
  })[],
  /** When a baseline last took effect that enough people by a collection's rules had signed, in UTC milliseconds; null when none ever did. */
  answeredMs: (collection: string) => number | null,
): Resolution {
  const reverted = ended.filter(
    // Only changes are reverted: what was unknown, blind or refused is cleared.
    ({ severity, ending }) => severity === 'critical' && ending === 'reverted',
  );
  if (reverted.length === 0) {
    const signed = ended.length > 0 && ended.every(({ subject }) => isUnsigned(subject));
    return { resolves: true, reason: signed ? RESOLUTION.firstSigned : reasonOfEnd(ended) };
  }
  const isAnswered = reverted.every(({ subject, endedMs }) => {
    const isDrift = subject.what === 'change' || subject.what === 'mass-change';
    const atMs = isDrift ? answeredMs(subject.collection) : null;
    return atMs !== null && atMs >= endedMs;
  });
  if (isAnswered) return { resolves: true, reason: RESOLUTION.signedAfterRevert };
  return {
    resolves: false,
    reason:
      'a critical change was reverted by nobody known; it stays open until those who must answer for it sign a baseline',
  };
}

function isUnsigned(subject: Finding['subject']): boolean {
  return subject.what === 'unknown' && subject.cause === 'unapproved';
}

function reasonOfEnd(
  ended: readonly (Pick<Finding, 'severity' | 'subject'> & {
    readonly ending: Ending;
    readonly endedMs: number;
  })[],
): string {
  const last = new Map<string, Ending>();
  const rank = (ending: Ending) => (ending === 'superseded' ? 0 : 1);
  const inOrder = [...ended].sort((a, b) => a.endedMs - b.endedMs || rank(a.ending) - rank(b.ending));
  for (const [index, { subject, ending }] of inOrder.entries()) {
    last.set(aboutOf({ subject }) ?? String(index), ending);
  }
  const endings = new Set(last.values());
  if (endings.has('superseded')) return endings.has('approved') ? RESOLUTION.partlyMoved : RESOLUTION.moved;
  return endings.has('approved') ? RESOLUTION.signed : RESOLUTION.wellAgain;
}

/** True when nothing is left to do or say. */
export function isQuiet(verdict: Verdict): boolean {
  const { appeared, notify, altered, ended } = verdict;
  return [appeared, notify, altered, ended].every(({ length }) => length === 0);
}

/** The identity of a condition's subject, so that another one about the same is known as its successor; null when it stands alone. */
function aboutOf(condition: Pick<Condition, 'subject'>): string | null {
  const { subject } = condition;
  // Ten days before its expiry the same is wrong with a file as one day before it.
  if (subject.what === 'approval' && subject.file !== null) return JSON.stringify([subject.file]);
  if (subject.what === 'mass-change') return JSON.stringify([subject.what, subject.collection]);
  return recordOf(condition);
}

function reasonOf(appeared: number, notified: number, ended: Verdict['ended'], still: number): string {
  const endings = new Map<Ending, number>();
  for (const { ending } of ended) endings.set(ending, (endings.get(ending) ?? 0) + 1);
  return [
    ...(appeared > 0 ? [`${appeared} appeared`] : []),
    ...(notified > 0 ? [`${notified} told`] : []),
    ...[...endings].map(([ending, count]) => `${count} ${ending}`),
    `${still} still open`,
  ].join(', ');
}
