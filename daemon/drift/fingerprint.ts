import { sha256Hex } from '../../baselines/index.js';

/** Parts of a fingerprint. Lists nest, so that no two identities share an encoding. */
export type FingerprintPart = string | number | null | readonly FingerprintPart[];

/**
 * Identity of something that people are notified of: hex SHA-256 over the JSON text of its parts, which is unambiguous whatever the parts
 * hold. The first part names what kind of thing it is.
 */
export function fingerprint(what: string, ...parts: readonly FingerprintPart[]): string {
  return sha256Hex(JSON.stringify([what, ...parts]));
}
