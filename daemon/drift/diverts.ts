import type { Kind } from '../../baselines/index.js';
import type { FieldChange } from './change.js';
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

const JSON_START = /^\s{0,20}[[{]/;

/**
 * True when a changed field of a wallet route may send money somewhere else: what `divertsMoney` says of its name, or a json value on either side. What that
 * says inside is looked at only when it is told: until then any change of one may be a new destination.
 */
export function mayDivertMoney(
  { field, before, after }: Pick<FieldChange, 'field' | 'before' | 'after'>,
  destination: readonly string[] = [],
): boolean {
  return (
    divertsMoney('wallet-route', [field], destination) ||
    JSON_START.test(before ?? '') ||
    JSON_START.test(after ?? '')
  );
}
