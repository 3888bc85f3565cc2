import { type Kind, sha256Hex } from '../../baselines/index.js';
import type { Severity } from '../../notifiers/index.js';
import type { Change } from '../drift/change.js';
import type { CollectionOutcome } from '../drift/diff.js';
import { explain } from '../drift/explain.js';
import type { Condition, Subject, UnknownCause } from './finding.js';
import { type Rule, severityOf } from './severity.js';

/**
 * Causes told at once: they come from a definition, from the watched system's shape or from the files people sign, and a hiccup never
 * looks like them. All others (a lost connection, a lock, a busy table) may pass by themselves and are told after the grace.
 */
const TOLD_AT_ONCE: ReadonlySet<UnknownCause> = new Set<UnknownCause>([
  'definition-differs',
  'not-configured',
  'unapproved',
  'denied',
  'row-security',
  'missing',
  'not-a-table',
  'too-large',
]);

export interface ConditionOptions {
  readonly rules: readonly Rule[];
  /** How long an unknown or deaf state must last before it is told, in milliseconds. */
  readonly unknownGraceMs: number;
}

/** What the outcome of one collection means for people. */
export function conditionsOfCollection(
  site: string,
  collection: { readonly name: string; readonly kind: Kind },
  outcome: CollectionOutcome,
  options: ConditionOptions,
): Condition[] {
  if (outcome.outcome === 'same') return [];
  if (outcome.outcome === 'drifted') return outcome.changes.map((change) => ofChange(change, options.rules));
  const { cause, detail } = outcome;
  // Unknown ranks equal to drift: the severity is that of the kind.
  const about = { kind: collection.kind, collection: collection.name, fields: [] };
  return [
    {
      fingerprint: fingerprint('unknown', site, collection.name, cause),
      ...severityOf(options.rules, about),
      graceMs: TOLD_AT_ONCE.has(cause) || collection.kind === 'sensor' ? 0 : options.unknownGraceMs,
      subject: { what: 'unknown', collection: collection.name, kind: collection.kind, cause, detail },
    },
  ];
}

function ofChange(change: Change, rules: readonly Rule[]): Condition {
  const fields = explain(change).map((entry) => entry.field);
  return {
    fingerprint: change.fingerprint,
    ...severityOf(rules, { kind: change.kind, collection: change.collection, fields }),
    graceMs: 0,
    subject: {
      what: 'change',
      collection: change.collection,
      kind: change.kind,
      type: change.type,
      key: change.key,
      before: change.before?.line ?? null,
      after: change.after.map((record) => record.line),
    },
  };
}

/** The source cannot be reached at all: one condition instead of one for each of its collections. */
export function unreachableCondition(
  site: string,
  source: string,
  detail: string,
  severity: { severity: Severity; reason: string },
  graceMs: number,
): Condition {
  return {
    fingerprint: fingerprint('unreachable', site, source),
    ...severity,
    graceMs,
    subject: { what: 'unreachable', source, detail },
  };
}

/** The source cannot be heard. What hints would have told in milliseconds, only the timed read finds. */
export function blindCondition(site: string, source: string, detail: string, graceMs: number): Condition {
  return {
    fingerprint: fingerprint('blind', site, source),
    severity: 'high',
    reason: 'default for a source that cannot be heard',
    graceMs,
    subject: { what: 'blind', source, detail },
  };
}

/** Something is wrong with the files that carry people's approval. */
export function approvalCondition(
  site: string,
  problem: {
    readonly code: string;
    readonly file: string | null;
    readonly detail: string;
    readonly severity: Severity;
  },
): Condition {
  const { code, file, detail, severity } = problem;
  return {
    fingerprint: fingerprint('approval', site, code, file ?? '', detail),
    severity,
    reason: `default for ${code}`,
    graceMs: 0,
    subject: { what: 'approval', code, file, detail },
  };
}

function fingerprint(...parts: readonly string[]): string {
  return sha256Hex(JSON.stringify(parts));
}

/** What an incident's findings have in common. One open incident for each site and topic. */
export function topicOf(subject: Subject): string {
  switch (subject.what) {
    case 'change':
    case 'unknown':
      return 'drift';
    case 'blind':
    case 'unreachable':
      return `blind:${subject.source}`;
    case 'approval':
      return 'approvals';
    case 'config':
      return 'config';
  }
}
