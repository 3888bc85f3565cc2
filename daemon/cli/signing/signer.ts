import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BaselineError,
  keyFingerprint,
  NAMESPACES,
  type Namespace,
  parsePublicKeyFile,
  type SshPublicKey,
  signWithSshKeygen,
  type VerifiedTrust,
  verifySignature,
} from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { CliError } from '../errors.js';
import type { Keyboard } from '../terminal/keyboard.js';

type Keyring = VerifiedTrust['keyring'];

/** Who signs, and with what. The person follows from the key, by the trust root. */
export interface Signer {
  readonly person: string;
  /**
   * What `ssh-keygen -Y sign -f` is given: a private key, or the `.pub` of one that an agent holds. Null for a key that
   * only the agent knows: it gets a `.pub` for as long as it takes.
   */
  readonly keyFile: string | null;
  /** As the trust root has it, so that what it asks of the key is asked before anything is written. */
  readonly key: SshPublicKey;
}

/** The usual names, those without hardware first within a type. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ed25519_sk', 'id_ecdsa', 'id_ecdsa_sk', 'id_rsa'];
const AGENT_LIMIT_MS = 10_000;

/**
 * The signer behind a named key file; else behind the first of the usual ones, then of those an agent holds, whose public half
 * is in the keyring. Throws `CLI_KEY_UNREADABLE`, `CLI_NO_KEY`, or `BASELINE_KEY_INVALID`.
 */
export function findSigner(
  env: Readonly<Record<string, string | undefined>>,
  keyring: Keyring,
  named: string | undefined,
): Signer {
  const people = [...new Set([...keyring.values()].map(({ person }) => person))].join(' or ');
  if (named !== undefined) {
    const signer = signerOf(keyring, named, readPublicKey(named));
    if (signer) return signer;
    throw new CliError(
      'CLI_NO_KEY',
      `this key is not in the trust root; needed is a key of ${people}, or have it added ("tillwarden trust add" with your name and --key)`,
    );
  }
  const signer = usualSigner(env, keyring) ?? agentSigner(env, keyring);
  if (signer) return signer;
  throw new CliError(
    'CLI_NO_KEY',
    `none of ~/.ssh/${DEFAULT_KEYS.join(', ')} and no key of your agent is in the trust root; name a key of ${people} with --key, or have yours added ("tillwarden trust add" with your name and --key)`,
  );
}

/** Signs the bytes of a document, and makes sure that it was the key whose owner was shown. */
export async function signDocument(
  signer: Signer,
  message: Uint8Array,
  namespace: Namespace = NAMESPACES.baseline,
): Promise<string> {
  const { key } = signer;
  const armored =
    signer.keyFile === null
      ? await withPublicKeyFile(key, (keyFile) => signWithSshKeygen({ keyFile, namespace, message }))
      : await signWithSshKeygen({ keyFile: signer.keyFile, namespace, message });
  verifySignature({ armored, message, namespace, key });
  return armored;
}

/**
 * The same where somebody can be asked: when ssh-keygen did not sign (a mistyped passphrase, a touch that came too late), asks whether to try
 * again, so that what they have looked at is not to be looked at anew.
 */
export async function signDocumentAsking(
  keyboard: Keyboard | null,
  signer: Signer,
  message: Uint8Array,
): Promise<string> {
  for (;;) {
    try {
      return await signDocument(signer, message);
    } catch (error) {
      const again = error instanceof BaselineError && error.code === 'BASELINE_SSH_KEYGEN_REFUSED';
      if (!again || (await keyboard?.key('Not signed. try again y · stop n ? ', 'ynq', 'n')) !== 'y')
        throw error;
    }
  }
}

const MAX_KEY_BYTES = 64 * 1024;

/** Reads the public half of a key: the file itself when its name ends in `.pub`, else the `.pub` beside it. */
export function readPublicKey(file: string): SshPublicKey {
  const path = file.endsWith('.pub') ? file : `${file}.pub`;
  let content: string;
  try {
    content = readGuardedText(path, MAX_KEY_BYTES);
  } catch (error) {
    throw new CliError(
      'CLI_KEY_UNREADABLE',
      `${path} cannot be read (${errorCode(error) ?? 'error'}); needed is the public key: correct the path, or write it with ssh-keygen -y -f KEY > KEY.pub`,
      { cause: error },
    );
  }
  return parsePublicKeyFile(content);
}

function usualSigner(env: Readonly<Record<string, string | undefined>>, keyring: Keyring): Signer | null {
  const folder = join(env['HOME'] ?? homedir(), '.ssh');
  for (const name of DEFAULT_KEYS) {
    const file = join(folder, name);
    if (!existsSync(`${file}.pub`)) continue;
    const key = usable(() => readPublicKey(file));
    const signer = key && signerOf(keyring, existsSync(file) ? file : `${file}.pub`, key);
    if (signer) return signer;
  }
  return null;
}

/** `ssh-add -L` prints the public keys of the agent, one to a line as in a `.pub` file; nothing when there is no agent. */
function agentSigner(env: Readonly<Record<string, string | undefined>>, keyring: Keyring): Signer | null {
  if (!env['SSH_AUTH_SOCK']) return null;
  const { stdout } = spawnSync('ssh-add', ['-L'], {
    env,
    encoding: 'utf8',
    timeout: AGENT_LIMIT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for (const line of (stdout ?? '').split('\n')) {
    const key = line === '' ? null : usable(() => parsePublicKeyFile(line));
    const signer = key && signerOf(keyring, null, key);
    if (signer) return signer;
  }
  return null;
}

/** Keys that people have for other purposes need not be of a type that can approve. */
function usable(read: () => SshPublicKey): SshPublicKey | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BaselineError && error.code === 'BASELINE_KEY_INVALID') return null;
    throw error;
  }
}

async function withPublicKeyFile<T>(key: SshPublicKey, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tillwarden-key-'));
  try {
    const file = join(folder, 'agent.pub');
    writeFileSync(file, `${key.type} ${key.blob.toString('base64')} ${keyFingerprint(key)}\n`, {
      mode: 0o600,
    });
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function signerOf(keyring: Keyring, keyFile: string | null, key: SshPublicKey): Signer | null {
  const owner = keyring.get(key.blob.toString('base64'));
  return owner === undefined ? null : { person: owner.person, keyFile, key: owner.key };
}
