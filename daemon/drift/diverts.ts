import type { Kind } from '../../baselines/index.js';
import { namesDestination } from './destination.js';

/**
 * True when a change of these fields, or places inside of fields, can send money somewhere else. `destination`: columns of which the definition says
 * so, whatever they are called.
 */
export function divertsMoney(
  kind: Kind,
  names: readonly string[],
  destination: readonly string[] = [],
): boolean {
  return (
    kind === 'wallet-route' &&
    names.some((name) => namesDestination(kind, name) || destination.includes(name))
  );
}
