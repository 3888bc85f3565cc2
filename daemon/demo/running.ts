import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DemoError } from './demo-error.js';

/** Only we may write there: the connection string of the running demo lies in it. */
async function ownFolder(): Promise<string> {
  const folder = join(tmpdir(), `tillwarden-demo-${userInfo().uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  const uid = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new DemoError('DEMO_NOT_RUNNING', `${folder} belongs to somebody else: remove it`);
  }
  return folder;
}

/** Notes how the demo's database is reached, so that `tillwarden demo sql` finds it. Returns what removes the note. */
export async function noteRunning(ownerUrl: string): Promise<() => Promise<void>> {
  const file = join(await ownFolder(), 'database');
  await rm(file, { force: true });
  await writeFile(file, ownerUrl, { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The outcome of one statement. */
interface StatementResult {
  /** "UPDATE 1", or how many rows follow. */
  readonly summary: string;
  readonly rows: readonly unknown[];
}

/** Runs statements in the database of the running demo as the owner of its tables. Throws `DEMO_NOT_RUNNING` when there is none. */
export async function runInDemo(sql: string): Promise<readonly StatementResult[]> {
  const file = join(await ownFolder(), 'database');
  const url = await readFile(file, 'utf8').catch(() => null);
  if (url === null) {
    throw new DemoError(
      'DEMO_NOT_RUNNING',
      'no demo is running: start it in another terminal with npm run demo',
    );
  }
  return url.startsWith('mysql:') ? runInMysql(url, sql) : runInPostgres(url, sql);
}

const GONE = 'the demo does not run any more: start it in another terminal with npm run demo';

async function runInPostgres(url: string, sql: string): Promise<readonly StatementResult[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch {
    await client.end().catch(() => undefined);
    throw new DemoError('DEMO_NOT_RUNNING', GONE);
  }
  try {
    const result = await client.query(sql);
    const results = Array.isArray(result) ? result : [result];
    return results.map(({ command, rowCount, rows }) => ({
      summary: `${command}${rowCount === null ? '' : ` ${rowCount}`}`,
      rows,
    }));
  } finally {
    await client.end();
  }
}

async function runInMysql(url: string, sql: string): Promise<readonly StatementResult[]> {
  const { connectMysql } = await import('./mysql/client.js');
  const client = await connectMysql(url).catch(() => {
    throw new DemoError('DEMO_NOT_RUNNING', GONE);
  });
  try {
    const rows = await client.run(sql);
    return [{ summary: rows.length === 0 ? 'done' : `${rows.length} rows`, rows }];
  } finally {
    await client.end();
  }
}
