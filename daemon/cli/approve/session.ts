import type { SiteApproval } from '../../approvals/approval.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';

/** What an approver sees on their desk: the port, and what it gave, verified by this machine. */
export interface ApprovalSession {
  readonly backend: ApprovalBackend;
  readonly approval: SiteApproval;
  readonly clock: () => number;
}

/** How an approval ended: with a signed statement, or without one and why. */
export interface ApproveResult {
  /** Hex SHA-256 of the statement signed; null when nothing was. */
  readonly digest: string | null;
  /** Used when nothing was signed. */
  readonly exit: number;
  /** Fingerprints of the changes called hostile. */
  readonly rejected: readonly string[];
}
