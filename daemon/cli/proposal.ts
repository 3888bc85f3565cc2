import {
  type AcceptedChange,
  acceptChanges,
  addSignature,
  type CollectionSnapshot,
  installBaseline,
  type MissingSigners,
  type Proposal,
  pendingDirectory,
  type ReviewedProposal,
  readProposal,
  recordsBytes,
  removeProposal,
  reviewProposal,
  statementFile,
  writeProposal,
} from '../../baselines/index.js';
import type { Config } from '../config/config.js';
import { problemText, readApproval, type SiteApproval } from './approvals.js';
import type { Difference } from './differences.js';
import { CliError } from './errors.js';
import type { Signer } from './signer.js';
import { signDocument } from './signer.js';

/** The parent's collections with what was accepted and nothing else (invariant 11). */
export function acceptedState(
  parent: ReadonlyMap<string, CollectionSnapshot>,
  accepted: readonly Difference[],
): CollectionSnapshot[] {
  const state = new Map(parent);
  const records = new Map<string, AcceptedChange[]>();
  for (const one of accepted) {
    if (one.what === 'record') {
      const { collection, key, before, after } = one.change;
      const change = { key, before, after: after[0] ?? null };
      records.set(collection, [...(records.get(collection) ?? []), change]);
    } else if (one.after === null) state.delete(one.name);
    else state.set(one.name, one.after);
  }
  for (const [name, changes] of records) {
    const before = parent.get(name);
    if (before === undefined) throw new Error('a changed record has a signed collection');
    state.set(name, acceptChanges(before, changes));
  }
  return [...state.values()];
}

/** Where approvals of a site lie and who looks at them. */
export interface Desk {
  readonly config: Config;
  readonly site: string;
  readonly approval: SiteApproval;
  readonly clock: () => number;
}

/** What signing came to. */
export interface Signed {
  readonly version: number;
  readonly digest: string;
  /** In force on disk. */
  readonly installed: boolean;
  readonly signers: readonly string[];
  readonly missing: readonly MissingSigners[];
}

/** Signs a proposal of one's own and leaves it for others, or installs it when nobody else is needed. */
export async function signNew(desk: Desk, signer: Signer, proposal: Proposal): Promise<Signed> {
  const { config, site } = desk;
  const armored = await signDocument(signer, proposal.bytes);
  await writeProposal(config.baselines.directory, site, proposal);
  const document = statementFile(proposal.statement.version);
  await addSignature(pendingDirectory(config.baselines.directory, site), document, signer.person, armored);
  return installWhenEnough(desk);
}

/** Adds a signature to a pending proposal that was reviewed. */
export async function coSign(desk: Desk, signer: Signer, bytes: Uint8Array, file: string): Promise<Signed> {
  const armored = await signDocument(signer, bytes);
  const pending = pendingDirectory(desk.config.baselines.directory, desk.site);
  await addSignature(pending, file, signer.person, armored);
  return installWhenEnough(desk);
}

/** Installs the pending proposal when enough people have signed it. */
export async function installWhenEnough(desk: Desk): Promise<Signed> {
  const { config, site, approval } = desk;
  const directory = config.baselines.directory;
  const waiting = await readProposal(directory, site);
  if (waiting === null)
    throw new CliError('CLI_CHAIN_BROKEN', 'the pending proposal has been removed meanwhile');
  const review = reviewProposal(
    { trust: approval.trust, site },
    approval.head,
    waiting.document,
    waiting.records,
  );
  if (review.missing.length === 0) {
    const records = [...review.collections.values()].map(
      (snapshot) => [snapshot.recordsDigest, recordsBytes(snapshot)] as const,
    );
    await installBaseline(directory, site, waiting.document, records);
    await refuseUnverified(desk, review);
    await removeProposal(directory, site);
  }
  const { digest, signers, missing, statement } = review;
  return { version: statement.version, digest, installed: missing.length === 0, signers, missing };
}

/** What was installed is verified as the daemon will verify it. */
async function refuseUnverified({ config, site, clock }: Desk, { digest }: ReviewedProposal): Promise<void> {
  const { head, problems } = await readApproval(config, site, clock());
  if (head?.digest === digest) return;
  const why = problems.map(problemText).join(' ');
  throw new CliError('CLI_CHAIN_BROKEN', `what was installed does not count. ${why}`);
}
