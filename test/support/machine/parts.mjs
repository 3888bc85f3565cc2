import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { foundServers } from '../mysql/found.mjs';
import { dumpingPostgres } from '../postgres-dump/found.mjs';

/** The browser of the tests: $CHROMIUM, or the one that Debian installs. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** What the tests need that npm does not bring: a name, the packages of Debian that hold it, whether it is there. */
const PARTS = [
  {
    name: 'MariaDB',
    packages: ['mariadb-server-core', 'mariadb-client'],
    found: () => foundServers().includes('mariadb'),
  },
  {
    name: 'MySQL',
    packages: ['libaio1', 'libnuma1', 'libatomic1'],
    found: () => foundServers().includes('mysql'),
  },
  {
    name: 'pg_dump and the server it belongs to',
    packages: ['postgresql'],
    found: () => dumpingPostgres() !== null,
  },
  { name: 'a browser (Chromium)', packages: ['chromium'], found: () => existsSync(CHROMIUM) },
  {
    name: 'OpenSSH',
    packages: ['openssh-server', 'openssh-sftp-server', 'openssh-client'],
    found: () => ['sshd', 'ssh-keygen'].every(isOnPath) && existsSync('/usr/lib/openssh/sftp-server'),
  },
];

/** The parts that are missing here, and the command that installs them on Debian; null when nothing is. */
export function missingParts() {
  const missing = PARTS.filter(({ found }) => !found());
  if (missing.length === 0) return null;
  const packages = missing.flatMap((part) => part.packages);
  return {
    names: missing.map(({ name }) => name),
    command: `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`,
  };
}

/** One line that says what is not tested and the command that mends it; null when nothing is missing. */
export function notTested() {
  const missing = missingParts();
  if (missing === null) return null;
  return `NOT TESTED with ${missing.names.join(', ')}, missing here; run as root: ${missing.command}`;
}

function isOnPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
