import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { errorCode } from '../error-code.js';
import { readGuarded } from '../guarded-file.js';
import { shellWord } from '../wording.js';
import { shown } from './issues.js';

/** Stands where a secret belongs that was not wanted, hence not read. No schema of a secret takes it, and nothing can be done with it. */
export class NotRead {
  readonly #stands = 'for a secret that was not read';

  toString(): string {
    return this.#stands;
  }
}
export const NOT_READ = new NotRead();

/** What was read. Throws `RangeError` where it was not: a mistake of ours. */
export function known<T>(value: T | NotRead): T {
  if (value instanceof NotRead) throw new RangeError('a secret was not read and is needed');
  return value;
}

/** Longest secret file, in bytes. */
const MAX_SECRET_BYTES = 16 * 1024;

/** Where containers mount secrets, readable by everybody inside, which is the one program. */
const CONTAINER_SECRETS = '/run/secrets/';

const NEEDED = 'a file with the secret in it, readable by this user, mode 0600, 0400 or 0640';

/** What a `<name>_file` twin came to. */
export type SecretFile =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly found: string; readonly needed: string };

/**
 * Reads a secret from a file: the whole of it without one trailing line end. A file that users outside of its group may read is refused, and
 * one that anybody but its owner may write, as `ssh` refuses a private key.
 */
export function readSecretFile(directory: string, file: unknown): SecretFile {
  if (typeof file !== 'string' || file === '') {
    return { ok: false, found: 'no path', needed: 'the path of a file that holds the secret' };
  }
  const path = resolve(directory, file);
  const refuse = (found: string, needed = NEEDED): SecretFile => ({ ok: false, found, needed });
  try {
    const { bytes, stat } = readGuarded(path, MAX_SECRET_BYTES);
    const notOthers = path.startsWith(CONTAINER_SECRETS) ? 0o022 : 0o026;
    if ((stat.mode & notOthers) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      return refuse(
        `${shown(file)} with mode ${mode}`,
        `a file that others can neither read nor write: chmod 600 ${shellWord(path)}`,
      );
    }
    const secret = bytes.toString('utf8').replace(/\r?\n$/, '');
    if (secret === '') return refuse(`${shown(file)}, which is empty`);
    const [what, needed] = isUtf8(bytes) ? (oddity(secret) ?? []) : ['that is not UTF-8', 'a text file'];
    return what === undefined ? { ok: true, secret } : refuse(`${shown(file)}, ${what}`, needed);
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    if (code === 'not-a-file') return refuse(`${shown(file)}, which is not a file`);
    if (code === 'too-large') return refuse(`${shown(file)} of more than ${MAX_SECRET_BYTES} bytes`);
    return refuse(`${shown(file)}, which cannot be opened (${code})`);
  }
}

/** What an editor adds to a secret without showing it, and what is needed instead: such a secret fails at its first use, far from here. Null when nothing is odd. */
function oddity(secret: string): readonly [what: string, needed: string] | null {
  if (secret.startsWith('\u{feff}')) {
    return ['which begins with a byte order mark (BOM)', 'the same saved as UTF-8 without a BOM'];
  }
  // A key is several lines by its form, and may end in any.
  if (/^-----BEGIN [A-Z ]+-----/.test(secret)) return null;
  if (/[\r\n]$/.test(secret))
    return ['which ends with several line ends', 'the secret and one line end at most'];
  if (/[\r\n]/.test(secret)) return ['which holds several lines', 'the secret alone, on one line'];
  if (/^\s|\s$/.test(secret))
    return ['which begins or ends with a blank', 'the secret without blanks around it'];
  return null;
}

/** A secret, and the password inside of it when it is a URL, as written and as decoded: each is one by itself. */
export function withPasswords(secret: string): string[] {
  if (!URL.canParse(secret)) return [secret];
  const { password } = new URL(secret);
  const written = /^[^:]+:\/\/[^:]*:(.*)@/.exec(secret)?.[1] ?? '';
  return [...new Set([secret, written, password, decoded(password)])].filter((text) => text !== '');
}

/** What of a secret may be known: of a URL all but its password, of anything else nothing. */
export function publicPart(secret: string): string | null {
  if (!URL.canParse(secret)) return null;
  const url = new URL(secret);
  url.password = '';
  return url.href;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
