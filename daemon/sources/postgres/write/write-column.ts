import {
  type ColumnWrite,
  type ColumnWriter,
  notDone,
  refusalByCount,
  type WriteOutcome,
  type WriterSettings,
  type WrittenRows,
} from '../../column-write.js';
import { endpointOf } from '../../relational/endpoint.js';
import { atPlace, printableCode } from '../../relational/failure.js';
import { SourceError } from '../../source.js';
import { type PostgresConfig, postgresConfig } from '../config.js';
import { explainFailure } from '../failure.js';
import { parseRelation, quoteIdentifier, quoteLiteral, quoteRelation, type Relation } from '../quote.js';
import { type BoundSession, clientConfig, openSession } from '../session.js';
import { IS_OUR_TRIGGER } from '../sql-triggers.js';
import { POSTGRES_URL } from '../url.js';
import { excessOfRole, hindrance, writtenTableQuery } from './account.js';

/** Sets a column of a table of PostgreSQL. */
export const postgresWriter: ColumnWriter = {
  write: (settings, write, { rows, isRehearsal }) =>
    connected(settings, write, async (way) => {
      const refused = await prepare(way);
      return refused ?? (isRehearsal ? await rehearse(way, rows) : await change(way, rows));
    }),
  examine: async (settings, write) => {
    const found = await connected(settings, write, prepare);
    return found?.result === 'not-done' ? found : null;
  },
};

/** An open connection, and what is to be written over it. */
interface Way {
  readonly session: BoundSession;
  readonly relation: Relation;
  readonly write: ColumnWrite;
  readonly settings: WriterSettings;
}

async function connected<T>(
  settings: WriterSettings,
  write: ColumnWrite,
  work: (way: Way) => Promise<T>,
): Promise<T | WriteOutcome> {
  const relation = parseRelation(write.table);
  if (relation === null)
    return notDone('not-writable', `${write.table} is no name of a table (schema.table)`);
  let config: PostgresConfig;
  try {
    config = configOf(settings);
  } catch (error) {
    if (error instanceof SourceError) return notDone('server', error.message);
    throw error;
  }
  const place = endpointOf(POSTGRES_URL, config);
  let session: BoundSession | null = null;
  try {
    const signal = AbortSignal.timeout(settings.timeoutMs);
    session = await openSession(clientConfig(place, config), config.connectTimeoutMs, signal);
    return await work({ session, relation, write, settings });
  } catch (error) {
    if (error instanceof SourceError) return notDone('server', error.message);
    return notDone('server', atPlace(place, explainFailure(error)).detail);
  } finally {
    // What was begun and not committed is rolled back by the server.
    session?.destroy();
  }
}

/** With our defaults; throws `SourceError` for a URL that cannot be used. */
function configOf({ name, url, tlsCaFile, allowUnverifiedTls, timeoutMs }: WriterSettings): PostgresConfig {
  const config = postgresConfig.parse({
    ...{ kind: 'postgres', name: name.slice(0, 55), url, allowUnverifiedTls },
    ...(tlsCaFile === undefined ? {} : { tlsCaFile }),
    connectTimeoutMs: Math.min(timeoutMs, 60_000),
  });
  endpointOf(POSTGRES_URL, config);
  return config;
}

/** Looks at the account, begins, takes the lock of a write, and looks at the table. Null: it may be written. */
async function prepare(way: Way): Promise<WriteOutcome | null> {
  const { session, relation, write, settings } = way;
  const { timeoutMs } = settings;
  const excess = await excessOfRole(session, relation, write, timeoutMs);
  if (excess.length > 0) return notDone('role-may-more', `the role ${excess.join('; ')}`);
  await session.run(begin(settings), timeoutMs);
  const before = await look(way);
  if (before !== null) return before;
  // Planned and not run, hence without a trigger. From here until the end nobody can add one or change the table, so what is seen now stays so.
  const set = `${quoteIdentifier(write.column)} = ${quoteLiteral(write.value)}`;
  await session.run(`EXPLAIN UPDATE ONLY ${quoteRelation(relation)} SET ${set} WHERE false`, timeoutMs);
  return await look(way);
}

