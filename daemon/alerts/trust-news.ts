import { type RootDifference, rootDifference, type VerifiedTrust } from '../../baselines/index.js';
import { rotationWarnings } from './trust-words.js';

/** A trust root that took effect and of which people have not been notified. */
export interface TrustNews {
  readonly version: number;
  /** Hex SHA-256 of its bytes. */
  readonly digest: string;
  readonly signers: readonly string[];
  /** Those of them who signed with a recovery key. */
  readonly recovery: readonly string[];
  /** How it differs from the one before; null when that one is not known. */
  readonly difference: RootDifference | null;
  /** Dangers that it has and the one before had not, in our words. */
  readonly warnings: readonly string[];
}

/**
 * The roots that took effect since the one of digest `known`, oldest first: people are notified of each, also when several came while nobody
 * looked. The first root ever is what the configuration pins, and no news.
 */
export function trustNews(
  known: string | null,
  { steps }: Pick<VerifiedTrust, 'steps'>,
): readonly TrustNews[] {
  if (known === null) return [];
  const at = steps.findIndex(({ digest }) => digest === known);
  const fresh = at === -1 ? steps.slice(-1) : steps.slice(at + 1);
  return fresh.map(({ version, digest, signers, recovery, root }) => {
    const before = at === -1 ? undefined : steps[version - 2]?.root;
    return {
      version,
      digest,
      signers,
      recovery,
      difference: before === undefined ? null : rootDifference(before, root),
      warnings: before === undefined ? [] : rotationWarnings(before, root),
    };
  });
}
