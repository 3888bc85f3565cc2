import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.js';
import { errorCode } from '../../error-code.js';
import { shellWord } from '../../wording.js';
import { CliError } from '../errors.js';

/**
 * Throws `CLI_DENIED` where a document or a signature could not be left in these folders, or in the one where it waits for others: before anybody
 * types a passphrase or touches a key for nothing.
 */
export function refuseUnwritable(...directories: readonly string[]): void {
  for (const directory of directories.flatMap((one) => [one, join(one, 'pending')])) {
    const there = nearest(directory);
    try {
      accessSync(there, constants.W_OK | constants.X_OK);
    } catch (error) {
      const code = errorCode(error) ?? 'error';
      const { mode, uid } = statSync(there);
      throw new CliError(
        'CLI_DENIED',
        `you may not write in ${there} (${code}; it belongs to uid ${uid}, mode ${(mode & 0o7777).toString(8)}), so a signature of yours could not be kept. Nothing was signed. Its owner runs: chmod g+ws ${shellWord(there)}`,
        { cause: error },
      );
    }
  }
}

/**
 * Why the daemon could not read what this user is about to write; null when it can, or is this user, or nothing is known of it. It is known by the
 * owner of its state.
 */
export function unreadableForDaemon(
  { stateDirectory, baselines }: Pick<Config, 'stateDirectory' | 'baselines'>,
  umask: number,
): string | null {
  if (!existsSync(stateDirectory)) return null;
  const daemon = statSync(stateDirectory);
  const { uid, username } = userInfo();
  if (daemon.uid === uid || daemon.uid === 0) return null;
  const folder = statSync(nearest(baselines.directory));
  const isShared = (folder.mode & 0o2020) === 0o2020;
  const byGroup = (isShared || (umask & 0o040) === 0) && folder.gid === daemon.gid;
  if (byGroup || (umask & 0o004) === 0) return null;
  const octal = umask.toString(8).padStart(3, '0');
  return `the daemon runs as uid ${daemon.uid} and could not read what ${username} writes with the umask ${octal}: run "umask 022" first, or share the folders by a group (docs/approving.md)`;
}

function nearest(directory: string): string {
  let at = directory;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}
