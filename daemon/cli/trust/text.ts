import { type MissingSigners, rootDifference, type TrustRoot } from '../../../baselines/index.js';
import {
  accountWords,
  keyWords,
  rootDifferenceWords,
  rotationWarnings,
  ruleWords,
} from '../../alerts/trust-words.js';
import { stillOf } from '../../wording.js';
import type { CommandContext } from '../command.js';
import type { Terminal } from '../terminal/terminal.js';
import { samePageWords } from '../text/suppression-text.js';
import { type Asked, typedAgain } from '../typed-again.js';
import type { Draft, TrustSession } from './session.js';

const SIGN = 'tillwarden trust sign';

/** Stands below every draft that was made or changed. */
export function notInForce(asked: Asked): string {
  return `\nNothing is in force yet: enough people must run "${typedAgain(asked, SIGN)}".`;
}

/** People, keys and rules of a trust root. */
export function printRoot(terminal: Terminal, { people, rules, heads }: TrustRoot): void {
  for (const { name, roles, keys, accounts = [] } of people) {
    terminal.out(`  ${name}  ${roles.join(', ') || 'no role'}`);
    for (const key of keys) terminal.out(`    ${keyWords(key)}`);
    for (const account of accounts) terminal.out(`    ${accountWords(account)}`);
  }
  for (const rule of rules) terminal.out(`  ${ruleWords(rule)}`);
  for (const { site, version, statement } of heads) {
    terminal.out(`  ${site} begins with baseline ${version}  sha256:${statement.slice(0, 16)}…`);
  }
}

/** The draft as the difference from the root in force, what is dangerous about it, and who has signed and who must. */
export function printDraft(
  context: CommandContext,
  { trust }: TrustSession,
  { review, document }: Draft,
): void {
  const { terminal } = context;
  const { root, digest, signers, notices } = review;
  terminal.out(`${terminal.paint('bold', 'draft')} of trust root ${root.version}  sha256:${digest}`);
  const words = rootDifferenceWords(rootDifference(trust.root, root));
  for (const line of words) terminal.out(`  ${line}`);
  if (words.length === 0) terminal.out('  changes nothing but the dates');
  terminal.out(`  valid until ${root.expires}`);
  for (const line of rotationWarnings(trust.root, root)) {
    terminal.out(`  ${terminal.paint('yellow', 'warning')}  ${line}`);
  }
  for (const { code } of notices) terminal.out(`  ${terminal.paint('yellow', 'notice')}  ${code}`);
  terminal.out(`  ${signers.length === 0 ? 'nobody has signed it yet' : signedBy(review)}`);
  if (document.signatures.length > 0 || signers.length > 0) printMissing(context, review);
}

export function printMissing(context: CommandContext, review: Lacking): void {
  const lines = missingLines(review, typedAgain(context, SIGN));
  for (const line of lines) context.terminal.out(`  ${line}`);
}

type Lacking = Pick<Draft['review'], 'missing' | 'signers' | 'root'>;

/** Who must still sign a draft, by the root in force and by the draft itself, with the command they run. */
export function missingLines({ missing, signers, root }: Lacking, command: string = SIGN): string[] {
  const needs = (version: number) => (one: MissingSigners) => {
    const others = one.requirement.people.filter((person) => !signers.includes(person));
    return `root ${version} needs ${stillOf(one.lacking, others)}: ${command}${samePageWords(one.samePage)}`;
  };
  return [...missing.byParent.map(needs(root.version - 1)), ...missing.byItself.map(needs(root.version))];
}

/** "signed by anna, recovery-1 (recovery key)". */
export function signedBy(step: {
  readonly signers: readonly string[];
  readonly recovery: readonly string[];
}): string {
  const names = step.signers.map((name) => (step.recovery.includes(name) ? `${name} (recovery key)` : name));
  return `signed by ${names.join(', ') || 'nobody'}`;
}
