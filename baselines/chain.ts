import {
  byVersion,
  type DocumentsByVersion,
  gapBefore,
  onlyDocument,
  type Problem,
  problemOf,
  type SignedDocument,
} from './document.js';
import { statementFile } from './file-name.js';
import { LIMITS } from './limits.js';
import { sha256Hex } from './record.js';
import { type Lender, lenderOf, type RecordsReader } from './records.js';
import { signersOf } from './signers.js';
import { NAMESPACES } from './sshsig.js';
import { atOnce, type Steps } from './steps.js';
import type { ChainStep } from './trust.js';
import type { PinnedHead } from './trust-root.js';
import {
  type Authority,
  loadBaseline,
  type VerifiedAncestry,
  type VerifiedBaseline,
  type VerifiedStep,
  verifyPinned,
  verifyStep,
} from './verify.js';

export interface ChainInput extends Authority {
  readonly documents: readonly SignedDocument[];
  readonly records: RecordsReader;
  readonly nowMs: number;
  /**
   * A step verified before, a head or one that a checkpoint covers. As long as its statement and all before it are there with the same bytes and the trust root is
   * the same, they are not verified again: time is saved, and a signature that was seen once stays seen.
   */
  readonly known?: VerifiedBaseline | VerifiedAncestry;
  /** A baseline of the site whose records are lent where a statement names the very same. That of `known` lends its own. */
  readonly lends?: VerifiedBaseline;
  /** What the signatures beside `known` were found to be: those of the same bytes are not verified again. */
  readonly looked?: SignaturesLooked;
}

/** What is wrong with the signatures of one document, by a digest of all they are made of: of the trust root, the document and their texts. */
export type SignaturesLooked = Map<string, readonly Problem[]>;

export interface VerifiedChain {
  /** The newest step that counts and whose records are whole; null when there is none. */
  readonly head: VerifiedBaseline | null;
  /** All steps that count, from the anchor on. */
  readonly steps: readonly ChainStep[];
  readonly problems: readonly Problem[];
}

/**
 * Walks a site's chain from its anchor (version 1, or the head that the newest trust root pins) to the head. Each
 * step must be the child of one that counts. The walk stops before the first that does not count, is missing or is
 * there twice, and `problems` says why. Never throws for what the files hold.
 */
export function verifyChain(input: ChainInput): VerifiedChain {
  return atOnce(verifyChainInSteps(input));
}

/** The same in steps: thousands of signatures, or a hundred thousand records, are verified beside other work. */
export function* verifyChainInSteps(input: ChainInput): Steps<VerifiedChain> {
  const documents = byVersion(input.documents);
  const known = input.known && stillThere(input.known, input, documents) ? input.known : null;
  const { steps, problems } = yield* walk(input, documents, known);
  const passed: readonly ChainStep[] = [...(known?.ancestry.slice(0, -1) ?? []), ...steps.map(chainStep)];
  const head = yield* newestWhole(input, steps, passed, problems);
  if (head !== null && input.nowMs > head.expiresMs) problems.push(expired(head));
  return { head, steps: passed, problems };
}

/** All steps that count, with what they say, from the anchor on, or from `known` on. Reads no records. Never throws for what the files hold. */
export function verifySteps(input: WalkInput & Pick<ChainInput, 'known'>): WalkedSteps {
  const documents = byVersion(input.documents);
  const known = input.known && stillThere(input.known, input, documents) ? input.known : null;
  return atOnce(walk(input, documents, known));
}

/** The same in steps. */
export function verifyStepsInSteps(input: WalkInput): Steps<WalkedSteps> {
  return walk(input, byVersion(input.documents), null);
}

/** What a walk over all steps needs; it reads no records but for their authors. */
export type WalkInput = Omit<ChainInput, 'known' | 'lends'>;

interface WalkedSteps {
  readonly steps: readonly VerifiedStep[];
  readonly problems: readonly Problem[];
}

