import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  NAMESPACES,
  type Namespace,
  parsePublicKeyFile,
  type SshPublicKey,
  signWithSshKeygen,
  type VerifiedTrust,
  verifySignature,
} from '../../baselines/index.js';
import { CliError } from './errors.js';

/** Who signs, and with what. The person follows from the key, by the verified trust root. */
export interface Signer {
  readonly person: string;
  /** What `ssh-keygen -Y sign -f` is given: a private key, or the `.pub` of one that an agent holds. */
  readonly keyFile: string;
  readonly key: SshPublicKey;
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * The signer behind a named key file, or behind the first of the usual ones whose public half is in the trust root. Throws
 * `CLI_KEY_UNREADABLE`, `CLI_NO_KEY`, or `BASELINE_KEY_INVALID`.
 */
export function findSigner(
  env: Readonly<Record<string, string | undefined>>,
  trust: VerifiedTrust,
  named: string | undefined,
): Signer {
  const people = trust.root.people.map(({ name }) => name).join(', ');
  if (named !== undefined) {
    const signer = signerOf(trust, named, readPublicKey(named));
    if (signer) return signer;
    throw new CliError('CLI_NO_KEY', `this key is not in the trust root; needed is a key of ${people}`);
  }
  const folder = join(env['HOME'] ?? homedir(), '.ssh');
  for (const name of DEFAULT_KEYS) {
    const file = join(folder, name);
    if (!existsSync(`${file}.pub`)) continue;
    const signer = signerOf(trust, existsSync(file) ? file : `${file}.pub`, readPublicKey(file));
    if (signer) return signer;
  }
  throw new CliError(
    'CLI_NO_KEY',
    `none of ~/.ssh/${DEFAULT_KEYS.join(', ')} is in the trust root; name a key of ${people} with --key`,
  );
}

/** Signs the bytes of a document, a statement unless told otherwise, and makes sure that it was the key whose owner was shown. */
export async function signStatement(
  signer: Signer,
  message: Uint8Array,
  namespace: Namespace = NAMESPACES.baseline,
): Promise<string> {
  const armored = await signWithSshKeygen({ keyFile: signer.keyFile, namespace, message });
  verifySignature({ armored, message, namespace, key: signer.key });
  return armored;
}

/** Reads the public half of a key: the file itself when its name ends in `.pub`, else the `.pub` beside it. */
export function readPublicKey(file: string): SshPublicKey {
  const path = file.endsWith('.pub') ? file : `${file}.pub`;
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(
      'CLI_KEY_UNREADABLE',
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}); needed is the public key: ssh-keygen -y -f KEY > KEY.pub writes it`,
      { cause: error },
    );
  }
  return parsePublicKeyFile(content);
}

function signerOf({ keyring }: VerifiedTrust, keyFile: string, key: SshPublicKey): Signer | null {
  const owner = keyring.get(key.blob.toString('base64'));
  return owner === undefined ? null : { person: owner.person, keyFile, key };
}
