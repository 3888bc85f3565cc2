import { join } from 'node:path';
import { type Problem, problemOf, type SignatureFile, type SignedDocument } from './document.js';
import { BaselineError, type PendingSubject } from './errors.js';
import { isRecordsFile, parseFileName, parseSuppressionFile, recordsFile } from './file-name.js';
import { LIMITS } from './limits.js';
import { proposalOf, ROOT_DRAFT, refusalOfPending } from './pending.js';
import { errno, letOthersIn, namesIn, naming, readRegularFile } from './read-file.js';
import type { RecordsReader } from './records.js';
import * as shape from './shape.js';

/** The contents of a directory. Nothing of it is proven; a file that cannot be used harms no other. */
export interface DocumentDirectory {
  /** Ordered by file name. */
  readonly documents: readonly SignedDocument[];
  /** Reads a records file when it is asked for. Throws a `BaselineError` for one that cannot be used. */
  readonly records: RecordsReader;
  readonly problems: readonly Problem[];
}

/** Where the installed statements of a site lie. */
export function siteDirectory(directory: string, site: string): string {
  return join(directory, shape.matching(site, shape.NAME, 'site'));
}

/** Where the proposals of a site wait for signatures. */
export function pendingDirectory(directory: string, site: string): string {
  return join(siteDirectory(directory, site), PENDING);
}

/** Where the installed suppressions of a site lie. */
export function suppressionDirectory(directory: string, site: string): string {
  return join(siteDirectory(directory, site), SUPPRESSIONS);
}

/** Where the suppressions of a site wait for signatures. */
export function pendingSuppressionDirectory(directory: string, site: string): string {
  return join(suppressionDirectory(directory, site), PENDING);
}

/** Where people on this machine leave word of changes that they call hostile. */
export function rejectionDirectory(directory: string, site: string): string {
  return join(siteDirectory(directory, site), REJECTIONS);
}

/**
 * The statements of a site: `<directory>/<site>/000007.json` and so on. A directory that is not there holds none. Documents named in `without`
 * are left out, their signatures too: somebody has them already.
 */
export function readSiteDirectory(
  directory: string,
  site: string,
  without: ReadonlySet<string> = new Set(),
): Promise<DocumentDirectory> {
  return readDocuments(siteDirectory(directory, site), SITE_FILES, without);
}

/** The trust roots: `<directory>/root.000001.json` and so on. A directory that is not there holds none. */
export function readTrustDirectory(directory: string): Promise<DocumentDirectory> {
  return readDocuments(directory, ROOT_FILES);
}

/** The installed suppressions of a site: `<directory>/<site>/excuses/mute.3f9a12c077b0e4d1.json` and so on. */
export function readSuppressions(directory: string, site: string): Promise<DocumentDirectory> {
  return readDocuments(suppressionDirectory(directory, site), SUPPRESSION_FILES);
}

/** The suppressions of a site that wait for signatures. */
export function readPendingSuppressions(directory: string, site: string): Promise<DocumentDirectory> {
  return readDocuments(pendingSuppressionDirectory(directory, site), SUPPRESSION_FILES);
}

/** Where the draft of the next trust root waits for signatures. */
export function pendingRootDirectory(directory: string): string {
  return join(directory, PENDING);
}

/**
 * The draft of the next trust root, that of the highest version; null when there is none. Throws the `BaselineError` of one that
 * lies there and cannot be read.
 */
export function readRootDraft(directory: string): Promise<PendingProposal | null> {
  return readPending(pendingRootDirectory(directory), ROOT_FILES, ROOT_DRAFT);
}

/** A proposal or a draft that waits for signatures, as it lies on disk. */
export interface PendingProposal {
  readonly document: SignedDocument;
  readonly records: RecordsReader;
  readonly problems: readonly Problem[];
}

/**
 * The pending proposal of a site, that of the highest version; null when there is none. Throws the `BaselineError` of one that lies
 * there and cannot be read.
 */
export function readProposal(directory: string, site: string): Promise<PendingProposal | null> {
  return readPending(pendingDirectory(directory, site), SITE_FILES, proposalOf(site));
}

/** The name of a file that cannot be read is not passed over: the next one would be written beside it and could never be installed. */
async function readPending(
  pending: string,
  known: FileNames,
  subject: PendingSubject,
): Promise<PendingProposal | null> {
  const { documents, records, problems } = await readDocuments(pending, known);
  const refused = problems.find(({ weight }) => weight === 'refused');
  if (refused !== undefined) {
    throw refusalOfPending(new BaselineError(refused.code, refused.detail), refused.file, subject);
  }
  const document = documents.at(-1);
  return document === undefined ? null : { document, records, problems };
}

const PENDING = 'pending';
const SUPPRESSIONS = 'excuses';
const REJECTIONS = 'rejected';

/** The parts of a file's name. */
interface NamedFile {
  readonly type: 'document' | 'signature';
  readonly document: string;
  readonly version: number | null;
}

