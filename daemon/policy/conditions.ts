import { atOnce, type CollectionSnapshot, type Kind, type Steps } from '../../baselines/index.js';
import type { Severity } from '../../notifiers/index.js';
import type { AddressBook } from '../destinations/book.js';
import type { Change } from '../drift/change.js';
import type { CollectionOutcome, UnknownCause } from '../drift/compare.js';
import { type ChangedLines, changedFieldNames } from '../drift/fields.js';
import { fingerprint } from '../drift/fingerprint.js';
import type { MassChange } from '../drift/worst.js';
import type { Condition, Logged, Subject } from '../finding.js';
import type { Indicators } from '../indicators/matcher.js';
import type { Activity, Stillness } from '../sources/source.js';
import { type Annotate, bySignedSide, NO_ANNOTATIONS } from './annotations.js';
import { raised } from './evidence/indicated.js';
import { graceOf, unknownIdentity } from './grace.js';
import { sensorChange } from './sensor-reach.js';
import { type Ranking, rankFields, type SeverityRule, severityOf } from './severity.js';
import { wakesNobody } from './suppress.js';

export interface ConditionOptions {
  readonly rules: readonly SeverityRule[];
  /** How long an unknown or disconnected state must last before people are notified, in milliseconds. */
  readonly unknownGraceMs: number;
  /** The signed address book; absent or null where nobody has signed one. */
  readonly book?: () => AddressBook | null;
  /** What is known to be bad when the watching begins; absent: nothing. */
  readonly indicators?: Indicators;
  /** Who was active when this snapshot was first read; undefined where nobody can say. */
  readonly activityAt?: (snapshot: CollectionSnapshot) => Activity | undefined;
  /** What the change log says of a change; undefined where it says nothing. */
  readonly loggedAt?: (change: Change) => Logged | undefined;
  /** Which changed addresses of a snapshot are customers'; undefined where nobody asked. */
  readonly customersAt?: (snapshot: CollectionSnapshot) => ReadonlySet<string> | undefined;
  /** UTC milliseconds; absent where nothing is to be said about time. */
  readonly clock?: () => number;
}

/** The conditions that follow from the outcome of one collection. */
export function conditionsOfCollection(...about: Parameters<typeof conditionsInSteps>): readonly Condition[] {
  return atOnce(conditionsInSteps(...about));
}

/** Changes that are judged in one step. */
const CHANGES_AT_ONCE = 16;

/** The same, to be left between its steps. */
export function* conditionsInSteps(
  site: string,
  collection: { readonly name: string; readonly kind: Kind },
  outcome: CollectionOutcome,
  options: ConditionOptions,
  /** Its signed side, for names that imitate a signed one. */
  signed: CollectionSnapshot | null = null,
  annotate: Annotate = signed === null ? NO_ANNOTATIONS : bySignedSide(signed),
): Steps<readonly Condition[]> {
  if (outcome.outcome === 'same') return [];
  if (outcome.outcome === 'drifted') {
    const listed: Condition[] = [];
    for (const change of outcome.changes) {
      listed.push(ofChange(change, options.rules, annotate));
      if (listed.length % CHANGES_AT_ONCE === 0) yield;
    }
    const { mass, unread } = outcome;
    return [
      ...listed,
      ...(mass === undefined || signed === null ? [] : [massCondition(site, mass, options.rules, signed)]),
      ...(unread === undefined ? [] : [unknownCondition(site, collection, unread, options)]),
    ];
  }
  return [unknownCondition(site, collection, outcome, options)];
}

/** The collection, or a part of it, could not be compared. */
function unknownCondition(
  site: string,
  { name, kind }: { readonly name: string; readonly kind: Kind },
  unread: { readonly cause: UnknownCause; readonly detail: string; readonly unreadForMs?: number },
  options: ConditionOptions,
): Condition {
  const { cause, detail, unreadForMs = 0 } = unread;
  return {
    fingerprint: fingerprint('unknown', site, name, unknownIdentity(kind, cause, detail)),
    // Unknown ranks equal to drift: the severity is that of the collection.
    ...severityOf(options.rules, { kind, collection: name, fields: [null] }),
    // What it was unread for already is part of the grace.
    graceMs: Math.max(0, graceOf(kind, cause, options.unknownGraceMs) - unreadForMs),
    subject: { what: 'unknown', collection: name, kind, cause, detail },
  };
}

/** As severe as the worst that any of its records can be: which fields changed in those that are not listed is not looked at. */
function massCondition(
  site: string,
  { counts, digest }: MassChange,
  rules: readonly SeverityRule[],
  { definition, records, recordsDigest: signedDigest }: CollectionSnapshot,
): Condition {
  const { name: collection, kind, key, columns } = definition;
  return {
    fingerprint: fingerprint('mass-change', site, collection, digest),
    ...severityOf(rules, { kind, collection, fields: [null, ...key, ...columns] }),
    graceMs: 0,
    subject: { what: 'mass-change', collection, kind, counts, signed: records.length, signedDigest },
  };
}

/** By the rules in force: how severe a change is follows from it and from them. */
const ranked = new WeakMap<readonly SeverityRule[], WeakMap<Change, Ranking>>();

