import { BaselineError } from './errors.js';
import { schemeVerifies } from './scheme.js';
import type { SshPublicKey } from './ssh-key.js';
import { type Namespace, parseSshsig, type Sshsig, signedBytes } from './sshsig.js';
import { refuseOtherCeremony } from './webauthn.js';

/**
 * Returns when `armored` is a signature over exactly `message`, in this namespace, by this key; throws a `BaselineError`
 * saying which check failed otherwise.
 */
export function verifySignature(input: {
  readonly armored: string;
  readonly message: Uint8Array;
  readonly namespace: Namespace;
  readonly key: SshPublicKey;
}): void {
  verifyParsedSignature(parseSshsig(input.armored), input);
}

/** The same for a signature already taken apart. */
export function verifyParsedSignature(
  signature: Sshsig,
  { message, namespace, key }: { message: Uint8Array; namespace: Namespace; key: SshPublicKey },
): void {
  if (signature.namespace !== namespace) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_NAMESPACE',
      `The signature is for another type of document; needed is the namespace ${namespace} (ssh-keygen -n).`,
    );
  }
  if (!signature.publicKey.equals(key.blob)) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_UNKNOWN_KEY',
      'The signature is by another key than the given one; sign with that one.',
    );
  }
  const data = signedBytes(namespace, signature.messageHash, message);
  if (!schemeVerifies(key, signature, data)) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_WRONG',
      'The signature does not fit these bytes: one of the two files was changed after signing. Restore both from where they were signed.',
    );
  }
  const { passkey } = key.securityKey ?? {};
  const { flags, browser } = signature.authenticator ?? {};
  if (passkey && flags !== undefined && browser) refuseOtherCeremony(passkey, flags, browser, data);
  refuseAbsent(key, signature);
}

/** Flags of an authenticator, WebAuthn level 2 section 6.1. */
const TOUCHED = 0x01;
const USER_VERIFIED = 0x04;

/** A security key can be made to sign without its owner; then what it signed does not count. */
function refuseAbsent({ securityKey }: SshPublicKey, { authenticator }: Sshsig): void {
  // A security key's has one, and no other: `schemeVerifies` saw to it.
  if (authenticator === null) return;
  if ((authenticator.flags & TOUCHED) === 0) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_UNTOUCHED',
      'The security key signed without being touched; sign with a key that was not made with no-touch-required.',
    );
  }
  if (securityKey?.verifyRequired && (authenticator.flags & USER_VERIFIED) === 0) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_UNVERIFIED_USER',
      securityKey.passkey
        ? 'The passkey did not verify its user; PIN, fingerprint or face is always needed.'
        : 'The security key did not verify its user; the trust root asks for PIN or fingerprint (ssh-keygen -O verify-required).',
    );
  }
}