function* walk(
  input: ChainInput,
  documents: DocumentsByVersion,
  known: VerifiedAncestry | null,
): Steps<{ steps: VerifiedStep[]; problems: Problem[] }> {
  const pinned = input.trust.root.heads.find((head) => head.site === input.site);
  const steps: VerifiedStep[] = known === null ? [] : [known];
  let notices = known === null ? [] : knownNotices(input, onlyDocument(documents, known.version));
  for (;;) {
    const last = steps.at(-1);
    const version = last ? last.version + 1 : (pinned?.version ?? 1);
    try {
      const next =
        last === undefined && pinned !== undefined
          ? verifyPinned(input, pinned, pinnedDocument(documents, pinned))
          : nextStep(input, documents, version, last ?? null);
      if (next === null) return { steps, problems: [...notices] };
      steps.push(next.step);
      yield;
      notices = next.notices;
    } catch (error) {
      const refused = problemOf(error, 'refused', statementFile(version), version);
      const why = (documents.get(version) ?? []).flatMap((document) => noticesOf(input, document));
      return { steps, problems: [refused, ...why, ...notices] };
    }
  }
}

function nextStep(
  input: ChainInput,
  documents: DocumentsByVersion,
  version: number,
  parent: VerifiedStep | null,
): ReturnType<typeof verifyStep> | null {
  const gap = gapBefore(documents, version);
  if (gap !== null) throw gap;
  const document = onlyDocument(documents, version);
  return document === undefined ? null : verifyStep(input, parent, document, input.records);
}

function pinnedDocument(documents: DocumentsByVersion, pinned: PinnedHead): SignedDocument | undefined {
  const candidates = documents.get(pinned.version) ?? [];
  return candidates.find((candidate) => sha256Hex(candidate.bytes) === pinned.statement) ?? candidates[0];
}

/** The newest step with whole records. The first one that fails is reported; the ones before it are tried in its place. */
function* newestWhole(
  input: ChainInput,
  steps: readonly VerifiedStep[],
  passed: readonly ChainStep[],
  problems: Problem[],
): Steps<VerifiedBaseline | null> {
  const loaded = lender(input);
  for (let i = steps.length - 1; i >= Math.max(0, steps.length - LIMITS.headsTried); i--) {
    const step = steps[i] as VerifiedStep;
    if (step === input.known) {
      // Where a checkpoint leads is no head: nobody's signature on it was looked at.
      return 'collections' in input.known ? input.known : null;
    }
    try {
      const ancestry = passed.slice(0, passed.length - (steps.length - 1 - i));
      return yield* loadBaseline(step, ancestry, input.records, loaded);
    } catch (error) {
      const problem = problemOf(error, 'refused', statementFile(step.version), step.version);
      if (i === steps.length - 1) problems.unshift(problem);
    }
  }
  return null;
}

/** Lends records that were verified before. */
function lender({ known, lends }: ChainInput): Lender {
  const from = known !== undefined && 'collections' in known ? known : lends;
  return lenderOf([from?.collections]);
}

function stillThere(known: VerifiedAncestry, input: ChainInput, documents: DocumentsByVersion): boolean {
  return (
    known.site === input.site &&
    known.trust === input.trust.digest &&
    known.ancestry.every(({ version, digest }) => {
      const candidates = documents.get(version) ?? [];
      return candidates.length > 0 && candidates.every((candidate) => sha256Hex(candidate.bytes) === digest);
    })
  );
}

function noticesOf(input: ChainInput, document: SignedDocument | undefined): readonly Problem[] {
  return document ? signersOf(document, NAMESPACES.baseline, input.trust.keyring).problems : [];
}

/** The same at every further look, as long as not one byte is another. */
function knownNotices(input: ChainInput, document: SignedDocument | undefined): readonly Problem[] {
  if (document === undefined || input.looked === undefined) return noticesOf(input, document);
  const { file, bytes, signatures } = document;
  const texts = signatures.map((one) => [one.file, one.text]);
  const about = sha256Hex(Buffer.from(JSON.stringify([input.trust.digest, file, sha256Hex(bytes), texts])));
  const notices = input.looked.get(about) ?? noticesOf(input, document);
  input.looked.clear();
  input.looked.set(about, notices);
  return notices;
}

function chainStep({ version, digest, signers, recovery }: VerifiedStep): ChainStep {
  return { version, digest, signers, recovery };
}

function expired(head: VerifiedBaseline): Problem {
  return {
    code: 'BASELINE_EXPIRED',
    file: statementFile(head.version),
    version: head.version,
    detail: `Version ${head.version} expired at ${head.statement.expires}; it is still compared against. Approve it anew.`,
    weight: 'notice',
  };
}
