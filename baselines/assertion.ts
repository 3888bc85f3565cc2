/** The answer of a browser whose passkey signs (WebAuthn level 3 section 5.2.2), as a key line and a signature file. */
import type { KeyObject } from 'node:crypto';
import { BaselineError } from './errors.js';
import { parsePublicKey, publicKeyOf, type SshPublicKey } from './ssh-key.js';
import { writeMpint, writeString } from './ssh-wire.js';
import { type Namespace, signedBytes, writeSshsig } from './sshsig.js';
import { WEBAUTHN_ALGORITHM } from './webauthn.js';

/** The bytes to ask a passkey to sign, for a document: the `challenge` of `navigator.credentials.get`. */
export function passkeyChallenge(namespace: Namespace, message: Uint8Array): Buffer {
  return signedBytes(namespace, 'sha512', message);
}

/** The line of a new passkey in a trust root, of the key that `getPublicKey()` returns. Throws `BASELINE_KEY_INVALID`. */
export function passkeyOfBrowser(input: {
  readonly publicKey: KeyObject;
  readonly origin: string;
  readonly rpId: string;
  readonly deviceBound: boolean;
}): SshPublicKey {
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
  const plain = publicKeyOf(input.publicKey);
  const numbers = plain.blob.subarray(writeString(plain.type).length);
  const blob = Buffer.concat([writeString(type), numbers, writeString(input.rpId)]);
  const bound = input.deviceBound ? 'device-bound ' : '';
  return parsePublicKey(
    `webauthn="${input.origin}" verify-required ${bound}${type} ${blob.toString('base64')}`,
  );
}

/** An `AuthenticatorAssertionResponse`. Nothing of it is proven. */
export interface Assertion {
  readonly authenticatorData: Buffer;
  readonly clientDataJSON: Buffer;
  /** ECDSA in DER (RFC 3279 section 2.2.3). */
  readonly signature: Buffer;
}

/** SHA256(rpId), flags, counter: what authenticator data begin with. Extensions follow. */
const RP_ID_HASH = 32;
const HEAD = RP_ID_HASH + 1 + 4;

/**
 * The signature file of an assertion. It says nothing about whether the signature counts: `verifySignature` does. Throws
 * `BASELINE_SIGNATURE_MALFORMED` for what is no assertion.
 */
export function armorAssertion(
  key: SshPublicKey,
  namespace: Namespace,
  { authenticatorData, clientDataJSON, signature }: Assertion,
): string {
  const numbers = readDer(signature);
  const origin = key.securityKey?.passkey?.origin;
  if (numbers === undefined || origin === undefined || authenticatorData.length < HEAD) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_MALFORMED',
      'What the browser answered is no signature of a passkey; try again.',
    );
  }
  return writeSshsig({
    publicKey: key.blob,
    namespace,
    messageHash: 'sha512',
    algorithm: WEBAUTHN_ALGORITHM,
    value: Buffer.concat(numbers.map(writeMpint)),
    authenticator: {
      flags: authenticatorData.readUInt8(RP_ID_HASH),
      counter: authenticatorData.readUInt32BE(RP_ID_HASH + 1),
      browser: { origin, clientData: clientDataJSON, extensions: authenticatorData.subarray(HEAD) },
    },
  });
}

/** A sequence of two integers, each of at most 33 bytes: no length needs more than one byte. */
function readDer(der: Buffer): readonly [Buffer, Buffer] | undefined {
  const first = der[3] ?? 0;
  const second = der[5 + first] ?? 0;
  const isWhole =
    der[0] === 0x30 &&
    der[1] === der.length - 2 &&
    der[2] === 0x02 &&
    der[4 + first] === 0x02 &&
    der.length === 6 + first + second;
  return isWhole ? [der.subarray(4, 4 + first), der.subarray(6 + first)] : undefined;
}
