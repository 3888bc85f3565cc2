import { type AuthorsOf, peopleNamed } from './authors.js';
import { type Kind, sameDefinition } from './definition.js';
import type { Statement, StatementCollection } from './statement.js';
import { eligiblePeople, type Rule, type RuleKind, type TrustRoot } from './trust-root.js';

/** A rule that must be met, and why. */
export interface Requirement {
  readonly rule: Rule;
  /** Names of the collections that ask for it, in order; empty when a trust root does. */
  readonly because: readonly string[];
  /** Number of distinct people. */
  readonly needed: number;
  readonly roles: readonly string[];
  /** Names of those who may sign for it. */
  readonly people: readonly string[];
  /** Names of those who have its roles and do not count, because they made the change themselves. */
  readonly authors: readonly string[];
}

/**
 * Requirements for a statement to take effect as the child of `parent`. Each collection that differs needs the rules that name
 * it, else those of its kind; one whose definition differs (new and dropped ones too) needs the strictest rules as well, and
 * those of the kind it had. A statement in which nothing differs renews everything it holds and needs the rules for all of it; so does one
 * that is valid for longer than its parent, whatever differs: it extends what people signed for every collection.
 * `authorsOf` is asked about collections for which a rule leaves authors out.
 */
export function requirements(
  trust: { readonly root: TrustRoot },
  parent: { readonly statement: Statement } | null,
  statement: Statement,
  authorsOf: AuthorsOf,
): readonly Requirement[] {
  const before = byName(parent?.statement);
  const after = byName(statement);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = names.filter((name) => differs(before.get(name), after.get(name)));

  const because = new Map<string, { rule: Rule; authors: readonly string[]; collections: string[] }>();
  const need = (rule: Rule, collection: string | null) => {
    const authors =
      rule.notAuthor && collection !== null ? peopleNamed(trust.root, authorsOf(collection)) : [];
    const key = JSON.stringify([trust.root.rules.indexOf(rule), authors]);
    const known = because.get(key) ?? { rule, authors, collections: [] };
    if (collection !== null) known.collections.push(collection);
    because.set(key, known);
  };
  const extended = parent !== null && statement.expires > parent.statement.expires;
  for (const name of changed.length > 0 && !extended ? changed : names) {
    for (const rule of rulesOfStep(trust.root, before.get(name), after.get(name))) need(rule, name);
  }
  if (names.length === 0) for (const rule of strictestRules(trust.root)) need(rule, null);
  return [...because.values()].map(({ rule, authors, collections }) =>
    requirement(trust.root, rule, collections, authors),
  );
}

/** Requirements for a trust root to be followed by another, or to follow: the rules for `root`. */
export function rootRequirements(root: TrustRoot): readonly Requirement[] {
  return kindRequirements(root, 'root');
}

/** Requirements for a change of this kind alone: the rules that name it, or the strictest ones where none does. */
export function kindRequirements(root: TrustRoot, kind: RuleKind): readonly Requirement[] {
  return rulesFor(root, kind).map((rule) => requirement(root, rule, [], []));
}

/** The scope of a suppression: a collection, or all that is of a kind. */
export interface Touched {
  readonly kind: Kind;
  readonly name: string;
  /** Who, by its own words, will have made the change: see `AuthorsOf`. */
  readonly authors: ReadonlySet<string>;
}

/** Requirements for a suppression: the rules of everything it touches. */
export function suppressionRequirements(
  root: TrustRoot,
  touched: readonly Touched[],
): readonly Requirement[] {
  const because = new Map<string, { rule: Rule; authors: readonly string[]; names: string[] }>();
  for (const { kind, name, authors: accounts } of touched) {
    for (const rule of rulesFor(root, kind, name)) {
      const authors = rule.notAuthor ? peopleNamed(root, accounts) : [];
      const key = JSON.stringify([root.rules.indexOf(rule), authors]);
      const known = because.get(key) ?? { rule, authors, names: [] };
      known.names.push(name);
      because.set(key, known);
    }
  }
  return [...because.values()].map(({ rule, authors, names }) => requirement(root, rule, names, authors));
}

function byName(statement: Statement | undefined): Map<string, StatementCollection> {
  return new Map(statement?.collections.map((collection) => [collection.definition.name, collection]));
}

function differs(before: StatementCollection | undefined, after: StatementCollection | undefined): boolean {
  return (
    definitionDiffers(before, after) || before?.records !== after?.records || before?.count !== after?.count
  );
}

function definitionDiffers(
  before: StatementCollection | undefined,
  after: StatementCollection | undefined,
): boolean {
  return !before || !after || !sameDefinition(before.definition, after.definition);
}

function rulesOfStep(
  root: TrustRoot,
  before: StatementCollection | undefined,
  after: StatementCollection | undefined,
): ReadonlySet<Rule> {
  const kinds = new Set<Kind>();
  if (before) kinds.add(before.definition.kind);
  if (after) kinds.add(after.definition.kind);
  const name = (after ?? before)?.definition.name;
  const rules = [...kinds].flatMap((kind) => rulesFor(root, kind, name));
  return new Set(definitionDiffers(before, after) ? [...rules, ...strictestRules(root)] : rules);
}

/** The rules that name a collection, else those that name its kind; the strictest ones where none names either. */
function rulesFor(root: TrustRoot, kind: RuleKind, collection?: string): readonly Rule[] {
  const own = root.rules.filter((rule) => collection !== undefined && rule.collections?.includes(collection));
  const naming = own.length > 0 ? own : root.rules.filter((rule) => rule.kinds.includes(kind));
  return naming.length > 0 ? naming : strictestRules(root);
}

/** The rules with the highest threshold, all of them. */
function strictestRules(root: TrustRoot): readonly Rule[] {
  const highest = Math.max(...root.rules.map((rule) => rule.threshold));
  return root.rules.filter((rule) => rule.threshold === highest);
}

function requirement(
  root: TrustRoot,
  rule: Rule,
  because: readonly string[],
  authors: readonly string[],
): Requirement {
  const { threshold: needed, roles } = rule;
  const eligible = eligiblePeople(rule, root.people);
  const people = eligible.filter((person) => !authors.includes(person));
  const own = eligible.filter((person) => authors.includes(person));
  return { rule, because, needed, roles, people, authors: own };
}