function rankingOf(change: Change, rules: readonly SeverityRule[], lines: ChangedLines): Ranking {
  const known = ranked.get(rules) ?? new WeakMap<Change, Ranking>();
  ranked.set(rules, known);
  const before = known.get(change);
  if (before !== undefined) return before;
  const { kind, collection, type } = change;
  const fields = rankFields(rules) ? changedFieldNames(lines) : [];
  // A record that appears, vanishes or is there twice is more than the change of its fields.
  const ranking = severityOf(rules, {
    ...{ kind, collection, fields: type === 'modified' ? fields : [null, ...fields] },
    sensor: sensorChange(kind, type, lines),
  });
  known.set(change, ranking);
  return ranking;
}

function ofChange(change: Change, rules: readonly SeverityRule[], annotate: Annotate): Condition {
  const { kind, collection, type, key } = change;
  const lines = { before: change.before?.line ?? null, after: change.after.map((record) => record.line) };
  const annotations = annotate(change);
  const ranking = rankingOf(change, rules, lines);
  return {
    fingerprint: change.fingerprint,
    ...(annotations.logged?.entry === 'missing' ? PAST_THE_LOG : raised(ranking, annotations.indicators)),
    graceMs: 0,
    subject: { ...{ what: 'change', collection, kind, type, key, ...lines }, ...annotations },
  };
}

/** Whoever goes round the log has something to hide, whatever it is. */
const PAST_THE_LOG = { severity: 'critical', reason: 'default for a change past the change log' } as const;

/** The source cannot be reached at all: one condition instead of one for each of its collections, its sensor among them. */
export function unreachableCondition(
  site: string,
  source: string,
  detail: string,
  graceMs: number,
): Condition {
  return {
    fingerprint: fingerprint('unreachable', site, source),
    severity: 'critical',
    reason: 'default for a source that cannot be read',
    graceMs,
    subject: { what: 'unreachable', source, detail },
  };
}

/** The source is disconnected. What hints would have shown in milliseconds, only the timed read finds. */
export function blindCondition(site: string, source: string, detail: string, graceMs: number): Condition {
  return {
    fingerprint: fingerprint('blind', site, source),
    severity: 'high',
    reason: 'default for a source that cannot be heard',
    graceMs,
    subject: { what: 'blind', source, detail },
  };
}

/** What the application writes all the time stands still, so that what is read may be of a database that nobody uses. */
export function stillCondition(site: string, source: string, stillness: Stillness): Condition {
  return {
    fingerprint: fingerprint('still', site, source),
    severity: 'high',
    reason: 'default for a source that nobody writes to',
    // Its own time is over already.
    graceMs: 0,
    subject: { what: 'still', source, ...stillness },
  };
}

/** Something is wrong with the files that carry people's approval. */
export function approvalCondition(
  site: string,
  problem: Omit<Extract<Subject, { what: 'approval' }>, 'what'> & { readonly severity: Severity },
): Condition {
  const { code, file, detail, severity } = problem;
  return {
    fingerprint: fingerprint('approval', site, code, file, detail),
    severity,
    reason: `default for ${code}`,
    graceMs: 0,
    subject: { what: 'approval', code, file, detail },
  };
}

/** The configuration on disk cannot be used. */
export function configCondition(site: string, detail: string): Condition {
  return {
    fingerprint: fingerprint('config', site, detail),
    severity: 'high',
    reason: 'default for a configuration that cannot be used',
    graceMs: 0,
    subject: { what: 'config', detail },
  };
}

/** Clients refuse the certificate of the API, or will soon. */
export function certificateCondition(
  site: string,
  { words, weight }: { readonly words: string; readonly weight: 'soon' | 'broken' },
): Condition {
  return {
    fingerprint: fingerprint('certificate', site, words),
    severity: weight === 'broken' ? 'high' : 'medium',
    reason: `default for a certificate that ${weight === 'broken' ? 'clients refuse' : 'expires soon'}`,
    graceMs: 0,
    subject: { what: 'config', about: 'certificate', detail: words },
  };
}

/** A feed of indicators cannot be read, or is held back: the one before it stays in force. */
export function feedCondition(site: string, detail: string): Condition {
  return {
    fingerprint: fingerprint('indicator feed', site, detail),
    severity: 'medium',
    reason: 'default for a feed that cannot be used',
    graceMs: 0,
    subject: { what: 'config', about: 'indicators', detail },
  };
}

/** The topic that an incident's findings have in common. One open incident for each site and topic. */
export function topicOf(subject: Subject): string {
  switch (subject.what) {
    case 'change':
    case 'mass-change':
      // What wakes nobody stands apart from the drift that people must deal with, and leaves its revision alone.
      return wakesNobody(subject) ? subject.suppression.what : 'drift';
    case 'unknown':
      return 'drift';
    case 'indicator':
      return 'indicators';
    case 'log':
      return `log:${subject.source}`;
    case 'blind':
    case 'unreachable':
    case 'still':
      return `blind:${subject.source}`;
    case 'approval':
      return 'approvals';
    case 'config':
      return subject.about === 'indicators' ? 'feeds' : (subject.about ?? 'config');
  }
}
