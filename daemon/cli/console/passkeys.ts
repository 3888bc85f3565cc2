import * as z from 'zod';
import {
  type Assertion,
  armorAssertion,
  BaselineError,
  type Namespace,
  type SshPublicKey,
  type VerifiedTrust,
  verifySignature,
} from '../../../baselines/index.js';
import type { PasskeyAnswer } from '../../views/console-shapes.js';
import { CliError } from '../errors.js';

/** Bytes, as the page sends them. */
export const base64url = z
  .string()
  .regex(/^[A-Za-z0-9_-]*$/)
  .max(8_192);

/** What a browser's passkey answered. */
export const passkeySchema = z.strictObject({
  ...{ authenticatorData: base64url, clientDataJSON: base64url, signature: base64url },
});

/** A passkey of the trust root that belongs to this page. */
interface OwnedPasskey {
  readonly person: string;
  readonly key: SshPublicKey;
}

/** The passkeys that the trust root has for a page. */
export function passkeysOf({ keyring }: Pick<VerifiedTrust, 'keyring'>, origin: string): OwnedPasskey[] {
  return [...keyring.values()].filter(({ key }) => key.securityKey?.passkey?.origin === origin);
}

/**
 * The signature that a browser's passkey made over a document, and whose it is: that of the passkey by which it verifies. Throws `CLI_NO_KEY`
 * when it is none of the trust root's, and the `BASELINE_SIGNATURE_…` of one that does not count.
 */
export function signatureOf(
  passkeys: readonly OwnedPasskey[],
  answer: PasskeyAnswer,
  message: Uint8Array,
  namespace: Namespace,
): { readonly person: string; readonly armored: string } {
  const assertion: Assertion = {
    authenticatorData: Buffer.from(answer.authenticatorData, 'base64url'),
    clientDataJSON: Buffer.from(answer.clientDataJSON, 'base64url'),
    signature: Buffer.from(answer.signature, 'base64url'),
  };
  let refusal: BaselineError | null = null;
  for (const { person, key } of passkeys) {
    try {
      const armored = armorAssertion(key, namespace, assertion);
      verifySignature({ armored, message, namespace, key });
      return { person, armored };
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      // A signature of another passkey is simply wrong under this one; what is said of the right one says more.
      if (refusal === null || error.code !== 'BASELINE_SIGNATURE_WRONG') refusal = error;
    }
  }
  if (refusal !== null && refusal.code !== 'BASELINE_SIGNATURE_WRONG') throw refusal;
  throw new CliError(
    'CLI_NO_KEY',
    'this passkey is none of those that the trust root has for this page; choose another one, or enrol it first',
  );
}
