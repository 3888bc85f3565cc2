import { type ChainInput, verifySteps, type WalkInput } from './chain.js';
import {
  byVersion,
  type DocumentsByVersion,
  documentOf,
  type Problem,
  type SignedDocument,
} from './document.js';
import { BaselineError } from './errors.js';
import { type RecordsReader, readCollection, readRecord, signedFile } from './records.js';
import { type Keyring, keyringOf, signersOf } from './signers.js';
import { type CollectionSnapshot, collectionSnapshot } from './snapshot.js';
import { NAMESPACES } from './sshsig.js';
import { parseStatement, type Statement, type StatementCollection } from './statement.js';
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
export function verifyHistory(input: WalkInput & Pick<ChainInput, 'known'>): {
  readonly steps: readonly PastStep[];
  readonly problems: readonly Problem[];
} {
  const { steps, problems } = verifySteps(input);
  const documents = byVersion(input.documents);
  const former = formerSigners(input.trust);
  const covered = steps[0] === input.known ? coveredBy(input.known, documents) : [];
  const counting = [...covered, ...steps].map(
    ({ version, digest, signers, recovery, statement }): PastStep => {
      const document = documentOf(documents, version, digest);
      const past = document === undefined ? [] : former(document, signers);
      return { version, digest, signers, recovery, statement, proof: 'signatures', former: past };
    },
  );
  const [first] = counting;
  const before = first === undefined ? [] : ancestors(first, documents, input.trust, former);
  return { steps: [...before, ...counting], problems };
}

/** What a step that was verified before has before it, with what it says: the walk saw to it that these very documents are there. */
function coveredBy(known: ChainInput['known'], documents: DocumentsByVersion) {
  return (known?.ancestry.slice(0, -1) ?? []).flatMap((step) => {
    const document = documentOf(documents, step.version, step.digest);
    return document === undefined ? [] : [{ ...step, statement: parseStatement(document.bytes) }];
  });
}

type FormerSigners = (document: SignedDocument, signers: readonly string[]) => readonly string[];

/** Finds who signed a document with a key that some trust root had, beside those who count. */
function formerSigners({ steps, keyring }: VerifiedTrust): FormerSigners {
  const everybody = steps.flatMap(({ root }) => [...keyringOf(root)]);
  const gone: Keyring = new Map(everybody.filter(([key]) => !keyring.has(key)));
  // Whoever signed with a key that counts is among the signers.
  if (gone.size === 0) return () => [];
  return (document, signers) =>
    signersOf(document, NAMESPACES.baseline, gone).people.filter((person) => !signers.includes(person));
}

/**
 * The records of one collection as a step signed them; null when the collection is not part of it. Throws
 * `BASELINE_RECORDS_MISSING` and what else can be wrong with a records file.
 */
export function pastCollection(
  step: PastStep,
  name: string,
  records: RecordsReader,
): CollectionSnapshot | null {
  const collection = signedIn(step, name);
  return collection === undefined ? null : readCollection(collection, records);
}

/** The same with the record of one key alone, by its canonical text: the others are not taken apart. */
export function pastRecord(
  step: PastStep,
  name: string,
  key: string,
  records: RecordsReader,
): CollectionSnapshot | null {
  const collection = signedIn(step, name);
  if (collection === undefined) return null;
  const record = readRecord(collection, signedFile(collection, records), key);
  return collectionSnapshot(collection.definition, record === undefined ? [] : [record]);
}

function signedIn({ statement }: PastStep, name: string): StatementCollection | undefined {
  return statement.collections.find(({ definition }) => definition.name === name);
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
