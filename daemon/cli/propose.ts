import {
  authorsBetween,
  type CollectionSnapshot,
  type MissingSigners,
  missing,
  type Proposal,
  proposeBaseline,
  requirements,
} from '../../baselines/index.js';
import { unknownBecause } from '../policy/words.js';
import type { ApproveOptions } from './approve-options.js';
import { type CommandContext, counted, oneSite } from './command.js';
import { collectionLine, explainCollection, labelOf } from './difference-text.js';
import { type Difference, differencesBetween, idLength } from './differences.js';
import { EXIT } from './exit-code.js';
import { type ObservedState, observedState } from './observed-state.js';
import { acceptedState, type Desk, type Signed, signNew } from './proposal.js';
import { readSite } from './read-site.js';
import { defaultReason, namedDifferences, reviewOneByOne } from './review.js';
import type { Signer } from './signer.js';

/** How an approval ended: with a signature, or without one and why. */
export type ApproveResult = { readonly signed: Signed } | { readonly signed: null; readonly exit: number };

const DAY_MS = 86_400_000;
const NOTHING = new Map<string, never>();

/** Reads the site, lets the person accept what is right, and signs the parent with exactly that. */
export async function proposeNext(
  context: CommandContext,
  desk: Desk,
  signer: Signer,
  options: ApproveOptions,
): Promise<ApproveResult> {
  const { terminal } = context;
  const { config, approval } = desk;
  const site = oneSite(config, desk.site);
  const parent = approval.head?.collections ?? NOTHING;
  const { readings } = await readSite(context, config, site, parent);
  const observed = observedState(site, readings, parent);
  printUnread(context, observed);
  if (observed.collections.size === 0) {
    terminal.out('Nothing could be read, so nothing can be approved.');
    return { signed: null, exit: EXIT.unknown };
  }
  const differences = differencesBetween(desk.site, parent, observed.collections, config.rules);
  if (approval.head !== null && differences.length === 0 && !options.renew) {
    terminal.out(`Nothing to approve: ${desk.site} is as baseline ${approval.head.version} says.`);
    return { signed: null, exit: observed.unread.length > 0 ? EXIT.unknown : EXIT.same };
  }
  const accepted =
    approval.head === null
      ? acceptFirst(context, desk, observed, differences)
      : await acceptSome(context, desk, observed, differences, options);
  if (accepted === null || (accepted.length === 0 && !options.renew)) return nothingSigned(context);
  const collections = acceptedState(parent, accepted);
  const draft = (reason: string): Proposal =>
    proposeBaseline({
      site: desk.site,
      parent: approval.head,
      collections,
      reason,
      createdMs: desk.clock(),
      expiresMs: desk.clock() + options.days * DAY_MS,
    });
  const usual = approval.head === null ? 'first baseline' : defaultReason(accepted);
  const proposal = draft(options.reason ?? usual);
  const reason = await confirm(context, desk, signer, proposal, collections, observed, options);
  if (reason === null) return nothingSigned(context);
  return {
    signed: await signNew(desk, signer, reason === proposal.statement.reason ? proposal : draft(reason)),
  };
}

/** The first baseline is signed as a whole: what each collection holds, in numbers, and all of it for who asks. */
function acceptFirst(
  { terminal }: CommandContext,
  desk: Desk,
  observed: ObservedState,
  differences: readonly Difference[],
): readonly Difference[] {
  terminal.out(`First baseline of ${terminal.paint('bold', desk.site)}:`);
  for (const snapshot of observed.collections.values()) terminal.out(`  ${collectionLine(snapshot)}`);
  return differences;
}

async function acceptSome(
  { terminal }: CommandContext,
  { site, config, approval }: Desk,
  observed: ObservedState,
  differences: readonly Difference[],
  { accept }: ApproveOptions,
): Promise<readonly Difference[] | null> {
  const version = approval.head?.version ?? 0;
  terminal.out(
    `${terminal.paint('bold', site)}: ${counted(differences.length, 'difference')} from baseline ${version}`,
  );
  const shown = { rules: config.rules, digits: idLength(differences) };
  if (accept !== undefined) {
    const accepted = namedDifferences(differences, accept);
    for (const one of differences) {
      terminal.out(`  ${accepted.includes(one) ? 'accepted' : 'left    '}  ${labelOf(one, shown.digits)}`);
    }
    return accepted;
  }
  if (terminal.keyboard === null) return null;
  const review = await reviewOneByOne(terminal, terminal.keyboard, differences, shown, observed.definitions);
  if (review !== null && review.rejected.length > 0) {
    terminal.out(
      `\n${counted(review.rejected.length, 'change')} rejected: still drift until put right there.`,
    );
  }
  return review?.accepted ?? null;
}

/** Asks for the signature. Resolves with the reason to sign with, or null. */
async function confirm(
  { terminal }: CommandContext,
  { approval }: Desk,
  signer: Signer,
  { statement }: Proposal,
  collections: readonly CollectionSnapshot[],
  observed: ObservedState,
  { accept }: ApproveOptions,
): Promise<string | null> {
  const needed = requirements(approval.trust, approval.head, statement, (name) =>
    authorsBetween(
      approval.head?.collections.get(name),
      collections.find(({ definition }) => definition.name === name),
    ),
  );
  const after = missing(needed, [signer.person]);
  terminal.out(`\n${signer.person} signs baseline ${statement.version}, valid until ${statement.expires}.`);
  for (const { because, authors } of needed) {
    if (authors.length === 0) continue;
    terminal.out(
      `  by the records, ${authors.join(', ')} changed ${because.join(', ')} and does not count for it`,
    );
  }
  for (const one of after) terminal.out(`  ${stillNeeded(one, signer)}`);
  let reason = statement.reason;
  const keyboard = accept === undefined ? terminal.keyboard : null;
  if (keyboard === null) return reason;
  for (;;) {
    const extra = approval.head === null ? ' · show all records e' : '';
    const answer = await keyboard.key(`sign y · no n · give a reason r${extra} ? `, 'ynre', 'n');
    if (answer === 'y') return reason;
    if (answer === 'n') return null;
    if (answer === 'r') reason = (await keyboard.line('reason: ')).trim() || reason;
    if (answer === 'e' && approval.head === null) {
      for (const snapshot of observed.collections.values()) {
        for (const line of explainCollection(snapshot)) terminal.out(line);
      }
    }
  }
}

function stillNeeded({ requirement, lacking }: MissingSigners, signer: Signer): string {
  const others = requirement.people.filter((person) => person !== signer.person);
  return `then ${lacking} more of ${others.join(', ')} must sign: ${requirement.because.join(', ')}`;
}

function printUnread({ terminal }: CommandContext, { unread }: ObservedState): void {
  for (const [name, { cause, detail }] of unread) {
    terminal.note(
      `${terminal.paint('yellow', 'unknown')}: ${name}: ${unknownBecause(cause)} (${detail}); nothing of it can be approved`,
    );
  }
}

function nothingSigned({ terminal }: CommandContext): ApproveResult {
  terminal.out('Nothing was signed. What differs stays drift.');
  return { signed: null, exit: EXIT.drifted };
}
