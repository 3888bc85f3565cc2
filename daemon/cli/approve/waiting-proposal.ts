import { BaselineError, type MissingSigners, readProposal, reviewPending } from '../../../baselines/index.js';
import type { SiteApproval } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import { lackingLines } from '../text/suppression-text.js';
import { type Asked, typedAgain, withCommandsTypedAgain } from '../typed-again.js';

/** A proposal that waits for signatures, or a file in its place that cannot be one. */
export type WaitingProposal =
  | {
      readonly version: number;
      readonly digest: string;
      readonly signers: readonly string[];
      readonly missing: readonly MissingSigners[];
    }
  | { readonly refused: string };

/** What waits for signatures at a site, as the verified files say; null when nothing does. Never throws for what the files hold. */
export async function waitingProposal(
  { baselines }: Config,
  site: string,
  { trust, head }: SiteApproval,
): Promise<WaitingProposal | null> {
  try {
    const pending = await readProposal(baselines.directory, site);
    if (pending === null) return null;
    const { statement, digest, signers, missing } = reviewPending({ trust, site }, head, pending);
    return { version: statement.version, digest, signers, missing };
  } catch (error) {
    if (error instanceof BaselineError) return { refused: `${error.code}: ${error.message}` };
    throw error;
  }
}

/** What waits, and who has signed it. */
export function waitingWords(waiting: WaitingProposal): string {
  return 'refused' in waiting
    ? `WAITS and cannot be signed: ${waiting.refused}`
    : `WAITS  baseline ${waiting.version} for signatures, signed by ${waiting.signers.join(', ') || 'nobody'}`;
}

/** What waits, who has signed it, and what the others run. */
export function waitingLines(asked: Asked, site: string, waiting: WaitingProposal): string[] {
  const words = withCommandsTypedAgain(asked, waitingWords(waiting));
  if ('refused' in waiting) return [words];
  const { signers, missing } = waiting;
  return [words, ...lackingLines(missing, signers, typedAgain(asked, `tillwarden approve ${site}`))];
}
