import {
  type CollectionSnapshot,
  decodeValue,
  type ExpectedChange,
  expectedLine,
  type Fields,
  isExpectedRecord,
  parseRecordLine,
  recordLine,
  type VerifiedSuppression,
} from '../../baselines/index.js';
import { fingerprint } from '../drift/fingerprint.js';
import type { Condition, Finding, Subject, SuppressedBy } from '../finding.js';
import { isAnnounced, isSortMuted } from './sensor-reach.js';

type ChangeSubject = Extract<Subject, { what: 'change' }>;
type MassSubject = Extract<Subject, { what: 'mass-change' }>;
type MassCondition = Condition & { readonly subject: MassSubject };
type ChangeCondition = Condition & { readonly subject: ChangeSubject };
type Expectation = Extract<VerifiedSuppression, { type: 'expectation' }>;

/** True when people signed that this change is to wake nobody, and so it still is. */
export function wakesNobody(subject: Subject): subject is (ChangeSubject | MassSubject) & {
  readonly suppression: SuppressedBy & { readonly what: 'expected' | 'muted' };
} {
  const suppression = 'suppression' in subject ? subject.suppression : undefined;
  return suppression !== undefined && suppression.what !== 'overdue';
}

/** True when nobody is notified of it at all while this lasts; it is recorded all the same. */
export function isMuted({ subject }: Pick<Condition, 'subject'>): boolean {
  return 'suppression' in subject && subject.suppression?.what === 'muted';
}

/** Digests of suppressions that came to an end once: they stay so when the clock is set back. */
export interface EndedSuppressions {
  /** Their time is over. */
  readonly over: ReadonlySet<string>;
  /** Expectations whose window is: nothing that is seen only afterwards was in it. */
  readonly settled: ReadonlySet<string>;
}

export const NONE_ENDED: EndedSuppressions = { over: new Set(), settled: new Set() };

/**
 * The conditions, each change that people suppressed in advance as another condition with a fingerprint of its own: when the
 * suppression ends, the change itself appears and people are notified of it as of any other. Unknown, blind and refused states are
 * never suppressed: a mute must not hide that nobody can look.
 */
export function suppressionConditions(input: {
  readonly conditions: readonly Condition[];
  readonly suppressions: readonly VerifiedSuppression[];
  /** The findings the store knows of: when a change was first seen decides whether it was in its window. */
  readonly open: readonly Finding[];
  /** The signed side of each collection, as the active baseline holds it. */
  readonly signed: ReadonlyMap<string, CollectionSnapshot>;
  readonly ended: EndedSuppressions;
  readonly nowMs: number;
}): readonly Condition[] {
  const { conditions, suppressions, open, signed, ended, nowMs } = input;
  if (suppressions.length === 0) return conditions;
  const firstSeen = new Map(open.map((finding) => [finding.fingerprint, finding.firstSeenMs]));
  const expectedBy = matches(conditions, suppressions, signed);
  return conditions.map((condition) => {
    if (isMass(condition)) {
      // An expectation says exactly what will be, and of these nobody says what each is; a mute of the whole covers them.
      const mute = suppressions.find((one) => isMutedBy(condition, one, signed, nowMs) && lasts(one));
      return mute === undefined ? condition : asSuppressed(condition, mute);
    }
    if (!isChange(condition)) return condition;
    const expectations = expectedBy.get(condition) ?? [];
    const suppressed =
      expectations.find((suppression) => isInTime(condition, suppression) && lasts(suppression)) ??
      suppressions.find(
        (suppression) => isMutedBy(condition, suppression, signed, nowMs) && lasts(suppression),
      );
    if (suppressed) return asSuppressed(condition, suppressed);
    const late = expectations.find((suppression) =>
      firstSeen.has(suppressedFingerprint(condition, suppression)),
    );
    return late ? asOverdue(condition, late) : condition;
  });

  function lasts({ digest, untilMs }: VerifiedSuppression): boolean {
    return nowMs < untilMs && !ended.over.has(digest);
  }

  /** First observed within the window, under whatever fingerprint it is known. */
  function isInTime(condition: ChangeCondition, { digest, fromMs, expectation }: Expectation): boolean {
    const known = [
      condition.fingerprint,
      ...suppressions.map((suppression) => suppressedFingerprint(condition, suppression)),
    ].flatMap((one) => firstSeen.get(one) ?? []);
    if (known.length === 0 && ended.settled.has(digest)) return false;
    const since = Math.min(nowMs, ...known);
    return since >= fromMs && since <= Date.parse(expectation.notAfter);
  }
}

