import { type Problem, problemOf, type SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { parseFileName } from './file-name.js';
import { LIMITS } from './limits.js';
import { parsePublicKey, type SshPublicKey } from './ssh-key.js';
import { type Namespace, parseSshsig } from './sshsig.js';
import type { TrustRoot } from './trust-root.js';
import { verifyParsedSignature } from './verify-signature.js';

/** Whose key is whose, by the base64 of the key's wire form. */
export type Keyring = ReadonlyMap<string, { readonly person: string; readonly key: SshPublicKey }>;

/** The keys of a trust root. A key belongs to one person only: `parseTrustRoot` saw to it. */
export function keyringOf(root: TrustRoot): Keyring {
  return new Map(
    root.people.flatMap(({ name, keys }) =>
      keys.map((line) => {
        const key = parsePublicKey(line);
        return [key.blob.toString('base64'), { person: name, key }] as const;
      }),
    ),
  );
}

/**
 * The distinct people who signed exactly these bytes, ordered by name. Reads nothing of the document: who signed is
 * the owner of the key inside the signature, never a file's name. A signature that does not count is a notice; the caller
 * decides whether enough others do.
 */
export function signersOf(
  document: SignedDocument,
  namespace: Namespace,
  keyring: Keyring,
): { readonly people: readonly string[]; readonly problems: readonly Problem[] } {
  const version = parseFileName(document.file)?.version ?? null;
  const people = new Set<string>();
  const problems: Problem[] = [];
  for (const { file, text } of document.signatures.slice(0, LIMITS.signaturesPerDocument)) {
    try {
      const signature = parseSshsig(text);
      const owner = keyring.get(signature.publicKey.toString('base64'));
      if (owner === undefined) {
        throw new BaselineError(
          'BASELINE_SIGNATURE_UNKNOWN_KEY',
          'The signature is by a key that the trust root does not have; it does not count.',
        );
      }
      verifyParsedSignature(signature, { message: document.bytes, namespace, key: owner.key });
      people.add(owner.person);
    } catch (error) {
      problems.push(problemOf(error, 'notice', file, version));
    }
  }
  if (document.signatures.length > LIMITS.signaturesPerDocument) {
    problems.push({
      code: 'BASELINE_TOO_MANY_SIGNATURES',
      file: document.file,
      version,
      detail: `There are ${document.signatures.length} signature files; only the first ${LIMITS.signaturesPerDocument} are looked at.`,
      weight: 'notice',
    });
  }
  return { people: [...people].sort(), problems };
}
