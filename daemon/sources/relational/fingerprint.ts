import { createHmac } from 'node:crypto';

/** Turns an encoded value of a secret column into the hex HMAC that stands for it outside of the reader. */
export type Fingerprint = (column: string, key: string | null, encoded: string) => string;

/**
 * HMAC-SHA-256 over the JSON array `["tillwarden secret 1", site, collection, column, key, value]`. JSON text makes the parts unambiguous.
 * `key` is the canonical text of the record's key as it leaves the reader, so that equal secrets of two records look different; it is null for
 * a column that is itself part of the key. `value` is the value in the encoding of `encodeValue` before it is fingerprinted: one over the limit
 * by its length and digest. A null stays null and has no fingerprint: whether a secret is set at all is worth seeing.
 */
export function createFingerprint(fingerprintKey: Uint8Array, site: string, collection: string): Fingerprint {
  return (column, key, encoded) =>
    createHmac('sha256', fingerprintKey)
      .update(JSON.stringify(['tillwarden secret 1', site, collection, column, key, encoded]))
      .digest('hex');
}
