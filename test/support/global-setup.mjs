import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundServers } from './mysql/found.mjs';
import { startMysqlService } from './mysql/service.mjs';

const PREFIX = 'tillwarden-jest-';
const LAUNCHER = new URL('../../dist/daemon/demo/postgres/embedded-postgres.js', import.meta.url);

/**
 * One real PostgreSQL for the whole run, which test files reach through `test/support/postgres.ts`; and, once a test file asks for it
 * through `test/support/mysql/databases.ts`, one MariaDB and one MySQL.
 */
// biome-ignore lint/style/noDefaultExport: jest calls the default export.
export default async function globalSetup() {
  if (!existsSync(LAUNCHER)) {
    throw new Error(
      'the tests start PostgreSQL through the built launcher, and dist/ lacks it; run "npm run build" first',
    );
  }
  removeAbandoned();
  const { startEmbeddedPostgres } = await import(LAUNCHER.href);
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const lines = [];
  try {
    const postgres = await startEmbeddedPostgres({
      directory,
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

/** Folders of runs that were killed: their servers end by themselves, their files do not. */
function removeAbandoned() {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
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