async function look({ session, relation, write, settings }: Way): Promise<WriteOutcome | null> {
  const [table = []] = await session.run(
    writtenTableQuery(relation, write, IS_OUR_TRIGGER),
    settings.timeoutMs,
  );
  const found = hindrance(table, write);
  return found === null ? null : notDone(found.because, found.detail);
}

/** Hidden rows are an error, names and operators mean the server's own, and nothing waits for ever. */
function begin({ timeoutMs, lockTimeoutMs }: WriterSettings): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL row_security = off;
    SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL statement_timeout = ${timeoutMs};
    SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'`;
}

/** What is written, as one condition with its values apart. `$1` is the value that is set. */
function conditionOf(
  { value }: ColumnWrite,
  rows: WrittenRows,
): { readonly sql: string; readonly values: string[] } {
  const values = [value];
  const any = rows.map((all) => {
    const each = all.map((one) => {
      values.push(one.value);
      return `${quoteIdentifier(one.column)} OPERATOR(pg_catalog.=) $${values.length}`;
    });
    return `(${each.join(' AND ')})`;
  });
  return { sql: `(${any.join(' OR ')})`, values };
}

/** How many rows would change, up to one more than may; null: there is none at all. */
async function countOf(
  { session, relation, write, settings }: Way,
  rows: WrittenRows,
): Promise<number | null> {
  const { sql, values } = conditionOf(write, rows);
  const from = `FROM ONLY ${quoteRelation(relation)} WHERE ${sql}`;
  const differs = `${quoteIdentifier(write.column)} IS DISTINCT FROM $1`;
  const { rows: found } = await session.runBound(
    `SELECT (SELECT count(*) FROM (SELECT 1 ${from} LIMIT 1) a), (SELECT count(*) FROM (SELECT 1 ${from} AND ${differs} LIMIT ${write.mostRows + 1}) b)`,
    values,
    settings.timeoutMs,
  );
  const [matched, changing] = found[0] ?? [];
  return matched === '0' ? null : Number(changing);
}

async function rehearse(way: Way, rows: WrittenRows): Promise<WriteOutcome> {
  const count = await countOf(way, rows);
  await way.session.run('ROLLBACK', way.settings.timeoutMs);
  return refusalByCount(count, way.write) ?? { result: 'done', rows: count ?? 0 };
}

async function change(way: Way, rows: WrittenRows): Promise<WriteOutcome> {
  const { session, relation, write, settings } = way;
  const refused = refusalByCount(await countOf(way, rows), write);
  if (refused !== null) return refused;
  const { sql, values } = conditionOf(write, rows);
  const column = quoteIdentifier(write.column);
  const { count } = await session.runBound(
    `UPDATE ONLY ${quoteRelation(relation)} SET ${column} = $1 WHERE ${sql} AND ${column} IS DISTINCT FROM $${values.length + 1}`,
    [...values, write.value],
    settings.timeoutMs,
  );
  // Whoever wrote between the two statements may have made it more.
  if (count > write.mostRows) {
    await session.run('ROLLBACK', settings.timeoutMs);
    return notDone('too-many-rows', `more than ${write.mostRows} rows of ${write.table} would change`);
  }
  try {
    await session.run('COMMIT', settings.timeoutMs);
  } catch (error) {
    const { cause, detail } = explainFailure(error);
    // Only where the server itself said no was it rolled back.
    const isKnown = printableCode(error) !== null && cause !== 'unreachable';
    return isKnown ? notDone('server', detail) : { result: 'failed', because: 'commit' };
  }
  return await verified(way, rows, count);
}

/** Reads again what was written, in a transaction of its own. */
async function verified(way: Way, rows: WrittenRows, count: number): Promise<WriteOutcome> {
  try {
    await way.session.run(begin(way.settings), way.settings.timeoutMs);
    return (await countOf(way, rows)) === 0
      ? { result: 'done', rows: count }
      : { result: 'failed', because: 'reread' };
  } catch {
    return { result: 'failed', because: 'reread' };
  }
}
