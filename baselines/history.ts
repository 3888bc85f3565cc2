import { type ChainInput, verifySteps } from './chain.js';
import {
  byVersion,
  type DocumentsByVersion,
  documentOf,
  type Problem,
  type SignedDocument,
} from './document.js';
import { BaselineError } from './errors.js';
import { type RecordsReader, readCollections } from './records.js';
import { type Keyring, keyringOf, signersOf } from './signers.js';
import type { CollectionSnapshot } from './snapshot.js';
import { NAMESPACES } from './sshsig.js';
import { parseStatement, type Statement } from './statement.js';
import type { ChainStep, VerifiedTrust } from './trust.js';
import { recoveryAmong } from './trust-root.js';

/** One step of a chain with what it says. */
export interface PastStep extends ChainStep {
  readonly statement: Statement;
  /**
   * `signatures`: it counts by the active trust root. `descent`: it lies before the head that the trust root pins, and the
   * statement after it names it by digest; enough people signed it by a trust root of that time.
   */
  readonly proof: 'signatures' | 'descent';
  /** People whose signature is by a key that only an earlier trust root has. It shows who signed then, and counts for nothing now. */
  readonly former: readonly string[];
}

/** Every step of a site's chain, oldest first, back beyond the head that the newest trust root pins. Never throws for what the files hold. */
export function verifyHistory(input: Omit<ChainInput, 'known'>): {
  readonly steps: readonly PastStep[];
  readonly problems: readonly Problem[];
} {
  const { steps, problems } = verifySteps(input);
  const documents = byVersion(input.documents);
  const former = formerSigners(input.trust);
  const counting = steps.map(({ version, digest, signers, recovery, statement }): PastStep => {
    const document = documentOf(documents, version, digest);
    const past = document === undefined ? [] : former(document, signers);
    return { version, digest, signers, recovery, statement, proof: 'signatures', former: past };
  });
  const [first] = counting;
  const before = first === undefined ? [] : ancestors(first, documents, input.trust, former);
  return { steps: [...before, ...counting], problems };
}

type FormerSigners = (document: SignedDocument, signers: readonly string[]) => readonly string[];

/** Finds who signed a document with a key that some trust root had, beside those who count. */
function formerSigners({ steps }: VerifiedTrust): FormerSigners {
  const everybody: Keyring = new Map(steps.flatMap(({ root }) => [...keyringOf(root)]));
  return (document, signers) =>
    signersOf(document, NAMESPACES.baseline, everybody).people.filter((person) => !signers.includes(person));
}

/**
 * The records of one collection as a step signed them; null when the collection is not part of it. Throws
 * `BASELINE_RECORDS_MISSING` and what else can be wrong with a records file.
 */
export function pastCollection(
  { statement }: PastStep,
  name: string,
  records: RecordsReader,
): CollectionSnapshot | null {
  const collections = statement.collections.filter(({ definition }) => definition.name === name);
  return readCollections({ ...statement, collections }, records).get(name) ?? null;
}

function ancestors(
  first: PastStep,
  documents: DocumentsByVersion,
  trust: VerifiedTrust,
  former: FormerSigners,
): readonly PastStep[] {
  const steps: PastStep[] = [];
  for (let child = first; child.statement.parent !== null; ) {
    const digest = child.statement.parent;
    const version = child.version - 1;
    const document = documentOf(documents, version, digest);
    const statement = document && statementOf(document);
    if (document === undefined || statement?.version !== version) break;
    const signers = signersOf(document, NAMESPACES.baseline, trust.keyring).people;
    const recovery = recoveryAmong(signers, trust.root);
    const past = former(document, signers);
    child = { version, digest, signers, recovery, statement, proof: 'descent', former: past };
    steps.unshift(child);
  }
  return steps;
}

/** A statement whose digest somebody signed; null when it cannot be read all the same. */
function statementOf({ bytes }: SignedDocument): Statement | null {
  try {
    return parseStatement(bytes);
  } catch (error) {
    if (error instanceof BaselineError) return null;
    throw error;
  }
}
