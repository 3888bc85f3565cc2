import { authorsBetween } from './authors.js';
import { type MissingSigners, missing } from './count-signers.js';
import { canonicalDefinition } from './definition.js';
import type { PendingProposal } from './directory.js';
import type { Problem, SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { statementFile } from './file-name.js';
import { proposalOf, refusalOfPending } from './pending.js';
import type { RecordLine } from './record.js';
import { lenderOf, type RecordsReader, readCollections, readRecords, recordsBytes } from './records.js';
import { type Requirement, requirements } from './requirements.js';
import { signersOf } from './signers.js';
import { type CollectionSnapshot, collectionSnapshot } from './snapshot.js';
import { NAMESPACES } from './sshsig.js';
import {
  parseStatement,
  STATEMENT_FORMAT,
  type Statement,
  type StatementCollection,
  statementBytes,
  statementDigest,
} from './statement.js';
import type { Authority, VerifiedBaseline } from './verify.js';

/** A statement somebody would like to see approved, with its records. Nothing of it is signed. */
export interface Proposal {
  readonly statement: Statement;
  readonly bytes: Uint8Array;
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
  /** Records files by their digest. */
  readonly records: ReadonlyMap<string, Uint8Array>;
}

/**
 * The next step of a site's chain: all collections as given, on top of `parent`. Throws the `BASELINE_RECORDS_…` that says
 * why records cannot be approved as they are: a key that is there twice, or one that holds a null.
 */
export function proposeBaseline(input: {
  readonly site: string;
  readonly parent: VerifiedBaseline | null;
  /** All collections of the site, changed or not. */
  readonly collections: readonly CollectionSnapshot[];
  readonly reason: string;
  readonly createdMs: number;
  readonly expiresMs: number;
}): Proposal {
  const records = new Map<string, Uint8Array>();
  const lender = lenderOf([input.parent?.collections]);
  const collections = input.collections
    .map((snapshot) => {
      const collection = {
        definition: canonicalDefinition(snapshot.definition),
        records: snapshot.recordsDigest,
        count: snapshot.records.length,
      };
      const known = lender.like(collection);
      records.set(snapshot.recordsDigest, signableBytes(collection, snapshot, known));
      return collection;
    })
    .sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  const bytes = statementBytes({
    format: STATEMENT_FORMAT,
    site: input.site,
    version: (input.parent?.version ?? 0) + 1,
    parent: input.parent?.digest ?? null,
    created: new Date(input.createdMs).toISOString(),
    expires: new Date(input.expiresMs).toISOString(),
    reason: input.reason,
    collections,
  });
  return { statement: parseStatement(bytes), bytes, digest: statementDigest(bytes), records };
}

/** The records file. Throws for records that nobody could read back from it. Drafted again, the same are written and read back once. */
function signableBytes(
  collection: StatementCollection,
  snapshot: CollectionSnapshot,
  like: CollectionSnapshot | undefined,
): Uint8Array {
  const known = signable.get(snapshot);
  if (known !== undefined) return known;
  const bytes = recordsBytes(snapshot);
  readRecords(collection, bytes, like);
  signable.set(snapshot, bytes);
  return bytes;
}

const signable = new WeakMap<CollectionSnapshot, Uint8Array>();

/** A pending proposal, checked as far as it can be before enough people have signed. It approves nothing. */
export interface ReviewedProposal {
  readonly statement: Statement;
  readonly digest: string;
  /** The state that would be approved. */
  readonly collections: ReadonlyMap<string, CollectionSnapshot>;
  /** Names of the people who have signed. */
  readonly signers: readonly string[];
  readonly requirements: readonly Requirement[];
  /** Empty when it can be installed. */
  readonly missing: readonly MissingSigners[];
  /** Signatures that do not count. */
  readonly notices: readonly Problem[];
}

/**
 * Reads somebody else's proposal, so that the next person can see what they would sign. Throws `BASELINE_WRONG_VERSION` when it
 * lies under the name of another version, `BASELINE_PROPOSAL_STALE` when it does not follow `parent`, the head that the reader
 * has verified, and the code of whatever else is wrong. `lends`: records that were read before, as `parent` lends its own.
 */
export function reviewProposal(
  { trust, site }: Authority,
  parent: VerifiedBaseline | null,
  document: SignedDocument,
  records: RecordsReader,
  lends?: ReadonlyMap<string, CollectionSnapshot>,
): ReviewedProposal {
  const statement = parseStatement(document.bytes);
  if (statement.site !== site) {
    throw new BaselineError(
      'BASELINE_WRONG_SITE',
      `The proposal is for another site than ${site}: it was copied between sites. Remove it.`,
    );
  }
  if (document.file !== statementFile(statement.version)) {
    throw new BaselineError(
      'BASELINE_WRONG_VERSION',
      `The proposal of version ${statement.version} belongs under the name ${statementFile(statement.version)}; it was renamed. Give it that name again, or withdraw it.`,
    );
  }
  if (statement.parent !== (parent?.digest ?? null) || statement.version !== (parent?.version ?? 0) + 1) {
    throw new BaselineError(
      'BASELINE_PROPOSAL_STALE',
      `The proposal does not follow version ${parent?.version ?? 0}, the verified head; propose anew.`,
    );
  }
  const collections = readCollections(statement, records, lenderOf([parent?.collections, lends]));
  const needed = requirements(trust, parent, statement, (name) =>
    authorsBetween(parent?.collections.get(name), collections.get(name)),
  );
  const signed = signersOf(document, NAMESPACES.baseline, trust.keyring);
  return {
    statement,
    digest: statementDigest(document.bytes),
    collections,
    signers: signed.people,
    requirements: needed,
    missing: missing(needed, signed),
    notices: signed.problems,
  };
}

/** `reviewProposal` of what waits for signatures. What it throws names the file and says how to withdraw it. */
export function reviewPending(
  authority: Authority,
  parent: VerifiedBaseline | null,
  { document, records }: Pick<PendingProposal, 'document' | 'records'>,
  lends?: ReadonlyMap<string, CollectionSnapshot>,
): ReviewedProposal {
  try {
    return reviewProposal(authority, parent, document, records, lends);
  } catch (error) {
    throw refusalOfPending(error, document.file, proposalOf(authority.site));
  }
}

/** A change that a person accepts. Null where the record does not exist on that side. */
export interface AcceptedChange {
  /** Canonical text of the key. */
  readonly key: string;
  readonly before: RecordLine | null;
  readonly after: RecordLine | null;
}

/**
 * The parent's records with the accepted changes and nothing else. Throws `BASELINE_PROPOSAL_STALE` when a change does not
 * start from what the parent holds.
 */
export function acceptChanges(
  parent: CollectionSnapshot,
  accepted: readonly AcceptedChange[],
): CollectionSnapshot {
  const name = parent.definition.name;
  const records = new Map(parent.records.map((record) => [record.key, record]));
  if (records.size !== parent.records.length) {
    throw new BaselineError(
      'BASELINE_RECORDS_DUPLICATE',
      `The parent's records of ${name} hold a key twice; restore them from where they were signed.`,
    );
  }
  for (const { key, before, after } of accepted) {
    if (records.get(key)?.line !== before?.line || (after !== null && after.key !== key)) {
      throw new BaselineError(
        'BASELINE_PROPOSAL_STALE',
        `An accepted change of ${name} does not start from the parent's record; look at the difference again.`,
      );
    }
    if (after === null) records.delete(key);
    else records.set(key, after);
  }
  return collectionSnapshot(parent.definition, [...records.values()]);
}
