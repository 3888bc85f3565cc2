/** Limits of what is read. Everything beyond is refused before it is read or parsed. */
export const LIMITS = {
  /** Bytes of a statement or a trust root. */
  documentBytes: 1024 * 1024,
  /** Bytes of a signature file; an RSA key of 16,384 bits needs 6,000. */
  signatureBytes: 16 * 1024,
  /** Bytes of a records file. */
  recordsBytes: 64 * 1024 * 1024,
  /** Bytes of all statements and signatures in one directory. */
  directoryBytes: 256 * 1024 * 1024,
  /** Entries of one directory. */
  directoryEntries: 100_000,
  /** Signature files looked at for one document, beside those named after people of the trust root. */
  signaturesPerDocument: 64,
  /** Verified steps whose records are tried, newest first, when those of the head are missing or damaged. */
  headsTried: 4,
  /** Days from `created` to `expires` of a statement: five years. */
  validDays: 1827,
  /** Suppressions looked at in one directory. */
  suppressions: 200,
  /** Files by which people call changes hostile that are looked at for one site, and how many changes each may name. */
  rejections: 200,
  changesRejected: 1000,
  /** Bytes of such a file. */
  rejectionBytes: 128 * 1024,
  /** Ways to choose for whom each page counts that are tried. */
  waysToCount: 256,
  /** Levels of arrays and objects in a document. */
  documentDepth: 16,
} as const;
