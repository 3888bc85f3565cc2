import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoError } from '../demo-error.js';
import { makeServerFolder } from '../server/folder.js';
import { outputOf, type ServerAccount } from '../server/process.js';
import type { Binaries } from './binaries.js';
import { stopLeftover } from './leftover.js';

/** A cluster whose server is stopped, and the password of its superuser `postgres`. */
export interface ClusterTemplate {
  readonly data: string;
  readonly password: string;
}

/**
 * Makes the server's folder anew below `directory`, for `account`, after ending a server that an earlier run left there. Throws
 * `DEMO_POSTGRES_DIRECTORY` when the account cannot reach it.
 */
export async function makeFolder(
  directory: string,
  account: ServerAccount,
  log: (line: string) => void,
): Promise<string> {
  const folder = join(directory, 'tillwarden-postgres');
  await stopLeftover(join(folder, 'data'), log);
  if (!(await makeServerFolder(folder, account))) {
    throw new DemoError(
      'DEMO_POSTGRES_DIRECTORY',
      `PostgreSQL refuses to run as root, and uid ${account?.uid} cannot reach ${folder}; choose a directory below one that everybody may enter, such as /tmp`,
    );
  }
  return folder;
}

/** Makes the cluster `data` in the server's folder. Throws `DEMO_POSTGRES_FAILED` with what initdb said. */
export async function createCluster(
  binaries: Binaries,
  folder: string,
  account: ServerAccount,
  password: string,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const args = [
    ...['--pgdata', join(folder, 'data'), '--username', 'postgres'],
    ...['--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    // The builtin provider gives UTF-8 and C.UTF-8's order on machines that have no locale installed but C.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    '--no-sync',
  ];
  const { failure } = await outputOf(binaries.initdb, args, account, folder);
  await rm(passwordFile, { force: true });
  if (failure !== null) {
    throw new DemoError(
      'DEMO_POSTGRES_FAILED',
      `initdb could not create ${join(folder, 'data')} (free the disk, or name another --directory): ${failure}`,
    );
  }
}

/** Copies a cluster to `data` in the server's folder, a tenth of the work of making one. Throws `DEMO_POSTGRES_FAILED`. */
export async function copyCluster(
  template: ClusterTemplate,
  folder: string,
  account: ServerAccount,
): Promise<void> {
  const data = join(folder, 'data');
  const { failure } = await outputOf('/bin/cp', ['-R', template.data, data], account, folder);
  if (failure !== null) {
    throw new DemoError(
      'DEMO_POSTGRES_FAILED',
      `the cluster could not be copied to ${data} (free the disk, or name another --directory): ${failure}`,
    );
  }
}
