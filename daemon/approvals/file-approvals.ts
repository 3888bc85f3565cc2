import {
  BaselineError,
  type BaselineErrorCode,
  type CollectionSnapshot,
  installBaseline,
  type PendingProposal,
  parseStatement,
  proposalOf,
  type RecordsReader,
  type ReviewedProposal,
  readProposal,
  readSiteDirectory,
  readTrustDirectory,
  recordsBytes,
  refusalOfPending,
  refuseTaken,
  removeProposal,
  reviewPending,
  reviewProposal,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  siteDirectory,
  statementFile,
  writeProposal,
} from '../../baselines/index.js';
import { refuseBroken, type SiteApproval, type SiteFiles, verifyRoots, verifySite } from './approval.js';
import type { ApprovalFiles, Submission } from './approval-backend.js';
import type { ChainMemory } from './chain-memory.js';

export interface FileApprovalsOptions {
  readonly site: string;
  readonly trustDirectory: string;
  readonly baselinesDirectory: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
  /** How long a proposal may wait for signatures, in milliseconds. */
  readonly proposalMaxAgeMs: number;
  readonly clock: () => number;
  /** Whether a proposal of the site, by the hex SHA-256 of its bytes, was withdrawn: it never counts again. */
  readonly isWithdrawn: (digest: string) => boolean;
  readonly memory?: ChainMemory;
}

/** What was submitted, and where it stands now. */
export interface ProposalStatus {
  readonly version: number;
  readonly digest: string;
  readonly signers: readonly string[];
  /** Whose signature it was. */
  readonly signer: string;
  /** In force on disk. */
  readonly installed: boolean;
}

/** What became of a pending proposal that did not need to wait any longer. */
export type Settled =
  | { readonly what: 'removed'; readonly file: string; readonly reason: BaselineError }
  | ({ readonly what: 'installed' } & Omit<ProposalStatus, 'signer'>);

/** Clocks of two machines may differ by this much. */
const CLOCK_SKEW_MS = 10 * 60_000;

/**
 * The files of approval in this machine's directories. The one place that keeps proposals and installs baselines, for the command line and
 * for the API alike: nothing is written before it was verified by the pin.
 */
export class FileApprovals implements ApprovalFiles {
  /** What the proposal reviewed last would put into force: the same one is reviewed several times until it lies there. */
  #reviewed: ReadonlyMap<string, CollectionSnapshot> = new Map();

  constructor(private readonly options: FileApprovalsOptions) {}

  async read(): Promise<SiteFiles> {
    const { trustDirectory, baselinesDirectory, site } = this.options;
    // First what waits: it is removed only once it is in force, so what has gone from here is there by then, whoever puts it in meanwhile.
    const pending = await readProposal(baselinesDirectory, site);
    const [roots, chain] = await Promise.all([
      readTrustDirectory(trustDirectory),
      readSiteDirectory(baselinesDirectory, site),
    ]);
    return { roots, chain, pending };
  }

  /** Verifies what is there. Throws the `BaselineError` of a pinned root that cannot be used. */
  async approval(files?: SiteFiles): Promise<SiteApproval> {
    const { pin, site, clock, memory } = this.options;
    const { roots, chain } = files ?? (await this.read());
    return verifySite(verifyRoots(roots, pin), site, chain, clock(), memory);
  }

  async submit(submission: Submission): Promise<void> {
    await this.accept(submission);
  }

