import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Longest secret file, in bytes. */
const MAX_SECRET_BYTES = 16 * 1024;

/** Where containers mount secrets, readable by everybody inside, which is the one program. */
const CONTAINER_SECRETS = '/run/secrets/';

/** What a `<name>_file` twin came to. */
export type SecretFile =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly found: string; readonly needed: string };

/**
 * Reads a secret from a file: the whole of it without one trailing line end. A file that other users may read or write is refused, as
 * `ssh` refuses a private key.
 */
export function readSecretFile(directory: string, file: unknown): SecretFile {
  if (typeof file !== 'string' || file === '') {
    return { ok: false, found: 'no path', needed: 'the path of a file that holds the secret' };
  }
  const needed = 'a readable file with the secret in it, mode 0600 or 0400';
  let handle: number;
  try {
    handle = openSync(resolve(directory, file), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return { ok: false, found: `${JSON.stringify(file)} (${code})`, needed };
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) return { ok: false, found: `${JSON.stringify(file)}, not a regular file`, needed };
    const othersMay = resolve(directory, file).startsWith(CONTAINER_SECRETS) ? 0o022 : 0o026;
    if ((stat.mode & othersMay) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      return {
        ok: false,
        found: `${JSON.stringify(file)} with mode ${mode}`,
        needed: `${needed}: chmod 600`,
      };
    }
    if (stat.size > MAX_SECRET_BYTES) return { ok: false, found: `${stat.size} bytes`, needed };
    const secret = readFileSync(handle, 'utf8').replace(/\r?\n$/, '');
    if (secret === '') return { ok: false, found: `${JSON.stringify(file)}, which is empty`, needed };
    return { ok: true, secret };
  } finally {
    closeSync(handle);
  }
}
