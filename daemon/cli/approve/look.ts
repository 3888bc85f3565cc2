import type { PendingProposal } from '../../../baselines/index.js';
import { refuseBroken, type SiteApproval, verifyRoots, verifySite } from '../../approvals/approval.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import { ROOT_CHAIN, type SeenHeads } from '../signing/seen-heads.js';
import { chainBroken } from '../signing/verified-files.js';

/** The files of approval of a site, verified by this machine, and what waits there. */
export interface Look {
  readonly approval: SiteApproval;
  readonly waiting: PendingProposal | null;
}

/**
 * Reads and verifies everything, refuses what is older than what was seen here, and remembers what is newer. Throws the `BaselineError` of
 * roots that cannot be used, `CLI_ROLLED_BACK`, `CLI_CHAIN_BROKEN`, and what the backend throws.
 */
export async function lookVerified(
  backend: Pick<ApprovalBackend, 'read' | 'pin' | 'site' | 'memory'>,
  seen: SeenHeads,
  clock: () => number,
): Promise<Look> {
  const { roots, chain, pending } = await backend.read();
  const trusted = verifyRoots(roots, backend.pin);
  seen.refuseOlder(backend.pin, ROOT_CHAIN, trusted.trust.steps);
  const approval = await verifySite(trusted, backend.site, chain, clock(), backend.memory);
  refuseBroken(approval.problems, chainBroken);
  seen.refuseOlder(backend.pin, backend.site, approval.chain.steps);
  seen.remember(backend.pin, ROOT_CHAIN, trusted.trust);
  if (approval.head) seen.remember(backend.pin, backend.site, approval.head);
  return { approval, waiting: pending };
}
