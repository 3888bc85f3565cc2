import type { Definition, Kind } from '../../baselines/index.js';

/** Kinds by what they can cost, worst first. */
const BY_COST: readonly Kind[] = [
  'wallet-route',
  'admin',
  'access-link',
  'sensor',
  'permission',
  'door',
  'terminal',
  'contact',
  'address-book',
  'config',
  'file',
];

/** Place of a kind among all, the one that can cost most first: 0, 1, 2 … */
export function costRank(kind: Kind): number {
  return BY_COST.indexOf(kind);
}

/** Names of collections, those that can cost most first. */
export function inOrderOfCost(
  names: readonly string[],
  definitions: readonly Pick<Definition, 'name' | 'kind'>[],
): string[] {
  const ranks = new Map(definitions.map(({ name, kind }) => [name, costRank(kind)]));
  return [...names].sort((a, b) => (ranks.get(a) ?? BY_COST.length) - (ranks.get(b) ?? BY_COST.length));
}
