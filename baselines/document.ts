import { BaselineError, type BaselineErrorCode } from './errors.js';
import { parseFileName } from './file-name.js';
import { sha256Hex } from './record.js';

/** A file with a signature. Nothing of it is proven. */
export interface SignatureFile {
  /** Name in its directory, `000007.anna.sig`. The label between the dots is a remark; only the key says who signed. */
  readonly file: string;
  /** The armored signature. */
  readonly text: string;
}

/** A statement or trust root as it lies on disk, with the signatures beside it. Nothing of it is proven. */
export interface SignedDocument {
  /** Name in its directory, `000007.json` or `root.000002.json`. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly signatures: readonly SignatureFile[];
}

/** Something about the files of a chain that people must know of. */
export interface Problem {
  readonly code: BaselineErrorCode;
  /** The file, when its name is one that we would write ourselves; else null. */
  readonly file: string | null;
  readonly version: number | null;
  /** The message: what was found and what was needed, in our own words. */
  readonly detail: string;
  /** `refused`: something newer does not count because of it. `notice`: everything that counts still does. */
  readonly weight: 'refused' | 'notice';
}

/** A refusal as a problem of a file. Rethrows what is no `BaselineError`: that is a bug, not a bad file. */
export function problemOf(
  error: unknown,
  weight: Problem['weight'],
  file: string | null,
  version: number | null,
): Problem {
  if (!(error instanceof BaselineError)) throw error;
  return { code: error.code, file, version, detail: error.message, weight };
}

/** The documents of a chain by the version their file names claim. Other names are left out. */
export type DocumentsByVersion = ReadonlyMap<number, readonly SignedDocument[]>;

export function byVersion(documents: readonly SignedDocument[]): DocumentsByVersion {
  const versions = new Map<number, SignedDocument[]>();
  for (const document of documents) {
    const name = parseFileName(document.file);
    if (name?.type !== 'document') continue;
    const { version } = name;
    const same = versions.get(version);
    if (same) same.push(document);
    else versions.set(version, [document]);
  }
  return versions;
}

/**
 * The document of a version, with all its signatures. Throws `BASELINE_EQUIVOCATION` when there are two with
 * different bytes: nobody can tell which of them others were shown.
 */
export function onlyDocument(documents: DocumentsByVersion, version: number): SignedDocument | undefined {
  const [first, ...others] = documents.get(version) ?? [];
  if (first === undefined || others.length === 0) return first;
  if (others.some((other) => Buffer.compare(other.bytes, first.bytes) !== 0)) {
    throw new BaselineError(
      'BASELINE_EQUIVOCATION',
      `There are two different documents of version ${version}; find out who made the second one and remove it.`,
    );
  }
  return joined(first, others);
}

/** The document of a version that has this digest (hex SHA-256), with the signatures of all its copies. */
export function documentOf(
  documents: DocumentsByVersion,
  version: number,
  digest: string,
): SignedDocument | undefined {
  const [first, ...others] = (documents.get(version) ?? []).filter(
    ({ bytes }) => sha256Hex(bytes) === digest,
  );
  return first === undefined ? undefined : joined(first, others);
}

function joined(first: SignedDocument, others: readonly SignedDocument[]): SignedDocument {
  return { ...first, signatures: [first, ...others].flatMap(({ signatures }) => signatures) };
}

/** The refusal of a version that is missing while a later one is there; null when there is no later one. */
export function gapBefore(documents: DocumentsByVersion, version: number): BaselineError | null {
  if (documents.has(version)) return null;
  const later = [...documents.keys()].filter((one) => one > version);
  if (later.length === 0) return null;
  return new BaselineError(
    'BASELINE_GAP',
    `Version ${version} is missing and version ${Math.min(...later)} is there; restore the missing file.`,
  );
}
