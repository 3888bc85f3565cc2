import type { Definition, VerifiedBaseline } from '../../../baselines/index.js';

/**
 * Configured and signed definitions by collection: what alerts and people are told the columns of. Where both name one it is the
 * configured one, as it is read now; one that is only signed was taken out of the configuration, and may have findings that are open.
 */
export function allDefinitions(
  configured: readonly Definition[],
  active: Pick<VerifiedBaseline, 'collections'> | null,
): ReadonlyMap<string, Definition> {
  const signed = [...(active?.collections.values() ?? [])].map(({ definition }) => definition);
  return new Map([...signed, ...configured].map((definition) => [definition.name, definition]));
}
