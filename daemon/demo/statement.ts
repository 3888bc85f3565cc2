import pg from 'pg';
import { DemoError } from './demo-error.js';

/** The outcome of one statement. */
export interface StatementResult {
  /** "UPDATE 1", or how many rows follow. */
  readonly summary: string;
  readonly rows: readonly unknown[];
}

/**
 * Runs statements in a demo's database as the owner of its tables. Throws `DEMO_NOT_RUNNING` when the database is gone, and `DEMO_STATEMENT` with
 * the server's own words when it refuses them: the person who typed the statement is who reads them.
 */
export function runStatement(url: string, sql: string): Promise<readonly StatementResult[]> {
  return url.startsWith('mysql:') ? runInMysql(url, sql) : runInPostgres(url, sql);
}

const GONE = 'the demo does not run any more: start it in another terminal with npm run demo';

async function runInPostgres(url: string, sql: string): Promise<readonly StatementResult[]> {
  const client = new pg.Client({ connectionString: url });
  // The loss of the connection shows as the query's rejection.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    await client.end().catch(() => undefined);
    throw new DemoError('DEMO_NOT_RUNNING', GONE);
  }
  try {
    const result = await client.query(sql).catch(refused);
    const results = Array.isArray(result) ? result : [result];
    return results.map(({ command, rowCount, rows }) => ({
      summary: `${command ?? 'nothing was run'}${rowCount === null ? '' : ` ${rowCount}`}`,
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
    const rows = await client.run(sql).catch(refused);
    return [{ summary: rows.length === 0 ? 'done' : `${rows.length} rows`, rows }];
  } finally {
    await client.end();
  }
}

/** On one line, and no control character: the statement may have come from anywhere. */
function refused(cause: unknown): never {
  const words = cause instanceof Error ? cause.message : String(cause);
  const line = words.replace(/[\s\p{C}]+/gu, ' ').slice(0, 500);
  throw new DemoError('DEMO_STATEMENT', `the database refuses the statement: ${line}`, { cause });
}
