import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundServers } from './mysql/found.mjs';
import { startMysqlService } from './mysql/service.mjs';
import { makePostgresTemplate } from './postgres-template.mjs';

const PREFIX = 'tillwarden-jest-';
const MEMORY = '/dev/shm';
/** What a whole run holds at most in its temporary folder, and half as much again. */
const ROOM_BYTES = 6 * 1024 ** 3;
const LAUNCHER = new URL('../../dist/daemon/demo/postgres/embedded-postgres.js', import.meta.url);

/**
 * One real PostgreSQL for the whole run, which test files reach through `test/support/postgres.ts`; and, once a test file asks for it
 * through `test/support/mysql/databases.ts`, one MariaDB and one MySQL. All temporary files of a run lie in a folder that goes with it.
 */
// biome-ignore lint/style/noDefaultExport: jest calls the default export.
export default async function globalSetup() {
  if (!existsSync(LAUNCHER)) {
    throw new Error(
      'the tests start PostgreSQL through the built launcher, and dist/ lacks it; run "npm run build" first',
    );
  }
  // Tests name the modes of their files as most people's umask makes them; workers inherit it.
  process.umask(0o022);
  const home = hasMemory() ? MEMORY : tmpdir();
  removeAbandoned(home);
  const { startEmbeddedPostgres } = await import(LAUNCHER.href);
  const directory = mkdtempSync(join(home, `${PREFIX}${process.pid}-`));
  // As the system's own one: tests run programs as other users in it.
  chmodSync(directory, 0o1777);
  process.env.TMPDIR = directory;
  const lines = [];
  try {
    const template = await makePostgresTemplate(join(directory, 'postgres-template'), (line) =>
      lines.push(line),
    );
    process.env.TILLWARDEN_TEST_POSTGRES_TEMPLATE = JSON.stringify(template);
    const postgres = await startEmbeddedPostgres({
      directory,
      template,
      log: (line) => lines.push(line),
      settings: {
        fsync: 'off',
        max_connections: '200',
        wal_level: 'logical',
        max_prepared_transactions: '0',
      },
    });
    // No durability: a server that crashes in a test is one of its own.
    const mysql = await startMysqlService(directory, {
      'innodb-flush-log-at-trx-commit': '0',
      'max-connections': '400',
    });
    process.env.TILLWARDEN_TEST_MYSQL = mysql.address;
    process.env.TILLWARDEN_TEST_MYSQL_FOUND = foundServers().join(' ');
    globalThis.tillwardenTestServers = { postgres, mysql, directory };
    process.env.TILLWARDEN_TEST_POSTGRES = postgres.superuserUrl();
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`the tests need their PostgreSQL (${lines.join('; ')}): ${error.message}`, {
      cause: error,
    });
  }
}

/** Whether temporary files may lie in memory: no disk is waited for there, and programs can be run from it (docs/adr/0119). */
function hasMemory() {
  try {
    accessSync(MEMORY, constants.W_OK);
    const options = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      // Of two that lie over each other the last one is seen.
      .findLast((line) => line.split(' ')[1] === MEMORY);
    const { bavail, bsize } = statfsSync(MEMORY);
    const kilobytes = Number(/^MemAvailable: +(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
    return (
      options !== undefined &&
      !/\bnoexec\b/.test(options) &&
      Math.min(bavail * bsize, kilobytes * 1024) >= ROOM_BYTES
    );
  } catch {
    return false;
  }
}

/** Folders of runs that were killed: their servers end by themselves, their files do not. */
function removeAbandoned(home) {
  for (const name of readdirSync(home)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    try {
      rmSync(join(home, name), { recursive: true, force: true });
    } catch {
      // Another user's: not ours to remove.
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