function isChange(condition: Condition): condition is ChangeCondition {
  return condition.subject.what === 'change';
}

function isMass(condition: Condition): condition is MassCondition {
  return condition.subject.what === 'mass-change';
}

function asSuppressed(
  condition: ChangeCondition | MassCondition,
  suppression: VerifiedSuppression,
): Condition {
  const what = suppression.type === 'mute' ? 'muted' : 'expected';
  return {
    ...condition,
    fingerprint: suppressedFingerprint(condition, suppression),
    severity: 'info',
    reason: `${what} by ${suppression.id}; otherwise ${condition.severity}, ${condition.reason}`,
    subject: { ...condition.subject, suppression: suppressedBy(what, suppression) },
  };
}

/** The change itself again: its own fingerprint, without a grace. */
function asOverdue(condition: ChangeCondition, suppression: VerifiedSuppression): Condition {
  return {
    ...condition,
    severity: 'high',
    reason: `expected by ${suppression.id} and not in a baseline in time`,
    subject: { ...condition.subject, suppression: suppressedBy('overdue', suppression) },
  };
}

function suppressedBy(
  what: SuppressedBy['what'],
  { id, signers, untilMs, reason }: VerifiedSuppression,
): SuppressedBy {
  return { what, id, signers, untilMs, reason };
}

function suppressedFingerprint({ fingerprint: plain }: Condition, { id }: VerifiedSuppression): string {
  return fingerprint('excused', plain, id);
}

function isMutedBy(
  { subject }: ChangeCondition | MassCondition,
  suppression: VerifiedSuppression,
  signed: ReadonlyMap<string, CollectionSnapshot>,
  nowMs: number,
): boolean {
  if (suppression.type !== 'mute' || nowMs < suppression.fromMs) return false;
  if (isOwn(subject, suppression, signed)) return false;
  const { scope } = suppression.mute;
  if ('kind' in scope) return scope.kind === subject.kind;
  if (scope.collection !== subject.collection) return false;
  if (scope.key === null) return true;
  if (subject.what !== 'change') return false;
  return keyText(scope.key) === subject.key || isSortMuted(scope.key, subject.kind, subject);
}

/**
 * True for a change by somebody without whom too few would have signed the mute, where a rule leaves out who made a change. Of very many at once nobody
 * can say whose they are.
 */
function isOwn(
  subject: ChangeSubject | MassSubject,
  { notMuted }: VerifiedSuppression,
  signed: ReadonlyMap<string, CollectionSnapshot>,
): boolean {
  const own = notMuted?.get(subject.collection);
  const columns = signed.get(subject.collection)?.definition.author ?? [];
  if (own === undefined || columns.length === 0) return false;
  if (subject.what === 'mass-change') return true;
  return subject.after.some((line) => {
    const { fields } = parseRecordLine(line);
    return columns.some((column) => {
      const encoded = fields.get(column) ?? null;
      const value = encoded === null ? null : decodeValue(encoded);
      return value?.form === 'text' && own.has(value.text.toLowerCase());
    });
  });
}

/** The expectations that say exactly a change, or the sort of object that it is of, by condition. */
function matches(
  conditions: readonly Condition[],
  suppressions: readonly VerifiedSuppression[],
  signed: ReadonlyMap<string, CollectionSnapshot>,
): ReadonlyMap<Condition, readonly Expectation[]> {
  const expectedBy = new Map<Condition, Expectation[]>();
  const isSigned = recordsAlikeIn(signed);
  const add = (condition: Condition, suppression: Expectation) =>
    expectedBy.set(condition, [...(expectedBy.get(condition) ?? []), suppression]);
  for (const suppression of suppressions) {
    if (suppression.type !== 'expectation') continue;
    const expected = new Map(suppression.expectation.changes.map((change) => [identityOf(change), change]));
    /** New records of one look: exactly one may take the place of what was expected under any key. */
    const alike = new Map<string, ChangeCondition[]>();
    for (const condition of conditions) {
      if (!isChange(condition)) continue;
      const { subject } = condition;
      const named = expected.get(JSON.stringify([subject.collection, subject.key]));
      if ((named && isExactly(subject, named)) || isOfSort(subject, suppression)) add(condition, suppression);
      const look = lookOf(subject);
      if (look === null || !expected.has(look)) continue;
      alike.set(look, [...(alike.get(look) ?? []), condition]);
    }
    for (const [look, [condition, ...others]] of alike) {
      const change = expected.get(look);
      if (!condition || !change || others.length > 0 || !isAsIn(condition.subject, change)) continue;
      if (!isSigned(change.collection, change.after)) add(condition, suppression);
    }
  }
  return expectedBy;
}

