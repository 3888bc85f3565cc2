import type { Person, Rule, TrustRoot } from '../../baselines/index.js';

/** What another trust root means for who may approve. Names are those of the roots: ours. */
export interface TrustDifferences {
  /** Names of people whose keys begin to count, cease to count, or have other keys, roles or accounts than before. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly altered: readonly string[];
  /** Rules that hold from now on, and those that hold no more, in words. */
  readonly rulesAdded: readonly string[];
  readonly rulesRemoved: readonly string[];
  /** Sites whose chain begins at another head. */
  readonly heads: readonly string[];
}

/** Compares two trust roots, both of which were in force. */
export function trustDifferences(before: TrustRoot, after: TrustRoot): TrustDifferences {
  const old = new Map(before.people.map((person) => [person.name, personText(person)]));
  const next = new Map(after.people.map((person) => [person.name, personText(person)]));
  const rulesBefore = new Set(before.rules.map(ruleText));
  const rulesAfter = new Set(after.rules.map(ruleText));
  const heads = new Set(before.heads.map((head) => JSON.stringify(head)));
  return {
    added: [...next.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !next.has(name)),
    altered: [...next].flatMap(([name, text]) => (old.has(name) && old.get(name) !== text ? [name] : [])),
    rulesAdded: [...rulesAfter].filter((rule) => !rulesBefore.has(rule)),
    rulesRemoved: [...rulesBefore].filter((rule) => !rulesAfter.has(rule)),
    heads: after.heads.flatMap((head) => (heads.has(JSON.stringify(head)) ? [] : [head.site])),
  };
}

/** "2 of owner or guard for admin, sensor, not counting authors". */
export function ruleText({ threshold, roles, kinds, collections = [], notAuthor }: Rule): string {
  const own = collections.length === 0 ? [] : [`the collections ${collections.join(', ')}`];
  const authors = notAuthor ? ', not counting whoever made the change' : '';
  return `${threshold} of ${roles.join(' or ')} for ${[...kinds, ...own].join(', ')}${authors}`;
}

function personText({ roles, keys, accounts = [] }: Person): string {
  return JSON.stringify([roles, keys, accounts]);
}
