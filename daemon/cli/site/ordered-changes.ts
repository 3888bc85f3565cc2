import type { CollectionSnapshot } from '../../../baselines/index.js';
import { describeWorstFirst } from '../../alerts/describe.js';
import type { Change } from '../../drift/change.js';
import type { CollectionOutcome } from '../../drift/compare.js';
import { conditionsOfCollection } from '../../policy/conditions.js';
import type { SeverityRule } from '../../policy/severity.js';

/** All changes of a site in the order of an alert: those that send money elsewhere first, then by severity. */
export function changesWorstFirst(
  site: string,
  outcomes: ReadonlyMap<string, CollectionOutcome>,
  signed: ReadonlyMap<string, CollectionSnapshot>,
  rules: readonly SeverityRule[],
): Change[] {
  const changes = new Map<string, Change>();
  const conditions = [...outcomes].flatMap(([name, outcome]) => {
    if (outcome.outcome !== 'drifted') return [];
    for (const change of outcome.changes) changes.set(change.fingerprint, change);
    const kind = outcome.changes[0]?.kind ?? 'config';
    const options = { rules, unknownGraceMs: 0 };
    return conditionsOfCollection(site, { name, kind }, outcome, options, signed.get(name) ?? null);
  });
  return describeWorstFirst(conditions).flatMap(({ condition }) => changes.get(condition.fingerprint) ?? []);
}
