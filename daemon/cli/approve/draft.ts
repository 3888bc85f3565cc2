import { type CollectionSnapshot, type Proposal, proposeBaseline } from '../../../baselines/index.js';
import type { SiteApproval } from '../../approvals/approval.js';
import type { Submission } from '../../approvals/approval-backend.js';
import { acceptedState } from './accepted-state.js';
import type { ApproveOptions } from './approve-options.js';
import type { Difference } from './differences.js';
import type { GrownHistory } from './grown-histories.js';
import { defaultReason } from './review.js';
import { keepsExpiry, wantedExpiry } from './validity.js';

/** The next baseline as it would be signed: the verified parent with what was accepted and nothing else (invariant 11). */
export interface NextDraft {
  readonly proposal: Proposal;
  readonly collections: readonly CollectionSnapshot[];
  /** The same with another reason. */
  withReason(reason: string): Proposal;
}

/** Drafts the next baseline of a site. `nowMs`: when it counts as made, in UTC milliseconds. */
export function draftNext(
  site: string,
  approval: SiteApproval,
  accepted: readonly Difference[],
  options: ApproveOptions,
  nowMs: number,
  /** Histories that grew, whose new rows are signed along with it. */
  histories: readonly GrownHistory[] = [],
): NextDraft {
  const { head } = approval;
  const grown = histories.map((one) => [one.name, one.grown] as const);
  const collections = acceptedState(new Map([...(head?.collections ?? []), ...grown]), accepted);
  const draft = (reason: string, expiresMs: number): Proposal =>
    proposeBaseline({ site, parent: head, collections, reason, createdMs: nowMs, expiresMs });
  const usual = head === null ? 'first baseline' : defaultReason(accepted);
  const longest = draft(options.reason ?? usual, wantedExpiry(options, nowMs));
  const keeps = keepsExpiry(approval, longest, collections, options);
  const expiresMs = keeps && head !== null ? head.expiresMs : wantedExpiry(options, nowMs);
  const proposal = keeps ? draft(longest.statement.reason, expiresMs) : longest;
  return {
    proposal,
    collections,
    withReason: (reason) => (reason === proposal.statement.reason ? proposal : draft(reason, expiresMs)),
  };
}

/** What is handed in of a signed proposal: records that the parent has are there already. */
export function submissionOf(
  { head }: SiteApproval,
  { bytes, records }: Proposal,
  signature: string,
): Submission {
  const signed = new Set([...(head?.collections.values() ?? [])].map(({ recordsDigest }) => recordsDigest));
  return { bytes, signature, records: new Map([...records].filter(([digest]) => !signed.has(digest))) };
}
