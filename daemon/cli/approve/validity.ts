import {
  authorsBetween,
  type CollectionSnapshot,
  type Proposal,
  type Requirement,
  requirements,
} from '../../../baselines/index.js';
import type { SiteApproval } from '../../approvals/approval.js';
import type { ApproveOptions } from './approve-options.js';

const DAY_MS = 86_400_000;
/** How long a baseline is valid when nobody says otherwise. */
const USUAL_DAYS = 90;

/** When a baseline made now would expire, by what the person said, in UTC milliseconds. */
export function wantedExpiry({ days = USUAL_DAYS }: ApproveOptions, nowMs: number): number {
  return nowMs + days * DAY_MS;
}

/**
 * Whether a proposal should rather expire when its parent does: nobody asked for another time, and a later one would need people whom the
 * changes alone do not need.
 */
export function keepsExpiry(
  approval: SiteApproval,
  { statement }: Proposal,
  collections: readonly CollectionSnapshot[],
  { days, renew }: ApproveOptions,
): boolean {
  const { head } = approval;
  if (head === null || renew === true || days !== undefined) return false;
  const { expires } = head.statement;
  // What is over cannot be kept.
  if (expires <= statement.created) return false;
  const asBefore = neededFor(approval, { ...statement, expires }, collections);
  return !samePeople(asBefore, neededFor(approval, statement, collections));
}

/** Requirements for a statement to follow the verified head. */
export function neededFor(
  { trust, head }: SiteApproval,
  statement: Proposal['statement'],
  collections: readonly CollectionSnapshot[],
): readonly Requirement[] {
  return requirements(trust, head, statement, (name) =>
    authorsBetween(
      head?.collections.get(name),
      collections.find(({ definition }) => definition.name === name),
    ),
  );
}

/** Whether the same rules must be met by the same people. */
function samePeople(one: readonly Requirement[], other: readonly Requirement[]): boolean {
  const written = (all: readonly Requirement[]) =>
    all.map(({ rule, people, needed }) => JSON.stringify([rule, people, needed])).sort();
  return JSON.stringify(written(one)) === JSON.stringify(written(other));
}
