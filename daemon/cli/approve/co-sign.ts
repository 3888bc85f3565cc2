import { type PendingProposal, type ReviewedProposal, reviewPending } from '../../../baselines/index.js';
import { quote } from '../../../notifiers/index.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import type { AddressBook } from '../../destinations/book.js';
import { wholeBook } from '../../destinations/signed-book.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { type Signer, signDocumentAsking } from '../signing/signer.js';
import type { Keyboard } from '../terminal/keyboard.js';
import {
  type DifferenceContext,
  describeDifference,
  explainCollection,
  explainDifference,
  labelOf,
} from '../text/difference-text.js';
import type { ApproveOptions } from './approve-options.js';
import { type Difference, differencesBetween, differencesToReview, idLength } from './differences.js';
import { firstBaselineLines } from './first-review-text.js';
import { grownHistories, historyLines } from './grown-histories.js';
import { type Collections, type ObservedState, observedState } from './observed-state.js';
import { lastQuestion, namedDifferences } from './review.js';
import type { ApprovalSession, ApproveResult } from './session.js';

/** Of what the database holds differently by now: in full what the proposal is about, by name what it is not. */
const MOVED_SHOWN = 10;

/**
 * Shows somebody else's proposal as the difference from this person's own verified parent, says where the database has moved on
 * since, and co-signs it: whole or not at all.
 */
export async function coSignPending(
  context: CommandContext,
  { backend, approval }: ApprovalSession,
  signer: Signer,
  options: ApproveOptions,
  waiting: PendingProposal,
): Promise<ApproveResult> {
  const { terminal } = context;
  const { site, rules } = backend;
  const { head, trust } = approval;
  const { document } = waiting;
  const parent: Collections = head?.collections ?? new Map();
  const review = reviewPending({ trust, site }, head, waiting);
  const observed = observedState(await backend.observe(review.collections), review.collections);
  const differences = await differencesToReview(site, parent, review.collections, backend);
  const shown = { rules, digits: idLength(differences), hostile: observed.hostile };

  const book = head === null ? await wholeBook(review.collections) : null;
  printProposal(context, backend, head?.version ?? null, { ...review, book }, differences, shown, observed);
  for (const line of historyLines(grownHistories(parent, review.collections))) terminal.out(line);
  printMoved(context, backend, review, observed, differences);
  if (review.signers.includes(signer.person)) {
    terminal.out(`${signer.person} has signed it already.`);
    return { digest: review.digest, exit: EXIT.same, rejected: [] };
  }
  await backend.prepare();
  if (options.only !== undefined) refuseParts(differences, options.only, head === null, observed);
  const keyboard = lastQuestion(terminal, options.only);
  if (keyboard !== null && !(await confirm(context, keyboard, signer, review, differences, observed))) {
    terminal.out('Not signed; the proposal still waits (--withdraw removes it).');
    return { digest: null, exit: EXIT.drifted, rejected: [] };
  }
  const signature = await signDocumentAsking(keyboard, signer, document.bytes);
  await backend.submit({ bytes: document.bytes, signature, records: new Map() });
  return { digest: review.digest, exit: EXIT.same, rejected: [] };
}

function printProposal(
  context: CommandContext,
  { site, indicators }: ApprovalBackend,
  parentVersion: number | null,
  { statement, signers, collections, book }: ReviewedProposal & { readonly book: AddressBook | null },
  differences: readonly Difference[],
  shown: DifferenceContext,
  observed: ObservedState,
): void {
  const { terminal } = context;
  const parent = parentVersion === null ? 'the first one' : `on top of baseline ${parentVersion}`;
  terminal.out(`Pending: baseline ${statement.version} of ${terminal.paint('bold', site)}, ${parent}`);
  terminal.out(`  signed by ${signers.join(', ') || 'nobody yet'}`);
  terminal.out(`  reason ${quote({ untrusted: statement.reason }, 400)}`);
  terminal.out(`  created ${statement.created}, valid until ${statement.expires}`);
  if (parentVersion === null) {
    for (const line of firstBaselineLines(context, collections, book, indicators())) terminal.out(line);
    return;
  }
  if (differences.length === 0) terminal.out('  It changes nothing and renews everything.');
  for (const [index, difference] of differences.entries()) {
    terminal.out(`\n${index + 1}/${differences.length}`);
    for (const line of describeDifference(terminal, difference, shown, observed.definitions))
      terminal.out(line);
  }
}

function printMoved(
  { terminal }: CommandContext,
  { site, rules, indicators }: ApprovalBackend,
  { collections }: ReviewedProposal,
  observed: ObservedState,
  proposed: readonly Difference[],
): void {
  for (const [name] of observed.unread) {
    terminal.note(`${terminal.paint('yellow', 'unknown')}: ${name} cannot be read, so it cannot be compared`);
  }
  const moved = differencesBetween(site, collections, observed.collections, rules, null, indicators());
  if (moved.length === 0) return;
  const about = new Set(proposed.map(placeOf));
  const same = moved.filter((one) => about.has(placeOf(one)));
  const others = moved.filter((one) => !same.includes(one));
  const shown = { rules, digits: idLength(moved), hostile: observed.hostile };
  terminal.out(
    `\n${terminal.paint('yellow', 'The database holds something else by now')}: ${grouped(moved.length, 'difference')} from this proposal, ${same.length} of them about what it changes. They stay drift.`,
  );
  for (const one of same.slice(0, MOVED_SHOWN)) {
    for (const line of describeDifference(terminal, one, shown, observed.definitions))
      terminal.out(`  ${line}`);
  }
  for (const one of others.slice(0, MOVED_SHOWN)) terminal.out(`  ${labelOf(one, shown)}`);
  const left = Math.max(0, same.length - MOVED_SHOWN) + Math.max(0, others.length - MOVED_SHOWN);
  if (left > 0) terminal.out(`  and ${left} more`);
}

function placeOf(difference: Difference): string {
  return difference.what === 'collection'
    ? JSON.stringify([difference.name])
    : JSON.stringify([difference.change.collection, difference.change.key]);
}

function refuseParts(
  differences: readonly Difference[],
  only: string,
  first: boolean,
  { hostile }: ObservedState,
): void {
  if (first && only.trim() === 'all') return;
  const accepted = namedDifferences(differences, only, hostile);
  if (accepted.length === differences.length) return;
  throw new CliError(
    'CLI_NOT_ACCEPTABLE',
    `a pending proposal is signed whole or not at all, and --only covers ${accepted.length} of its ${grouped(differences.length, 'difference')} (definitions and what somebody called hostile must be named by id)`,
  );
}

async function confirm(
  { terminal }: CommandContext,
  keyboard: Keyboard,
  signer: Signer,
  { statement, collections }: ReviewedProposal,
  differences: readonly Difference[],
  observed: ObservedState,
): Promise<boolean> {
  for (;;) {
    terminal.out(`\n${signer.person} co-signs baseline ${statement.version}.`);
    const answer = await keyboard.key('sign y · no n · explain e ? ', 'ynqe', 'n');
    if (answer !== 'e') return answer === 'y';
    const lines =
      statement.parent === null
        ? [...collections.values()].flatMap(explainCollection)
        : differences.flatMap((one) => explainDifference(one, observed.definitions));
    for (const line of lines) terminal.out(`  ${line}`);
  }
}
