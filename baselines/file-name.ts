/** How the files of a chain are named: version with six digits or more, and for a signature a label. */
export interface FileName {
  readonly type: 'document' | 'signature';
  readonly chain: 'site' | 'root';
  readonly version: number;
  /** Name of the document; of the one that is signed, for a signature. */
  readonly document: string;
}

const PATTERN = /^(root\.)?([0-9]{6,9})(?:\.json|(\.[a-z0-9-]{1,63})\.sig)$/;

/** Takes a file's name apart; null when it is not one that we would write. */
export function parseFileName(file: string): FileName | null {
  const match = PATTERN.exec(file);
  if (match === null) return null;
  const [, root, digits, label] = match;
  const version = Number(digits);
  const document = root === undefined ? statementFile(version) : rootFile(version);
  if (version === 0 || paddedVersion(version) !== digits) return null;
  return {
    type: label === undefined ? 'document' : 'signature',
    chain: root === undefined ? 'site' : 'root',
    version,
    document,
  };
}

/** `000007.json`. */
export function statementFile(version: number): string {
  return `${paddedVersion(version)}.json`;
}

/** `root.000002.json`. */
export function rootFile(version: number): string {
  return `root.${paddedVersion(version)}.json`;
}

/** `000007.anna.sig` for `000007.json`. The label, `[a-z0-9-]{1,63}`, is a remark: only the key says who signed. */
export function signatureFile(document: string, label: string): string {
  return `${document.slice(0, -'.json'.length)}.${label}.sig`;
}

/** `<digest>.jsonl`. */
export function recordsFile(digest: string): string {
  return `${digest}.jsonl`;
}

export function isRecordsFile(file: string): boolean {
  return /^[0-9a-f]{64}\.jsonl$/.test(file);
}

function paddedVersion(version: number): string {
  return String(version).padStart(6, '0');
}

/** How the files of suppressions are named: by type, the first digits of the document's digest, and for a signature a label. */
export interface SuppressionFileName {
  readonly type: 'document' | 'signature';
  readonly suppression: 'expectation' | 'mute';
  /** Name of the document; of the one that is signed, for a signature. */
  readonly document: string;
}

const SUPPRESSION_DIGITS = 16;
const SUPPRESSION = /^((expectation|mute)\.[0-9a-f]{16})(?:\.json|(\.[a-z0-9-]{1,63})\.sig)$/;

/** Takes the name of a suppression's file apart; null when it is not one that we would write. */
export function parseSuppressionFile(file: string): SuppressionFileName | null {
  const match = SUPPRESSION.exec(file);
  if (match === null) return null;
  return {
    type: match[3] === undefined ? 'document' : 'signature',
    suppression: match[2] === 'mute' ? 'mute' : 'expectation',
    document: `${match[1]}.json`,
  };
}

/** `mute.3f9a12c077b0e4d1.json`: a suppression is named by what it says, so two of one name are one. */
export function suppressionFile(suppression: SuppressionFileName['suppression'], digest: string): string {
  return `${suppression}.${digest.slice(0, SUPPRESSION_DIGITS)}.json`;
}
