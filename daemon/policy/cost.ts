import type { Definition, Kind } from '../../baselines/index.js';
import { divertsMoney } from '../drift/diverts.js';
import { explain } from '../drift/explain.js';
import type { Subject } from '../finding.js';

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

type ChangeSubject = Extract<Subject, { what: 'change' }>;

/** True for a changed route that sends money somewhere else. */
export function paysElsewhere(subject: ChangeSubject): boolean {
  return subject.type === 'modified' && touchesDestination(subject);
}

/**
 * True for a route, changed, new or gone, of which something says where money goes: by the names of its fields, by those of places inside a json
 * column, or because its definition says so of a column. `destination`: the columns of which it does, where it is at hand.
 */
export function touchesDestination(subject: ChangeSubject, destination: readonly string[] = []): boolean {
  const { kind, namedDestination } = subject;
  if (kind !== 'wallet-route') return false;
  if (namedDestination === true) return true;
  const names = explain(subject).flatMap(({ field, path }) => (path === undefined ? [field] : [field, path]));
  return divertsMoney(kind, names, destination);
}
