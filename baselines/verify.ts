import { type AuthorsOf, authorsBetween } from './authors.js';
import { refuseTooLarge } from './canonical.js';
import { refuseTooFew, refuseUnsigned } from './count-signers.js';
import type { Problem, SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { statementFile } from './file-name.js';
import { sha256Hex } from './record.js';
import { type Lender, type RecordsReader, readCollection, readCollectionsInSteps } from './records.js';
import { requirements } from './requirements.js';
import { signersOf } from './signers.js';
import type { CollectionSnapshot } from './snapshot.js';
import { NAMESPACES } from './sshsig.js';
import { parseStatement, type Statement } from './statement.js';
import type { Steps } from './steps.js';
import type { ChainStep, VerifiedTrust } from './trust.js';
import { type PinnedHead, recoveryAmong } from './trust-root.js';

declare const verified: unique symbol;

/** A statement that counts. Only `verifyStep`, `verifyPinned` and `resumeStep` make one. */
export interface VerifiedStep extends ChainStep {
  readonly [verified]: true;
  readonly site: string;
  /** Hex SHA-256 of the parent statement's bytes; null for version 1. */
  readonly parent: string | null;
  readonly statement: Statement;
  /** Hex SHA-256 of the trust root by which it counts. */
  readonly trust: string;
  readonly createdMs: number;
  /** UTC milliseconds. Expiry is reported, not enforced. */
  readonly expiresMs: number;
}

/** A step with all those that led to it. */
export interface VerifiedAncestry extends VerifiedStep {
  /** The steps from the anchor of the chain to this one. */
  readonly ancestry: readonly ChainStep[];
}

/** The state of a site that people approved. Only `loadBaseline` makes one: of a verified step and its very records. */
export interface VerifiedBaseline extends VerifiedAncestry {
  readonly collections: ReadonlyMap<string, CollectionSnapshot>;
}

/** The authority that a site's statements are verified by. */
export interface Authority {
  readonly trust: VerifiedTrust;
  readonly site: string;
}

/**
 * The rule by which a statement counts: someone of the trust root signed exactly these bytes; they are a statement, of
 * this site, of the version after the parent's, naming the parent; and for everything that differs from the parent
 * enough people signed. In this order, so that nothing is parsed that nobody signed. `records` are read only where a rule
 * leaves out the author of a change. Throws the `BaselineError` of the first check that fails. `notices` are the signatures
 * that do not count.
 */
export function verifyStep(
  { trust, site }: Authority,
  parent: VerifiedStep | null,
  document: SignedDocument,
  records: RecordsReader,
): { step: VerifiedStep; notices: readonly Problem[] } {
  refuseTooLarge(document.bytes);
  const signed = signersOf(document, NAMESPACES.baseline, trust.keyring);
  refuseUnsigned(signed);

  const statement = parseStatement(document.bytes);
  refuseOtherSite(statement, site);
  refuseOtherVersion(statement, parent === null ? 1 : parent.version + 1);
  if (statement.parent !== (parent === null ? null : parent.digest)) {
    throw new BaselineError(
      'BASELINE_WRONG_PARENT',
      `Version ${statement.version} is not the child of the verified version before it; it was proposed on another one. Propose it anew.`,
    );
  }
  const authorsOf = authorsInFiles(parent?.statement, statement, records);
  refuseTooFew(requirements(trust, parent, statement, authorsOf), signed);
  return { step: verifiedStep(trust, document, statement, signed.people), notices: signed.problems };
}

/** The rule for a head that the trust root pins by digest: it is that very document. Its signatures need not count any more. */
export function verifyPinned(
  { trust, site }: Authority,
  head: PinnedHead,
  document: SignedDocument | undefined,
): { step: VerifiedStep; notices: readonly Problem[] } {
  if (document === undefined || sha256Hex(document.bytes) !== head.statement) {
    throw new BaselineError(
      'BASELINE_ANCHOR_MISSING',
      `The trust root pins version ${head.version} with sha256:${head.statement}; ${document ? 'the file is another document' : 'the file is missing'}. Restore it.`,
    );
  }
  const statement = parseStatement(document.bytes);
  refuseOtherSite(statement, site);
  refuseOtherVersion(statement, head.version);
  const { people } = signersOf(document, NAMESPACES.baseline, trust.keyring);
  return { step: verifiedStep(trust, document, statement, people), notices: [] };
}

/**
 * A step that was verified before, as `resumeChain` found it again with all before it: for that alone. Throws what `parseStatement` throws,
 * and `BASELINE_WRONG_SITE` or `BASELINE_WRONG_VERSION`.
 */
export function resumeStep(
  { trust, site }: Authority,
  document: SignedDocument,
  ancestry: readonly ChainStep[],
): VerifiedAncestry {
  const statement = parseStatement(document.bytes);
  const { signers, version } = ancestry.at(-1) as ChainStep;
  refuseOtherSite(statement, site);
  refuseOtherVersion(statement, version);
  return { ...verifiedStep(trust, document, statement, signers), ancestry };
}

/**
 * Joins a verified step with the very records it names, in steps. `known` lends what was verified before. Throws the
 * `BASELINE_RECORDS_…` that says what is wrong.
 */
export function* loadBaseline(
  step: VerifiedStep,
  ancestry: readonly ChainStep[],
  records: RecordsReader,
  known: Lender,
): Steps<VerifiedBaseline> {
  return { ...step, ancestry, collections: yield* readCollectionsInSteps(step.statement, records, known) };
}

/** Authors by the very records that two statements name. */
function authorsInFiles(before: Statement | undefined, after: Statement, records: RecordsReader): AuthorsOf {
  return (collection) => {
    const [old, next] = [before, after].map((statement) =>
      statement?.collections.find(({ definition }) => definition.name === collection),
    );
    if (!old || !next || !(old.definition.author ?? next.definition.author)) return NOBODY;
    return authorsBetween(readCollection(old, records), readCollection(next, records));
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function verifiedStep(
  trust: VerifiedTrust,
  document: SignedDocument,
  statement: Statement,
  signers: readonly string[],
): VerifiedStep {
  const { site, version, parent } = statement;
  return {
    site,
    version,
    parent,
    statement,
    signers,
    recovery: recoveryAmong(signers, trust.root),
    digest: sha256Hex(document.bytes),
    trust: trust.digest,
    createdMs: Date.parse(statement.created),
    expiresMs: Date.parse(statement.expires),
  } as VerifiedStep;
}

function refuseOtherSite(statement: Statement, site: string): void {
  if (statement.site === site) return;
  throw new BaselineError(
    'BASELINE_WRONG_SITE',
    `The statement is for the site ${statement.site} and lies where ${site} is needed: it was copied between sites. Remove it.`,
  );
}

function refuseOtherVersion(statement: Statement, version: number): void {
  if (statement.version === version) return;
  throw new BaselineError(
    'BASELINE_WRONG_VERSION',
    `${statementFile(version)} holds version ${statement.version}; the file was renamed or replaced by an older one. Restore the right one.`,
  );
}
