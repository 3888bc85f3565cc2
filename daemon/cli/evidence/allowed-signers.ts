import { NAMESPACES, parsePublicKey, type TrustRoot } from '../../../baselines/index.js';

/**
 * The keys that counted by any of these trust roots, as `ssh-keygen -Y verify -f` wants them: one line for each key, without what a
 * trust root asks of it besides, which ssh-keygen does not know.
 */
export function allowedSigners(roots: readonly TrustRoot[]): string {
  const namespaces = [NAMESPACES.baseline, NAMESPACES.root].join(',');
  const lines = roots.flatMap(({ people }) =>
    people.flatMap(({ name, keys }) =>
      keys.map((key) => `${name} namespaces="${namespaces}" ${parsePublicKey(key).plainLine}\n`),
    ),
  );
  return [...new Set(lines)].sort().join('');
}
