import { type MissingSigners, missing, type Proposal } from '../../../baselines/index.js';
import { unknownBecause } from '../../alerts/words.js';
import type { SiteApproval } from '../../approvals/approval.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import { grouped, stillOf } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Signer, signDocumentAsking } from '../signing/signer.js';
import { suppressedChanges } from '../suppress/marks.js';
import { explainCollection, labelOf, shortDifference } from '../text/difference-text.js';
import { acceptFirst } from './accept-first.js';
import type { ApproveOptions } from './approve-options.js';
import {
  type Difference,
  differencesToReview,
  idLength,
  moneyFirst,
  movesMoney,
  withSuppressions,
} from './differences.js';
import { draftNext, type NextDraft, submissionOf } from './draft.js';
import { grownHistories, historyLines } from './grown-histories.js';
import { type ObservedState, observedState } from './observed-state.js';
import { lastQuestion, namedDifferences, type Review, reviewOneByOne, WHOLE_ID_DIGITS } from './review.js';
import type { ApprovalSession, ApproveResult } from './session.js';
import { neededFor } from './validity.js';

const NOTHING = new Map<string, never>();
/** Of what was accepted, before the last question. */
const ACCEPTED_SHOWN = 40;

/** Why there is nothing to decide. What could not be read is never said to be as signed. */
function nothingToApprove(
  site: string,
  version: number,
  { unread, definitions }: Pick<ObservedState, 'unread' | 'definitions'>,
): string {
  if (unread.length === 0) return `Nothing to approve: ${site} is as baseline ${version} says.`;
  if (unread.length === definitions.size) return 'Nothing could be read, so nothing can be approved.';
  return `Nothing to approve: what could be read of ${site} is as baseline ${version} says; the rest is unknown.`;
}

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
  const suppressions = await backend.suppressions(approval);
  const differences = withSuppressions(
    await differencesToReview(backend.site, parent, observed.collections, backend),
    (changes) => suppressedChanges(changes, suppressions, parent, clock()),
  );
  if (approval.head !== null && differences.length === 0 && !options.renew) {
    terminal.out(nothingToApprove(backend.site, approval.head.version, observed));
    return { digest: null, exit: observed.unread.length > 0 ? EXIT.unknown : EXIT.same, rejected: [] };
  }
  let review =
    approval.head === null
      ? await acceptFirst(context, backend, observed, differences, options)
      : await acceptSome(context, backend, approval.head.version, observed, differences, options);
  for (;;) {
    const accepted = review?.accepted ?? [];
    const rejected = (review?.rejected ?? []).map(({ fingerprint }) => fingerprint);
    const unsigned = { digest: null, exit: EXIT.drifted, rejected };
    if (review === null || (accepted.length === 0 && !options.renew)) return nothingSigned(context, unsigned);
    await backend.prepare();
    // A renewal is signed by everybody for everything, so it may take in what came to a history.
    const histories = options.renew === true ? grownHistories(parent, observed.collections) : [];
    const draft = draftNext(backend.site, approval, accepted, options, clock(), histories);
    if (approval.head !== null) printAccepted(context, backend, accepted, differences, observed);
    for (const line of historyLines(histories)) terminal.out(line);
    const answer = await confirm(context, approval, signer, draft, observed, options, review.back !== null);
    if (answer.what === 'stop') return nothingSigned(context, unsigned);
    if (answer.what === 'sign') {
      const proposal = draft.withReason(answer.reason);
      const keyboard = options.only === undefined ? terminal.keyboard : null;
      const signature = await signDocumentAsking(keyboard, signer, proposal.bytes);
      await backend.submit(submissionOf(approval, proposal, signature));
      return { ...unsigned, digest: proposal.digest };
    }
    review = (await review.back?.()) ?? null;
  }
}

/** What is about to be signed, money first: the eye that pressed `a` on the wrong line gets a second look. */
function printAccepted(
  { terminal }: CommandContext,
  { rules }: ApprovalBackend,
  accepted: readonly Difference[],
  differences: readonly Difference[],
  { hostile, definitions }: ObservedState,
): void {
  if (accepted.length === 0) return;
  const shown = { rules, digits: idLength(differences), hostile };
  terminal.out(`\nAccepted: ${accepted.length} of ${grouped(differences.length, 'difference')}`);
  const shownWith = new Set(accepted.map(({ fingerprint }) => fingerprint));
  const apart = accepted.filter(
    (one) => one.what === 'collection' || one.follows === undefined || !shownWith.has(one.follows),
  );
  const listed = moneyFirst(apart).slice(0, ACCEPTED_SHOWN);
  for (const one of listed) {
    for (const line of shortDifference(terminal, one, shown, definitions)) terminal.out(`  ${line}`);
  }
  const more = moneyFirst(apart).slice(ACCEPTED_SHOWN);
  const money = more.filter(movesMoney).length;
  if (more.length === 0) return;
  terminal.out(`  and ${more.length} more, ${money === 0 ? 'none' : money} of which can move money`);
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
    const whole = { digits: WHOLE_ID_DIGITS, hostile };
    for (const one of differences) {
      terminal.out(`  ${accepted.includes(one) ? 'accepted' : 'left    '}  ${labelOf(one, whole)}`);
    }
    return { accepted, rejected: [], back: null };
  }
  if (terminal.keyboard === null) return null;
  return reviewOneByOne(terminal, terminal.keyboard, differences, shown, observed.definitions);
}

type Answer =
  | { readonly what: 'sign'; readonly reason: string }
  | { readonly what: 'stop' }
  | { readonly what: 'back' };

/** Asks for the signature. `mayGoBack`: there was a question before this one. */
async function confirm(
  { terminal }: CommandContext,
  approval: SiteApproval,
  signer: Signer,
  { proposal: { statement }, collections }: NextDraft,
  observed: ObservedState,
  { only }: ApproveOptions,
  mayGoBack: boolean,
): Promise<Answer> {
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
  let { reason } = statement;
  const keyboard = lastQuestion(terminal, only);
  if (keyboard === null) return { what: 'sign', reason };
  const extra = approval.head === null ? ' · show all records e' : '';
  const back = mayGoBack ? ' · go back b' : '';
  for (;;) {
    // Its keys are told to who takes another.
    const keys = `ynr${approval.head === null ? 'e' : ''}${mayGoBack ? 'b' : ''}q`;
    const answer = await keyboard.key(`sign y · no n · give a reason r${extra}${back} ? `, keys, 'n');
    if (answer === 'y') return { what: 'sign', reason };
    if (answer === 'b') return { what: 'back' };
    if (answer === 'n' || answer === 'q') return { what: 'stop' };
    if (answer === 'r') reason = (await keyboard.line('reason: ')).trim() || reason;
    if (answer === 'e') {
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
  return `then ${stillOf(lacking, others)} must sign: ${requirement.because.join(', ')}`;
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
