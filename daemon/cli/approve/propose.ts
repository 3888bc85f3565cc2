import { type MissingSigners, missing, type Proposal } from '../../../baselines/index.js';
import { unknownBecause } from '../../alerts/words.js';
import type { SiteApproval } from '../../approvals/approval.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Signer, signDocumentAsking } from '../signing/signer.js';
import { explainCollection, labelOf } from '../text/difference-text.js';
import { acceptFirst } from './accept-first.js';
import type { ApproveOptions } from './approve-options.js';
import { type Difference, differencesToReview, idLength } from './differences.js';
import { draftNext, type NextDraft, submissionOf } from './draft.js';
import { type ObservedState, observedState } from './observed-state.js';
import { namedDifferences, type Review, reviewOneByOne } from './review.js';
import type { ApprovalSession, ApproveResult } from './session.js';
import { neededFor } from './validity.js';

const NOTHING = new Map<string, never>();

/** Looks at the site, lets the person accept what is right, signs the parent with exactly that and hands it in. */
export async function proposeNext(
  context: CommandContext,
  { backend, approval, clock }: ApprovalSession,
  signer: Signer,
  options: ApproveOptions,
): Promise<ApproveResult> {
  const { terminal } = context;
  const parent = approval.head?.collections ?? NOTHING;
  const observed = observedState(await backend.observe(parent), parent);
  printUnread(context, observed);
  if (observed.collections.size === 0) {
    terminal.out('Nothing could be read, so nothing can be approved.');
    return { digest: null, exit: EXIT.unknown, rejected: [] };
  }
  const differences = await differencesToReview(backend.site, parent, observed.collections, backend.rules);
  if (approval.head !== null && differences.length === 0 && !options.renew) {
    terminal.out(`Nothing to approve: ${backend.site} is as baseline ${approval.head.version} says.`);
    return { digest: null, exit: observed.unread.length > 0 ? EXIT.unknown : EXIT.same, rejected: [] };
  }
  const review =
    approval.head === null
      ? await acceptFirst(context, backend, observed, differences, options)
      : await acceptSome(context, backend, approval.head.version, observed, differences, options);
  const accepted = review?.accepted ?? [];
  const rejected = (review?.rejected ?? []).map(({ fingerprint }) => fingerprint);
  const unsigned = { digest: null, exit: EXIT.drifted, rejected };
  if (review === null || (accepted.length === 0 && !options.renew)) return nothingSigned(context, unsigned);
  await backend.prepare();
  const draft = draftNext(backend.site, approval, accepted, options, clock());
  const reason = await confirm(context, approval, signer, draft, observed, options);
  if (reason === null) return nothingSigned(context, unsigned);
  const proposal = draft.withReason(reason);
  const keyboard = options.only === undefined ? terminal.keyboard : null;
  const signature = await signDocumentAsking(keyboard, signer, proposal.bytes);
  await backend.submit(submissionOf(approval, proposal, signature));
  return { ...unsigned, digest: proposal.digest };
}

async function acceptSome(
  { terminal }: CommandContext,
  { site, rules }: ApprovalBackend,
  version: number,
  observed: ObservedState,
  differences: readonly Difference[],
  { only }: ApproveOptions,
): Promise<Review | null> {
  terminal.out(
    `${terminal.paint('bold', site)}: ${grouped(differences.length, 'difference')} from baseline ${version}`,
  );
  const { hostile } = observed;
  const shown = { rules, digits: idLength(differences), hostile };
  if (only !== undefined) {
    const accepted = namedDifferences(differences, only, hostile);
    for (const one of differences) {
      terminal.out(`  ${accepted.includes(one) ? 'accepted' : 'left    '}  ${labelOf(one, shown)}`);
    }
    return { accepted, rejected: [] };
  }
  if (terminal.keyboard === null) return null;
  return reviewOneByOne(terminal, terminal.keyboard, differences, shown, observed.definitions);
}

/** Asks for the signature. Resolves with the reason to sign with, or null. */
async function confirm(
  { terminal }: CommandContext,
  approval: SiteApproval,
  signer: Signer,
  { proposal: { statement }, collections }: NextDraft,
  observed: ObservedState,
  { only }: ApproveOptions,
): Promise<string | null> {
  const needed = neededFor(approval, statement, collections);
  const after = missing(needed, { people: [signer.person], pages: new Map() });
  terminal.out(
    `\n${signer.person} signs baseline ${statement.version}, valid until ${statement.expires}${sameExpiry(approval, statement)}.`,
  );
  for (const { because, authors } of needed) {
    if (authors.length === 0) continue;
    terminal.out(
      `  by the records, ${authors.join(', ')} changed ${because.join(', ')} and does not count for it`,
    );
  }
  for (const one of after) terminal.out(`  ${stillNeeded(one, signer)}`);
  let reason = statement.reason;
  const keyboard = only === undefined ? terminal.keyboard : null;
  if (keyboard === null) return reason;
  for (;;) {
    const extra = approval.head === null ? ' · show all records e' : '';
    const answer = await keyboard.key(`sign y · no n · give a reason r${extra} ? `, 'ynqre', 'n');
    if (answer === 'y') return reason;
    if (answer === 'n' || answer === 'q') return null;
    if (answer === 'r') reason = (await keyboard.line('reason: ')).trim() || reason;
    if (answer === 'e' && approval.head === null) {
      for (const snapshot of observed.collections.values()) {
        for (const line of explainCollection(snapshot)) terminal.out(line);
      }
    }
  }
}

/** Whose signatures another time would need is said where people look for it. */
function sameExpiry({ head }: SiteApproval, { expires }: Proposal['statement']): string {
  return head?.statement.expires === expires ? ' as before ("--renew" extends it)' : '';
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

function nothingSigned({ terminal }: CommandContext, result: ApproveResult): ApproveResult {
  terminal.out('Nothing was signed. What differs stays drift.');
  return result;
}
