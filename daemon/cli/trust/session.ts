import {
  type PinnedHead,
  type Problem,
  type ReviewedRoot,
  readRootDraft,
  reviewRoot,
  type SignedDocument,
} from '../../../baselines/index.js';
import { refuseBroken, type TrustReading } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import type { CommandContext } from '../command.js';
import { openConfig } from '../open-config.js';
import { ROOT_CHAIN, SeenHeads } from '../signing/seen-heads.js';
import { chainBroken, readApproval, readTrust } from '../signing/verified-files.js';

/** The trust root in force, as this machine verified it, and the draft of the next one. */
export interface TrustSession extends TrustReading {
  readonly config: Config;
  readonly seen: SeenHeads;
  readonly draft: Draft | null;
}

export interface Draft {
  readonly document: SignedDocument;
  readonly review: ReviewedRoot;
  readonly problems: readonly Problem[];
}

/**
 * Verifies the trust roots, refuses to go on with files that hold something newer that does not count or that are older than what
 * was seen here before, and reviews the draft.
 */
export async function openTrustSession(context: CommandContext): Promise<TrustSession> {
  const config = await openConfig(context, 'none');
  const reading = await readTrust(config);
  refuseBroken(reading.problems, chainBroken);
  const seen = new SeenHeads(context.env);
  seen.refuseOlder(config.trust.root, ROOT_CHAIN, reading.trust.steps);
  seen.remember(config.trust.root, ROOT_CHAIN, reading.trust);
  return { ...reading, config, seen, draft: await readDraft(config, reading) };
}

export async function readDraft(config: Config, { trust }: TrustReading): Promise<Draft | null> {
  const pending = await readRootDraft(config.trust.directory);
  if (pending === null) return null;
  const { document, problems } = pending;
  return { document, problems, review: reviewRoot(trust, document) };
}

/**
 * The heads that the next trust root pins: of every configured site the one that counts now, so that a key which is taken away
 * can sign nothing that would count as older; of other sites what is pinned already.
 */
export async function currentHeads(session: TrustSession, nowMs: number): Promise<readonly PinnedHead[]> {
  const { config, seen, trust } = session;
  const heads = new Map(trust.root.heads.map((head) => [head.site, head]));
  for (const { name: site } of config.sites) {
    const approval = await readApproval(config, site, nowMs, session);
    refuseBroken(approval.problems, chainBroken);
    seen.refuseOlder(config.trust.root, site, approval.chain.steps);
    if (approval.head === null) continue;
    const { version, digest: statement } = approval.head;
    heads.set(site, { site, version, statement });
  }
  return [...heads.values()].sort((a, b) => (a.site < b.site ? -1 : 1));
}
