import { type Kind, sameDefinition } from './definition.js';
import { BaselineError } from './errors.js';
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
}

/** A requirement that is not met. */
export interface MissingSigners {
  readonly requirement: Requirement;
  /** Who of its people has signed. */
  readonly signed: readonly string[];
  /** How many more are needed. */
  readonly lacking: number;
}

/**
 * What a statement needs to take effect as the child of `parent`. Each collection that differs needs the rules of its
 * kind; one whose definition differs (new and dropped ones too) needs the strictest rules as well, and those of the kind it
 * had. A statement in which nothing differs renews everything it holds and needs the rules for all of it.
 */
export function requirements(
  trust: { readonly root: TrustRoot },
  parent: { readonly statement: Statement } | null,
  statement: Statement,
): readonly Requirement[] {
  const before = byName(parent?.statement);
  const after = byName(statement);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = names.filter((name) => differs(before.get(name), after.get(name)));

  const because = new Map<Rule, string[]>();
  for (const name of changed.length > 0 ? changed : names) {
    for (const rule of rulesOfStep(trust.root, before.get(name), after.get(name))) {
      because.set(rule, [...(because.get(rule) ?? []), name]);
    }
  }
  if (names.length === 0) for (const rule of strictestRules(trust.root)) because.set(rule, []);
  return [...because].map(([rule, collections]) => requirement(trust.root, rule, collections));
}

/** What a trust root needs to be followed by another, or to follow: the rules for `root`. */
export function rootRequirements(root: TrustRoot): readonly Requirement[] {
  return rulesFor(root, 'root').map((rule) => requirement(root, rule, []));
}

/** What an excuse needs: the rules of every kind it touches. `kinds` says of each what of it does. */
export function excuseRequirements(
  root: TrustRoot,
  kinds: ReadonlyMap<Kind, readonly string[]>,
): readonly Requirement[] {
  const because = new Map<Rule, string[]>();
  for (const [kind, names] of kinds) {
    for (const rule of rulesFor(root, kind)) because.set(rule, [...(because.get(rule) ?? []), ...names]);
  }
  return [...because].map(([rule, names]) => requirement(root, rule, names));
}

/**
 * What is still missing. The one place where signers are counted: distinct people of the rule's roles, whatever keys,
 * files or how many signatures they used.
 */
export function missing(
  needed: readonly Requirement[],
  signers: Iterable<string>,
): readonly MissingSigners[] {
  const distinct = new Set(signers);
  return needed.flatMap((requirement) => {
    const signed = requirement.people.filter((person) => distinct.has(person));
    const lacking = requirement.needed - signed.length;
    return lacking > 0 ? [{ requirement, signed, lacking }] : [];
  });
}

/**
 * Throws `BASELINE_UNSIGNED` when nobody of the trust root has signed, and `BASELINE_TOO_FEW_SIGNERS` when too few have.
 */
export function refuseTooFew(needed: readonly Requirement[], signers: readonly string[]): void {
  refuseUnsigned(signers);
  const lacking = missing(needed, signers);
  if (lacking.length > 0)
    throw new BaselineError('BASELINE_TOO_FEW_SIGNERS', lacking.map(describe).join(' '));
}

export function refuseUnsigned(signers: readonly string[]): void {
  if (signers.length > 0) return;
  throw new BaselineError(
    'BASELINE_UNSIGNED',
    'Nobody whose key is in the trust root has signed it; it was not even read.',
  );
}

function describe({ requirement: { because, needed, roles }, signed }: MissingSigners): string {
  const what = because.length === 0 ? 'It' : because.join(', ');
  const who = signed.length === 0 ? 'none of them has' : `only ${signed.join(', ')}`;
  return `${what} must be signed by ${needed} with the role ${roles.join(' or ')}; ${who} signed.`;
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
  const rules = [...kinds].flatMap((kind) => rulesFor(root, kind));
  return new Set(definitionDiffers(before, after) ? [...rules, ...strictestRules(root)] : rules);
}

/** The rules that name a kind; the strictest ones for a kind that no rule names. */
function rulesFor(root: TrustRoot, kind: RuleKind): readonly Rule[] {
  const naming = root.rules.filter((rule) => rule.kinds.includes(kind));
  return naming.length > 0 ? naming : strictestRules(root);
}

/** The rules with the highest threshold, all of them. */
function strictestRules(root: TrustRoot): readonly Rule[] {
  const highest = Math.max(...root.rules.map((rule) => rule.threshold));
  return root.rules.filter((rule) => rule.threshold === highest);
}

function requirement(root: TrustRoot, rule: Rule, because: readonly string[]): Requirement {
  const { threshold: needed, roles } = rule;
  return { rule, because, needed, roles, people: eligiblePeople(rule, root.people) };
}
