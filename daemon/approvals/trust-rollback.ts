import type { Problem, VerifiedTrust } from '../../baselines/index.js';
import type { RememberedRoot } from '../store/meta.js';

/** Whether a root that was in force is one of the steps of `trust`. */
export function leadsTo({ steps }: Pick<VerifiedTrust, 'steps'>, remembered: RememberedRoot): boolean {
  return steps.some(({ digest }) => digest === remembered.digest);
}

/** The files lead to less than was in force already (invariant 15). */
export function trustRolledBack(
  { version }: RememberedRoot,
  { version: found }: Pick<VerifiedTrust, 'version'>,
): Problem {
  const instead = found < version ? `lead to root ${found} only` : 'lead to another root of that version';
  return {
    code: 'BASELINE_TRUST_ROLLED_BACK',
    file: null,
    version,
    detail: `Trust root ${version} was in force, and the files ${instead}. None of them takes its place: people it took rights from would have them again. Restore the files of root ${version} in the trust directory, from a colleague's machine or a backup.`,
    weight: 'refused',
  };
}
