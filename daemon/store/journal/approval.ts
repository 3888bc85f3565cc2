import type { ChainStep, VerifiedSuppression } from '../../../baselines/index.js';
import type { JournalEvent, SignedStep, SuppressionScope } from './event.js';

/** The entry of a trust root that took effect. `pin`: digest of the root 1 that led to it. */
export function trustRootEvent(
  step: Pick<ChainStep, 'version' | 'digest' | 'signers' | 'recovery'>,
  pin: string,
): JournalEvent {
  const { version, digest, signers, recovery } = step;
  return {
    type: 'trust-root',
    body: { version, digest, signers: [...signers], recovery: [...recovery], pin },
  };
}

/** The entry of a baseline that took effect. `previous`: digest of the one before it; null when there was none. */
export function baselineEvent(site: string, step: SignedStep, previous: string | null): JournalEvent {
  const { version, digest, signers, recovery } = step;
  return {
    type: 'baseline-in-force',
    body: { site, version, digest, signers: [...signers], recovery: [...recovery], previous },
  };
}

/** The entry of a suppression that took effect. */
export function suppressionEvent(site: string, suppression: VerifiedSuppression): JournalEvent {
  const { id, digest, signers, fromMs, untilMs } = suppression;
  return {
    type: 'excuse-in-force',
    body: { site, id, digest, signers, fromMs, untilMs, ...scopeOf(suppression) },
  };
}

function scopeOf(suppression: VerifiedSuppression): SuppressionScope {
  if (suppression.type === 'expectation') {
    const { changes, objects } = suppression.expectation;
    return { changes: changes.length, ...(objects.length === 0 ? {} : { objects: objects.length }) };
  }
  const { scope } = suppression.mute;
  return 'kind' in scope
    ? { kind: scope.kind }
    : { collection: scope.collection, wholeCollection: scope.key === null };
}
