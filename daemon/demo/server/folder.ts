import { chmod, chown, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { outputOf, type ServerAccount } from './process.js';

/**
 * Makes a server's folder anew, for its account alone. False when the account cannot reach it. Folders on the way below the system's
 * temporary directory are opened for passing through (o+x); those elsewhere are not ours to open.
 */
export async function makeServerFolder(folder: string, account: ServerAccount): Promise<boolean> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (!account) return true;
  await chown(folder, account.uid, account.gid);
  await openTheWay(await realpath(dirname(folder)));
  const { failure } = await outputOf('/bin/sh', ['-c', 'test -w "$1"', 'sh', folder], account, '/');
  return failure === null;
}

/** `mkdtemp` makes directories that only their owner may pass through. */
async function openTheWay(directory: string): Promise<void> {
  const top = await realpath(tmpdir());
  for (let at = directory; at.startsWith(`${top}/`); at = dirname(at)) {
    await chmod(at, (await stat(at)).mode | 0o001);
  }
}
