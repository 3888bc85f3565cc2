import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoError } from '../demo-error.js';

/** Programs of one MySQL or MariaDB on this machine. */
export interface MysqlInstallation {
  readonly flavour: 'mariadb' | 'mysql';
  /** `mariadbd` or `mysqld`. */
  readonly server: string;
  /** What makes an empty data directory, and its arguments but for that directory. */
  readonly initialise: { readonly program: string; readonly args: readonly string[] };
  /** Arguments that both steps need, such as where its messages lie. */
  readonly args: readonly string[];
}

/** The one command that makes a server ready on Debian and its children. */
export const INSTALL_COMMAND = 'apt-get install -y --no-install-recommends mariadb-server-core';

/** Where servers are installed without being on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/local/mysql/bin'];

const MARIADB_INITIALISE = ['--auth-root-authentication-method=normal', '--skip-test-db'];

/** The first server found along `path` and elsewhere: MariaDB, else MySQL. Throws `DEMO_MYSQL_MISSING`, which names the command that installs one. */
export async function findMysql(
  path: string = process.env['PATH'] ?? '',
  elsewhere: readonly string[] = SERVER_FOLDERS,
): Promise<MysqlInstallation> {
  const folders = [...path.split(':').filter((folder) => folder !== ''), ...elsewhere];
  const [mariadbd, installDb] = [
    await programIn(folders, 'mariadbd'),
    await programIn(folders, 'mariadb-install-db'),
  ];
  if (mariadbd && installDb) {
    const initialise = { program: installDb, args: MARIADB_INITIALISE };
    return { flavour: 'mariadb', server: mariadbd, initialise, args: [] };
  }
  const mysqld = await programIn(folders, 'mysqld');
  if (mysqld) {
    const initialise = { program: mysqld, args: ['--initialize-insecure'] };
    return { flavour: 'mysql', server: mysqld, initialise, args: [] };
  }
  throw new DemoError(
    'DEMO_MYSQL_MISSING',
    `there is neither mariadbd nor mysqld on PATH; on Debian or Ubuntu run, as root: ${INSTALL_COMMAND}`,
  );
}

async function programIn(folders: readonly string[], name: string): Promise<string | null> {
  for (const folder of folders) {
    const program = join(folder, name);
    const runs = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return program;
  }
  return null;
}