  /**
   * `submit`, and says what became of it. Throws `BASELINE_PROPOSAL_EXISTS`, `BASELINE_PROPOSAL_STALE`, `BASELINE_PROPOSAL_EXPIRED`,
   * the `BASELINE_SIGNATURE_…` of a signature that does not count, and whatever else is wrong with statement or records.
   */
  async accept({ bytes, signature, records }: Submission): Promise<ProposalStatus> {
    const { site, baselinesDirectory: directory } = this.options;
    this.#refuseWithdrawn(bytes);
    await this.settle();
    const files = await this.read();
    const approval = await this.approval(files);
    refuseBroken(approval.problems, notOnTop);
    const { version } = parseStatement(bytes);
    const file = statementFile(version);
    const own = { file: signatureFile(file, 'submitted'), text: signature };
    const find: RecordsReader = (digest) =>
      records.get(digest) ?? files.pending?.records(digest) ?? files.chain.records(digest);
    const review = this.#review(approval, { file, bytes, signatures: [own] }, find);
    const [signer] = review.signers;
    if (signer === undefined) throw refusedSignature(review);
    this.#refuseExpired(review);
    refuseOther(files.pending, bytes);

    const handedIn: RecordsReader = (digest) => records.get(digest);
    const all = [...review.collections.values()].map((snapshot) => fileOf(snapshot, handedIn));
    const before = files.pending?.document.signatures ?? [];
    const known = this.#review(approval, { file, bytes, signatures: before }, find).signers;
    const added = known.includes(signer) ? [] : [{ file: signatureFile(file, signer), text: signature }];
    const signed = { file, bytes, signatures: [...before, ...added] };
    if (this.#review(approval, signed, find).missing.length === 0) {
      await refuseTaken(siteDirectory(directory, site), signed, all);
    }
    const proposal = { statement: review.statement, bytes, records: new Map(all) };
    await writeProposal(directory, site, proposal, added);
    return { ...(await this.#settle(approval, find, review.digest)), signer };
  }

  /** Over the bytes of the pending proposal and its signatures; empty when there is none. */
  async pendingFingerprint(): Promise<string> {
    const { baselinesDirectory, site } = this.options;
    const pending = await readProposal(baselinesDirectory, site);
    if (pending === null) return '';
    const { bytes, signatures } = pending.document;
    return JSON.stringify([sha256Hex(bytes), ...signatures.map(({ text }) => sha256Hex(Buffer.from(text)))]);
  }

  /** Hex SHA-256 of the pending proposal's bytes; null when there is none, or what lies there is none. */
  async pendingDigest(): Promise<string | null> {
    const { baselinesDirectory, site } = this.options;
    const pending = await readProposal(baselinesDirectory, site).catch((error: unknown) => {
      if (error instanceof BaselineError) return null;
      throw error;
    });
    return pending === null ? null : sha256Hex(pending.document.bytes);
  }

  /** The proposal that waits for more signatures, with the digests of what lies in the chain, in force or not. Throws what is wrong with it. */
  async waiting(): Promise<{
    readonly waiting: Pick<ProposalStatus, 'version' | 'digest' | 'signers'> | null;
    readonly installed: ReadonlySet<string>;
  }> {
    const files = await this.read();
    const approval = await this.approval(files);
    const installed = new Set(files.chain.documents.map(({ bytes }) => sha256Hex(bytes)));
    if (files.pending === null) return { waiting: null, installed };
    const { document, records } = files.pending;
    const { statement, digest, signers } = this.#review(approval, document, records);
    const isSigned = signers.length > 0;
    return { waiting: isSigned ? { version: statement.version, digest, signers } : null, installed };
  }

  async withdraw(): Promise<boolean> {
    return (await this.removePending()).length > 0;
  }

  /** `withdraw`, and says which files are gone. What lies there is not read: it need not be a proposal that can be used. */
  removePending(): Promise<readonly string[]> {
    return removeProposal(this.options.baselinesDirectory, this.options.site);
  }

  /**
   * Brings the pending proposal to its end where it has one: clears it away when it has expired or its parent is not the head
   * any more, and puts it into force when a crash kept that from happening. Null when it simply waits, there is none, or it is in force already
   * and only its files were left.
   */
  async settle(): Promise<Settled | null> {
    // Nothing else is read, and nothing verified, where nobody waits.
    if ((await readProposal(this.options.baselinesDirectory, this.options.site)) === null) return null;
    const files = await this.read();
    if (files.pending === null) return null;
    const { document, records } = files.pending;
    const approval = await this.approval(files);
    if (isStep(approval, sha256Hex(document.bytes))) {
      await removeProposal(this.options.baselinesDirectory, this.options.site);
      return null;
    }
    let review: ReviewedProposal;
    try {
      this.#refuseWithdrawn(document.bytes);
      review = this.#review(approval, document, records);
      this.#refuseExpired(review);
    } catch (reason) {
      const { baselinesDirectory, site } = this.options;
      if (!(reason instanceof BaselineError) || !OVERDUE.has(reason.code)) {
        // Of what somebody brought to its end while it was read here, nothing is wrong.
        if ((await readProposal(baselinesDirectory, site)) === null) return null;
        throw refusalOfPending(reason, document.file, proposalOf(site));
      }
      await removeProposal(baselinesDirectory, site);
      return { what: 'removed', file: document.file, reason };
    }
    if (review.missing.length > 0) return null;
    refuseBroken(approval.problems, notOnTop);
    const digest = sha256Hex(document.bytes);
    return { what: 'installed', ...(await this.#settle(approval, records, digest)) };
  }

  #review({ trust, head }: SiteApproval, document: SignedDocument, records: RecordsReader): ReviewedProposal {
    const authority = { trust, site: this.options.site };
    const review = reviewProposal(authority, head, document, records, this.#reviewed);
    this.#reviewed = review.collections;
    return review;
  }

  #refuseWithdrawn(bytes: Uint8Array): void {
    if (!this.options.isWithdrawn(sha256Hex(bytes))) return;
    throw new BaselineError(
      'BASELINE_PROPOSAL_WITHDRAWN',
      'This very proposal was withdrawn, or its files were taken away: what people signed of it does not count any more. Propose anew.',
    );
  }

  #refuseExpired({ statement }: ReviewedProposal): void {
    const { proposalMaxAgeMs, clock } = this.options;
    const age = clock() - Date.parse(statement.created);
    if (age <= proposalMaxAgeMs && age >= -CLOCK_SKEW_MS) return;
    throw new BaselineError(
      'BASELINE_PROPOSAL_EXPIRED',
      `The proposal of version ${statement.version} was made at ${statement.created}; it must be signed by all within ${Math.round(proposalMaxAgeMs / 60_000)} minutes. Propose anew.`,
    );
  }

  /** Puts the pending proposal into force when enough people have signed it. `wanted`: the digest of the one that waited a moment ago. */
  async #settle(
    approval: SiteApproval,
    records: RecordsReader,
    wanted: string,
  ): Promise<Omit<ProposalStatus, 'signer'>> {
    const { site, baselinesDirectory: directory } = this.options;
    const waiting = await readProposal(directory, site);
    if (waiting === null) return this.#installedElsewhere(wanted);
    const { trust, head } = approval;
    const { document } = waiting;
    const review = reviewPending({ trust, site }, head, { document, records }, this.#reviewed);
    const { digest, signers, statement } = review;
    const installed = review.missing.length === 0;
    if (installed) {
      const own = [...review.collections.values()].map((snapshot) => fileOf(snapshot, records));
      await installBaseline(directory, site, waiting.document, own);
      await removeProposal(directory, site);
    }
    return { version: statement.version, digest, signers, installed };
  }

  /** Who else looks at the same folder, a daemon beside a command, may have put it in at the same moment. */
  async #installedElsewhere(digest: string): Promise<Omit<ProposalStatus, 'signer'>> {
    const step = (await this.approval()).chain.steps.find((one) => one.digest === digest);
    if (step !== undefined) {
      return { version: step.version, digest, signers: step.signers, installed: true };
    }
    throw new BaselineError(
      'BASELINE_PROPOSAL_STALE',
      'The proposal was withdrawn meanwhile. Ask the others why; what is right can be proposed anew.',
    );
  }
}

/** The records file of a collection that was reviewed: the bytes that are there where they are its own, for in memory they weigh as much as all else of it. */
function fileOf(
  snapshot: CollectionSnapshot,
  records: RecordsReader,
): readonly [digest: string, bytes: Uint8Array] {
  const { recordsDigest: digest } = snapshot;
  const there = records(digest);
  const isOwn = there !== undefined && sha256Hex(there) === digest;
  return [digest, isOwn ? there : recordsBytes(snapshot)];
}

/** Whether a statement counts already. */
function isStep({ chain }: SiteApproval, digest: string): boolean {
  return chain.steps.some((step) => step.digest === digest);
}

/** What makes a proposal one that nobody needs to keep. */
const OVERDUE: ReadonlySet<string> = new Set([
  'BASELINE_PROPOSAL_STALE',
  'BASELINE_PROPOSAL_EXPIRED',
  'BASELINE_PROPOSAL_WITHDRAWN',
]);

/** Told under the code of the first thing that does not count. */
const notOnTop = (code: BaselineErrorCode, text: string) => new BaselineError(code, text);

function refuseOther(pending: PendingProposal | null, bytes: Uint8Array): void {
  if (pending === null || Buffer.compare(pending.document.bytes, bytes) === 0) return;
  throw new BaselineError(
    'BASELINE_PROPOSAL_EXISTS',
    `Another proposal (${pending.document.file}) waits for signatures; sign or withdraw that one first.`,
  );
}

function refusedSignature({ notices }: ReviewedProposal): BaselineError {
  const [notice] = notices;
  return notice === undefined
    ? new BaselineError(
        'BASELINE_UNSIGNED',
        'Nobody whose key is in the trust root has signed it; sign with a key that it has.',
      )
    : new BaselineError(notice.code, notice.detail);
}
