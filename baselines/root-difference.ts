import { canonicalJson, type JsonValue } from './canonical.js';
import type { Account, Person, PinnedHead, Rule, TrustRoot } from './trust-root.js';

/** A person whom both roots have, otherwise. All lists are empty when something else about the person changed. */
export interface PersonDifference {
  readonly name: string;
  readonly keysAdded: readonly string[];
  readonly keysRemoved: readonly string[];
  readonly rolesAdded: readonly string[];
  readonly rolesRemoved: readonly string[];
  readonly accountsAdded: readonly Account[];
  readonly accountsRemoved: readonly Account[];
}

/** How one trust root differs from another, apart from version, parent and dates. */
export interface RootDifference {
  readonly added: readonly Person[];
  readonly removed: readonly Person[];
  readonly altered: readonly PersonDifference[];
  readonly rulesAdded: readonly Rule[];
  readonly rulesRemoved: readonly Rule[];
  /** Heads that `after` pins and `before` does not, or elsewhere. */
  readonly headsPinned: readonly PinnedHead[];
  /** Sites whose chain begins with version 1 again. */
  readonly headsDropped: readonly string[];
}

/** Compares two trust roots by what they say, whatever the order of their rules. */
export function rootDifference(before: TrustRoot, after: TrustRoot): RootDifference {
  const old = new Map(before.people.map((person) => [person.name, person]));
  const names = new Set(after.people.map(({ name }) => name));
  return {
    added: after.people.filter(({ name }) => !old.has(name)),
    removed: before.people.filter(({ name }) => !names.has(name)),
    altered: after.people.flatMap((person) => {
      const was = old.get(person.name);
      return was === undefined || same(was, person) ? [] : [personDifference(was, person)];
    }),
    rulesAdded: without(after.rules, before.rules),
    rulesRemoved: without(before.rules, after.rules),
    headsPinned: without(after.heads, before.heads),
    headsDropped: before.heads
      .filter(({ site }) => !after.heads.some((head) => head.site === site))
      .map(({ site }) => site),
  };
}

function personDifference(before: Person, after: Person): PersonDifference {
  return {
    name: after.name,
    keysAdded: without(after.keys, before.keys),
    keysRemoved: without(before.keys, after.keys),
    rolesAdded: without(after.roles, before.roles),
    rolesRemoved: without(before.roles, after.roles),
    accountsAdded: without(after.accounts ?? [], before.accounts ?? []),
    accountsRemoved: without(before.accounts ?? [], after.accounts ?? []),
  };
}

/** Values of `all` that `others` does not hold. */
function without<T>(all: readonly T[], others: readonly T[]): readonly T[] {
  return all.filter((one) => !others.some((other) => same(one, other)));
}

/** The members of a trust root are JSON, though its interfaces do not say so. */
const same = (one: unknown, other: unknown): boolean =>
  canonicalJson(one as JsonValue) === canonicalJson(other as JsonValue);