/** What is known from an incident elsewhere nobody meant by a sort of object. */
function isOfSort(subject: ChangeSubject, { expectation }: Expectation): boolean {
  return (
    subject.indicators === undefined &&
    expectation.objects.some(
      (announced) =>
        announced.collection === subject.collection && isAnnounced(announced, subject.kind, subject),
    )
  );
}

/** The expected change by the record it is about; of one that takes any key, by its look. */
function identityOf({ collection, key, after }: ExpectedChange): string {
  if (key !== null) return JSON.stringify([collection, keyText(key)]);
  return lookText(collection, fieldsText(after));
}

function isExactly(subject: ChangeSubject, change: ExpectedChange): boolean {
  if (subject.type === 'ambiguous') return false;
  return subject.before === (expectedLine(change, change.before)?.line ?? null) && isAsIn(subject, change);
}

/** True when the record that was observed, under whatever key, is the one that is expected, or is gone as expected. */
function isAsIn({ after: [line] }: ChangeSubject, { after }: ExpectedChange): boolean {
  if (line === undefined || after === null) return line === undefined && after === null;
  return isExpectedRecord(after, parseRecordLine(line).fields);
}

function lookOf({ type, collection, key, after: [line] }: ChangeSubject): string | null {
  return type === 'added' && line !== undefined ? lookText(collection, fieldsOfLine(line, key)) : null;
}

function lookText(collection: string, fields: string): string {
  return JSON.stringify({ collection, fields: look(fields) });
}

/** Fields without what nobody could announce: two records of one look differ in their secrets at most. A quote inside of a value is escaped. */
function look(fields: string): string {
  return fields.replace(/"~hmac:[0-9a-f]{64}"/g, '"~set"');
}

/** A question of a snapshot: whether it holds a record with these fields under any key. Its records are walked once, however often it is asked. */
export function recordsAlike(snapshot: CollectionSnapshot): (fields: Fields | null) => boolean {
  const byLook = new Map<string, string[]>();
  for (const { line, key } of snapshot.records) {
    const text = look(fieldsOfLine(line, key));
    const known = byLook.get(text);
    if (known === undefined) byLook.set(text, [line]);
    else known.push(line);
  }
  return (fields) =>
    fields !== null &&
    (byLook.get(look(fieldsText(fields))) ?? []).some((line) =>
      isExpectedRecord(fields, parseRecordLine(line).fields),
    );
}

/** The same of several snapshots by collection, each walked when it is first asked of; none is held by a collection that is not there. */
export function recordsAlikeIn(
  snapshots: ReadonlyMap<string, CollectionSnapshot>,
): (collection: string, fields: Fields | null) => boolean {
  const known = new Map<string, ReturnType<typeof recordsAlike>>();
  return (collection, fields) => {
    const snapshot = snapshots.get(collection);
    if (snapshot === undefined) return false;
    const holds = known.get(collection) ?? recordsAlike(snapshot);
    known.set(collection, holds);
    return holds(fields);
  };
}

/** A canonical line is `{"fields":…,"key":…}`: what stands before the key. */
function fieldsOfLine(line: string, key: string): string {
  return line.slice(0, line.length - `,"key":${key}}`.length);
}

function fieldsText(fields: Fields | null): string {
  const key: string[] = [];
  return fieldsOfLine(recordLine({ key, fields: fields ?? new Map() }).line, JSON.stringify(key));
}

/** Canonical text of a key, as records and changes carry it. */
function keyText(key: readonly string[]): string {
  return JSON.stringify(key);
}
