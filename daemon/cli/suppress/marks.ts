import type { CollectionSnapshot, VerifiedSuppression } from '../../../baselines/index.js';
import type { Change } from '../../drift/change.js';
import type { Condition, SuppressedBy } from '../../finding.js';
import { NONE_ENDED, suppressionConditions } from '../../policy/suppress.js';

/** By the fingerprint of a change, what people signed in advance that covers it now, by the daemon's own rules. */
export function suppressedChanges(
  changes: readonly Change[],
  suppressions: readonly VerifiedSuppression[],
  signed: ReadonlyMap<string, CollectionSnapshot>,
  nowMs: number,
): ReadonlyMap<string, SuppressedBy> {
  const conditions = changes.map(conditionOf);
  // When each was first seen the daemon knows; here it is being seen now.
  const decided = suppressionConditions({
    ...{ conditions, suppressions, signed, nowMs },
    open: [],
    ended: NONE_ENDED,
  });
  return new Map(
    decided.flatMap(({ subject }, at) => {
      const suppression = subject.what === 'change' ? subject.suppression : undefined;
      const change = changes[at];
      return suppression === undefined || change === undefined ? [] : [[change.fingerprint, suppression]];
    }),
  );
}

function conditionOf({ fingerprint, collection, kind, type, key, before, after }: Change): Condition {
  return {
    ...{ fingerprint, severity: 'info', reason: '', graceMs: 0 },
    subject: {
      ...{ what: 'change', collection, kind, type, key },
      before: before?.line ?? null,
      after: after.map(({ line }) => line),
    },
  };
}
