/** Every reason for which something in `baselines/` is refused. `docs/errors.md` says of each what to do. */
export const BASELINE_ERROR_CODES = [
  // A document's bytes
  'BASELINE_TOO_LARGE',
  'BASELINE_NOT_UTF8',
  'BASELINE_TOO_DEEP',
  'BASELINE_NOT_JSON',
  'BASELINE_NOT_CANONICAL',
  'BASELINE_FORMAT',
  // Keys and signatures
  'BASELINE_KEY_INVALID',
  'BASELINE_KEY_WEAK',
  'BASELINE_SIGNATURE_MALFORMED',
  'BASELINE_SIGNATURE_NAMESPACE',
  'BASELINE_SIGNATURE_UNKNOWN_KEY',
  'BASELINE_SIGNATURE_WRONG',
  'BASELINE_SIGNATURE_UNTOUCHED',
  'BASELINE_SIGNATURE_UNVERIFIED_USER',
  'BASELINE_SIGNATURE_ORIGIN',
  'BASELINE_SIGNATURE_SYNCED',
  'BASELINE_TOO_MANY_SIGNATURES',
  'BASELINE_SSH_KEYGEN_MISSING',
  'BASELINE_SSH_KEYGEN_REFUSED',
  // Who must have signed
  'BASELINE_UNSIGNED',
  'BASELINE_TOO_FEW_SIGNERS',
  'BASELINE_TRUST_PIN',
  'BASELINE_LINE_ENDS',
  'BASELINE_TRUST_ROLLED_BACK',
  'BASELINE_TRUST_KEY_SHARED',
  'BASELINE_TRUST_UNREACHABLE',
  // A step's place in its chain
  'BASELINE_WRONG_SITE',
  'BASELINE_WRONG_VERSION',
  'BASELINE_WRONG_PARENT',
  'BASELINE_ANCHOR_MISSING',
  'BASELINE_GAP',
  'BASELINE_EQUIVOCATION',
  'BASELINE_EXPIRED',
  // Records
  'BASELINE_RECORDS_MISSING',
  'BASELINE_RECORDS_DIGEST',
  'BASELINE_RECORDS_COUNT',
  'BASELINE_RECORDS_MALFORMED',
  'BASELINE_RECORDS_FIELDS',
  'BASELINE_RECORDS_ORDER',
  'BASELINE_RECORDS_DUPLICATE',
  'BASELINE_RECORDS_NULL_KEY',
  // Proposals
  'BASELINE_PROPOSAL_EXISTS',
  'BASELINE_PROPOSAL_STALE',
  'BASELINE_PROPOSAL_EXPIRED',
  'BASELINE_PROPOSAL_WITHDRAWN',
  // Suppressions
  'BASELINE_EXCUSE_EARLY',
  'BASELINE_EXCUSE_NAME',
  'BASELINE_EXCUSE_SCOPE',
  'BASELINE_EXCUSE_WITHDRAWN',
  // Files
  'BASELINE_FILE_SYMLINK',
  'BASELINE_FILE_NOT_REGULAR',
  'BASELINE_FILE_UNREADABLE',
  'BASELINE_FILE_UNEXPECTED',
  'BASELINE_FILE_EXISTS',
  'BASELINE_FILE_UNWRITABLE',
  'BASELINE_DIRECTORY_TOO_LARGE',
] as const;
export type BaselineErrorCode = (typeof BASELINE_ERROR_CODES)[number];

/** What waits for signatures and stands in the way: as much as whoever removes it must know. */
export type PendingSubject =
  | { readonly what: 'root' }
  | { readonly what: 'proposal'; readonly site: string }
  | {
      readonly what: 'suppression';
      readonly site: string;
      readonly type: 'mute' | 'expectation';
      /** Null where its file has a name that we would not write. */
      readonly id: string | null;
    };

/**
 * Something about approvals is refused. The message is in our own words: it holds names from verified documents,
 * counts and digests, never text of a document nobody has signed.
 */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';
  /** What waits for signatures and is what was refused; null for anything else. */
  readonly pending: PendingSubject | null;
  constructor(
    readonly code: BaselineErrorCode,
    message: string,
    options?: ErrorOptions & { readonly pending?: PendingSubject },
  ) {
    super(message, options);
    this.pending = options?.pending ?? null;
  }

  /** Whose error it is, for who tells it without loading its class. */
  get domain(): 'baseline' {
    return 'baseline';
  }
}