/** Which files belong into a directory. */
interface FileNames {
  /** Null for a name that is not one of its documents or signatures. */
  parse(file: string): NamedFile | null;
  /** Names of what lies there besides and is read in another way. */
  isKnownApart(file: string): boolean;
}

const SITE_FILES: FileNames = {
  parse: (file) => chainFile(file, 'site'),
  isKnownApart: (file) =>
    file === PENDING || file === SUPPRESSIONS || file === REJECTIONS || isRecordsFile(file),
};
const ROOT_FILES: FileNames = {
  parse: (file) => chainFile(file, 'root'),
  isKnownApart: (file) => file === PENDING,
};
const SUPPRESSION_FILES: FileNames = {
  parse: (file) => {
    const name = parseSuppressionFile(file);
    return name && { ...name, version: null };
  },
  isKnownApart: (file) => file === PENDING,
};

function chainFile(file: string, chain: 'site' | 'root'): NamedFile | null {
  const name = parseFileName(file);
  return name?.chain === chain ? name : null;
}

/** Names that editors leave, and our own unfinished writes. */
const TEMPORARY = /^[.#]|~$|\.(?:swp|tmp|bak)$/;
/** Files read before other work is let in. */
const FILES_PER_TURN = 32;

async function readDocuments(
  directory: string,
  known: FileNames,
  without: ReadonlySet<string> = new Set(),
): Promise<DocumentDirectory> {
  const reading = new Reading(directory);
  const names = await list(directory, reading.problems);
  for (const [i, file] of names.entries()) {
    if (i % FILES_PER_TURN === FILES_PER_TURN - 1) await letOthersIn();
    const name = known.parse(file);
    if (name !== null && without.has(name.document)) continue;
    if (name !== null) reading.take(file, name);
    else if (!TEMPORARY.test(file) && !known.isKnownApart(file)) reading.unexpected++;
  }
  return {
    documents: reading.documents(),
    problems: reading.allProblems(),
    records: (digest) => {
      const file = recordsFile(shape.digest(digest, 'digest'));
      return naming(file, () => readRegularFile(join(directory, file), LIMITS.recordsBytes));
    },
  };
}

async function list(directory: string, problems: Problem[]): Promise<readonly string[]> {
  try {
    const names = await namesIn(directory, LIMITS.directoryEntries);
    if (names.length > LIMITS.directoryEntries) {
      problems.push(problemOf(tooLarge(`more than ${LIMITS.directoryEntries} files`), 'refused', null, null));
    }
    return names.sort();
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    problems.push(problemOf(unreadableDirectory(error), 'refused', null, null));
    return [];
  }
}

function unreadableDirectory(error: unknown): BaselineError {
  return new BaselineError(
    'BASELINE_FILE_UNREADABLE',
    `The directory cannot be read (${errno(error)}); check its owner and mode.`,
    { cause: error },
  );
}

function tooLarge(found: string): BaselineError {
  return new BaselineError(
    'BASELINE_DIRECTORY_TOO_LARGE',
    `The directory holds ${found}; what is beyond is not read. Remove what tillwarden did not write.`,
  );
}

/** The part of a directory read so far. */
class Reading {
  readonly problems: Problem[] = [];
  /** Files with names that we never write. Their names are not ours to repeat. */
  unexpected = 0;
  private readonly bytes = new Map<string, Uint8Array>();
  private readonly signatures = new Map<string, SignatureFile[]>();
  private budget: number = LIMITS.directoryBytes;

  constructor(private readonly directory: string) {}

  take(file: string, name: NamedFile): void {
    const limit = name.type === 'document' ? LIMITS.documentBytes : LIMITS.signatureBytes;
    try {
      const bytes = readRegularFile(join(this.directory, file), limit);
      if (bytes === undefined) return;
      this.budget -= bytes.length;
      if (this.budget < 0) throw tooLarge(`more than ${LIMITS.directoryBytes} bytes`);
      if (name.type === 'document') this.bytes.set(file, bytes);
      else this.addSignature(name.document, { file, text: bytes.toString('latin1') });
    } catch (error) {
      this.problems.push(
        problemOf(error, name.type === 'document' ? 'refused' : 'notice', file, name.version),
      );
    }
  }

  documents(): readonly SignedDocument[] {
    return [...this.bytes].map(([file, bytes]) => ({
      file,
      bytes,
      signatures: this.signatures.get(file) ?? [],
    }));
  }

  allProblems(): readonly Problem[] {
    if (this.unexpected === 0) return this.problems;
    const detail = `${this.unexpected} files here have names that tillwarden never writes; remove them, or find out who put them there.`;
    return [
      ...this.problems,
      { code: 'BASELINE_FILE_UNEXPECTED', file: null, version: null, detail, weight: 'notice' },
    ];
  }

  private addSignature(document: string, signature: SignatureFile): void {
    const beside = this.signatures.get(document);
    if (beside) beside.push(signature);
    else this.signatures.set(document, [signature]);
  }
}
