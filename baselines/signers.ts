import type { Signers } from './count-signers.js';
import { type Problem, problemOf, type SignatureFile, type SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { parseFileName } from './file-name.js';
import { LIMITS } from './limits.js';
import { keyFingerprint, parsePublicKey, type SshPublicKey } from './ssh-key.js';
import { type Namespace, parseSshsig } from './sshsig.js';
import type { TrustRoot } from './trust-root.js';
import { verifyParsedSignature } from './verify-signature.js';
import { weaknessOf } from './weak-key.js';

/** Whose key is whose, by the base64 of the key's wire form. */
export type Keyring = ReadonlyMap<string, KeyringEntry>;

export interface KeyringEntry {
  readonly person: string;
  readonly key: SshPublicKey;
  /** The reason why the key counts for nothing; null when it counts. A root that has such a key was signed before it was known. */
  readonly weakness: string | null;
}

/** The keys of a trust root. A key belongs to one person only: `parseTrustRoot` saw to it. */
export function keyringOf(root: TrustRoot): Keyring {
  return new Map(
    root.people.flatMap(({ name, keys }) =>
      keys.map((line) => {
        const key = parsePublicKey(line);
        return [key.blob.toString('base64'), { person: name, key, weakness: weaknessOf(key) }] as const;
      }),
    ),
  );
}

/** The refusal of each weak key, in the order of the root. */
export function weakKeys(keyring: Keyring): readonly BaselineError[] {
  return [...keyring.values()].filter(({ weakness }) => weakness !== null).map(refusalOfWeak);
}

/** Throws `BASELINE_KEY_WEAK` for a weak key that a root would get in addition. Those it has count for nothing already. */
export function refuseNewWeakKeys(keyring: Keyring, before: Keyring | null): void {
  for (const [blob, entry] of keyring) {
    if (entry.weakness !== null && !before?.has(blob)) throw refusalOfWeak(entry);
  }
}

function refusalOfWeak({ person, key, weakness }: KeyringEntry): BaselineError {
  return new BaselineError(
    'BASELINE_KEY_WEAK',
    `The key ${keyFingerprint(key)} of ${person} does not count: ${weakness}. Take it away and make another one with ssh-keygen -t ed25519.`,
  );
}

/**
 * The distinct people who signed exactly these bytes, and on whose pages. Reads nothing of the document: who signed is
 * the owner of the key inside the signature, never a file's name. A signature that does not count is a notice; the caller
 * decides whether enough others do.
 */
export function signersOf(
  document: SignedDocument,
  namespace: Namespace,
  keyring: Keyring,
): Signers & { readonly problems: readonly Problem[] } {
  const version = parseFileName(document.file)?.version ?? null;
  /** The owners of the pages that each person signed on; null for their own machine. */
  const places = new Map<string, Set<string | null>>();
  const problems: Problem[] = [];
  const { looked, ignored } = signaturesToLookAt(document, keyring);
  for (const { file, text } of looked) {
    try {
      const signature = parseSshsig(text);
      const owner = keyring.get(signature.publicKey.toString('base64'));
      if (owner === undefined) {
        throw new BaselineError(
          'BASELINE_SIGNATURE_UNKNOWN_KEY',
          'The signature is by a key that the trust root does not have; it does not count. Ask whose it is; add the key with a new trust root, or remove the file.',
        );
      }
      if (owner.weakness !== null) throw refusalOfWeak(owner);
      verifyParsedSignature(signature, { message: document.bytes, namespace, key: owner.key });
      const place = owner.key.securityKey?.passkey?.pageOwner ?? null;
      places.set(owner.person, (places.get(owner.person) ?? new Set()).add(place));
    } catch (error) {
      problems.push(problemOf(error, 'notice', file, version));
    }
  }
  if (ignored > 0) {
    problems.push({
      code: 'BASELINE_TOO_MANY_SIGNATURES',
      file: document.file,
      version,
      detail: `There are ${document.signatures.length} signature files; looked at are those named after people of the trust root and the first ${LIMITS.signaturesPerDocument} others, and ${ignored} more are ignored.`,
      weight: 'notice',
    });
  }
  return { people: [...places.keys()].sort(), pages: pagesOf(places), problems };
}

/**
 * The files named after people of the root, as ours are, and beside them so many of any other name: whoever may leave files here
 * must not be able to push people's signatures out, and each one costs a verification.
 */
function signaturesToLookAt(
  { signatures }: SignedDocument,
  keyring: Keyring,
): { readonly looked: readonly SignatureFile[]; readonly ignored: number } {
  const people = new Set([...keyring.values()].map(({ person }) => person));
  const own: SignatureFile[] = [];
  const others: SignatureFile[] = [];
  for (const one of signatures) (people.has(labelOf(one.file)) ? own : others).push(one);
  const looked = others.slice(0, LIMITS.signaturesPerDocument);
  return { looked: [...own, ...looked], ignored: others.length - looked.length };
}

/** `anna` of `000007.anna.sig`. */
function labelOf(file: string): string {
  return /\.([^.]+)\.sig$/.exec(file)?.[1] ?? '';
}

function pagesOf(places: ReadonlyMap<string, ReadonlySet<string | null>>): Signers['pages'] {
  return new Map(
    [...places].flatMap(([person, where]) => {
      const owners = [...where].filter((owner) => owner !== null);
      return owners.length === where.size ? [[person, owners.sort()] as const] : [];
    }),
  );
}
