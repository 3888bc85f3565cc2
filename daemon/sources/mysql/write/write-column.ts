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
import { atPlace } from '../../relational/failure.js';
import { SourceError } from '../../source.js';
import { type MysqlConfig, mysqlConfig } from '../config.js';
import { errorNumber, explainMysqlError } from '../failure.js';
import { OUR_SCHEMA, proceduresFor } from '../names.js';
import { openPinnedSession, type PinnedSession } from '../pinned-session.js';
import { backtick, backtickTable, parseTableName, qualifiedName, type TableName } from '../quote.js';
import { dictionaryName, type SensorRow, sensorRows } from '../sensor/rows.js';
import { blindness } from '../sensor/sight.js';
import type { ResultRows } from '../session.js';
import { MYSQL_URL } from '../url.js';
import { excessOfAccount, writtenColumnsQuery } from './account.js';

/** Sets a column of a table of MySQL or MariaDB. */
export const mysqlWriter: ColumnWriter = {
  write: (settings, write, { rows, isRehearsal }) =>
    connected(settings, write, async (way) => {
      const prepared = await prepare(way);
      if ('result' in prepared) return prepared;
      return isRehearsal ? await rehearse(prepared, rows) : await change(prepared, rows);
    }),
  examine: async (settings, write) => {
    const found = await connected(settings, write, prepare);
    return 'result' in found && found.result === 'not-done' ? found : null;
  },
};

/** An open connection, and what is to be written over it. */
interface Way {
  readonly ask: (sql: string) => Promise<ResultRows>;
  readonly session: PinnedSession;
  readonly table: TableName;
  readonly write: ColumnWrite;
  readonly settings: WriterSettings;
}

/** The same once the table was looked at. */
interface PreparedWay extends Way {
  /** Types of the columns that are named. */
  readonly types: ReadonlyMap<string, string>;
}

async function connected<T>(
  settings: WriterSettings,
  write: ColumnWrite,
  work: (way: Way) => Promise<T>,
): Promise<T | WriteOutcome> {
  const table = parseTableName(write.table);
  if (table === null) return notDone('not-writable', `${write.table} is no name of a table (database.table)`);
  const config = configOf(settings);
  let session: PinnedSession | null = null;
  try {
    const place = endpointOf(MYSQL_URL, config);
    try {
      const opened = await openPinnedSession(place, config, AbortSignal.timeout(settings.timeoutMs));
      session = opened;
      const ask = async (sql: string) => (await opened.run(sql, settings.timeoutMs))[0]?.rows ?? [];
      return await work({ ask, session, table, write, settings });
    } catch (error) {
      if (error instanceof SourceError) throw error;
      return notDone('server', atPlace(place, explainMysqlError(error)).detail);
    }
  } catch (error) {
    if (error instanceof SourceError) return notDone('server', error.message);
    throw error;
  } finally {
    // What was begun and not committed is rolled back by the server.
    session?.destroy();
  }
}

function configOf(settings: WriterSettings): MysqlConfig {
  const { name, url, tlsCaFile, allowUnverifiedTls, timeoutMs, lockTimeoutMs } = settings;
  return mysqlConfig.parse({
    ...{ kind: 'mysql', name: name.slice(0, 55), url, allowUnverifiedTls },
    ...(tlsCaFile === undefined ? {} : { tlsCaFile }),
    ...{ connectTimeoutMs: Math.min(timeoutMs, 60_000), transactionTimeoutMs: timeoutMs, lockTimeoutMs },
  });
}

/** Looks at the account, begins, holds the table as it is, and looks at it. */
async function prepare(way: Way): Promise<PreparedWay | WriteOutcome> {
  const { ask, session, table, write, settings } = way;
  const excess = await excessOfAccount(session, table, write, settings.timeoutMs);
  if (excess.length > 0) return notDone('role-may-more', `the account ${excess.join('; ')}`);
  const seconds = Math.max(1, Math.ceil(settings.lockTimeoutMs / 1000));
  // A value that does not fit its column is an error, and no row is changed.
  await ask(
    `SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION innodb_lock_wait_timeout = ${seconds}, SESSION foreign_key_checks = 1`,
  );
  await ask('START TRANSACTION READ WRITE');
  const named = [write.column, ...write.where].map(backtick).join(', ');
  // Holds the table's definition until the end: nobody can add a trigger meanwhile.
  await ask(`SELECT ${named} FROM ${backtickTable(table)} LIMIT 0`);
  const told: ResultRows[] = [];
  for (const name of proceduresFor(session.version)) told.push(await ask(`CALL ${OUR_SCHEMA}.${name}()`));
  const seen = sensorRows(told.flat(), []);
  const blind = blindness(seen);
  if (blind !== null)
    return notDone('foreign-code', `nobody can see what runs when ${write.table} is written: ${blind}`);
  const foreign = foreignCode(seen, table, write);
  if (foreign !== null) return notDone('foreign-code', `${write.table} has ${foreign}`);
  const types = typesOf(await ask(writtenColumnsQuery(table, write)), table, write);
  return typeof types === 'string' ? notDone('not-writable', `${write.table} ${types}`) : { ...way, types };
}

/** ON UPDATE CASCADE and ON UPDATE SET NULL, as InnoDB's own catalog has them. */
const CARRIES_ON = 4 | 8;

function foreignCode(
  seen: readonly SensorRow[],
  { schema, name }: TableName,
  write: ColumnWrite,
): string | null {
  const begins = `${qualifiedName([schema, name])}.`.toLowerCase();
  // We install none on tables of others: any is somebody else's.
  const triggers = seen.filter(
    ([object, identity]) => object === 'trigger' && identity.toLowerCase().startsWith(begins),
  );
  if (triggers.length > 0) return `a trigger (${triggers.length})`;
  const file = dictionaryName(write.table)?.toLowerCase();
  const carries = seen.some(([object, , definition]) => {
    if (object !== 'foreign-key') return false;
    const { references, actions, columns } = JSON.parse(definition) as Readonly<
      Record<string, string | undefined>
    >;
    const isOfColumn = (columns ?? '')
      .toLowerCase()
      .split(', ')
      .some((one) => one.endsWith(` > ${write.column.toLowerCase()}`));
    return references?.toLowerCase() === file && isOfColumn && (Number(actions) & CARRIES_ON) !== 0;
  });
  return carries ? 'a foreign key that carries the change into another table' : null;
}

/** Types whose text says all of a value. */
const PLAIN = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'bit', 'char', 'varchar', 'enum'];

function typesOf(
  rows: ResultRows,
  { name }: TableName,
  write: ColumnWrite,
): ReadonlyMap<string, string> | string {
  const [table, ...columns] = rows.filter((row) => row[3] === name);
  if (table?.[0] !== 'BASE TABLE' || table[1] !== 'InnoDB') return 'is no plain table of InnoDB';
  const types = new Map(columns.map(([column, type]) => [column ?? '', type ?? '']));
  const lacking = [write.column, ...write.where].filter((one) => !PLAIN.includes(types.get(one) ?? ''));
  if (lacking.length > 0) return 'lacks a column that is named, or it has a type whose text does not say all';
  return columns.some(([column, , computed]) => column === write.column && computed !== '')
    ? 'computes the column that is to be set'
    : types;
}

/** The bytes of a value's text, for which no collation takes one letter for another. */
function textOf(column: string, types: ReadonlyMap<string, string>): string {
  const value = types.get(column) === 'bit' ? `CAST(${backtick(column)} AS UNSIGNED)` : backtick(column);
  return `CAST(CONVERT(${value} USING utf8mb4) AS BINARY)`;
}

/**
 * Prepares a statement and runs it with values, which travel as hex and arrive as variables: no part of the statement holds one. `sql` has `?` for each.
 */
async function runBound({ ask }: Way, sql: string, values: readonly string[]): Promise<ResultRows> {
  const names = values.map((_, i) => `@tillwarden_${i}`);
  for (const [i, value] of values.entries())
    await ask(`SET ${names[i]} = X'${Buffer.from(value, 'utf8').toString('hex')}'`);
  await ask(`PREPARE tillwarden_write FROM ${`'${sql.replaceAll("'", "''")}'`}`);
  return await ask(`EXECUTE tillwarden_write${names.length === 0 ? '' : ` USING ${names.join(', ')}`}`);
}

function conditionOf(
  { types }: PreparedWay,
  rows: WrittenRows,
): { readonly sql: string; readonly values: string[] } {
  const any = rows.map((all) => `(${all.map(({ column }) => `${textOf(column, types)} = ?`).join(' AND ')})`);
  return { sql: `(${any.join(' OR ')})`, values: rows.flat().map(({ value }) => value) };
}

/** How many rows would change, up to one more than may; null: there is none at all. */
async function countOf(way: PreparedWay, rows: WrittenRows): Promise<number | null> {
  const { table, write, types } = way;
  const { sql, values } = conditionOf(way, rows);
  const from = `FROM ${backtickTable(table)} WHERE ${sql}`;
  const [found] = await runBound(
    way,
    `SELECT (SELECT COUNT(*) FROM (SELECT 1 ${from} LIMIT 1) a), (SELECT COUNT(*) FROM (SELECT 1 ${from} AND NOT (${textOf(write.column, types)} <=> ?) LIMIT ${write.mostRows + 1}) b)`,
    [...values, ...values, write.value],
  );
  const [matched, changing] = found ?? [];
  return matched === '0' ? null : Number(changing);
}

async function rehearse(way: PreparedWay, rows: WrittenRows): Promise<WriteOutcome> {
  const count = await countOf(way, rows);
  await way.ask('ROLLBACK');
  return refusalByCount(count, way.write) ?? { result: 'done', rows: count ?? 0 };
}

async function change(way: PreparedWay, rows: WrittenRows): Promise<WriteOutcome> {
  const { ask, table, write, types } = way;
  const refused = refusalByCount(await countOf(way, rows), write);
  if (refused !== null) return refused;
  const { sql, values } = conditionOf(way, rows);
  const column = backtick(write.column);
  const value =
    types.get(write.column) === 'bit'
      ? 'CAST(CONVERT(? USING utf8mb4) AS UNSIGNED)'
      : 'CONVERT(? USING utf8mb4)';
  await runBound(
    way,
    `UPDATE ${backtickTable(table)} SET ${column} = ${value} WHERE ${sql} AND NOT (${textOf(write.column, types)} <=> ?)`,
    [write.value, ...values, write.value],
  );
  const [counted] = await ask('SELECT ROW_COUNT()');
  const count = Number(counted?.[0]);
  // Whoever wrote between the two statements may have made it more.
  if (!(count >= 0 && count <= write.mostRows)) {
    await ask('ROLLBACK');
    return notDone('too-many-rows', `more than ${write.mostRows} rows of ${write.table} would change`);
  }
  try {
    await ask('COMMIT');
  } catch (error) {
    const { cause, detail } = explainMysqlError(error);
    // Only where the server itself said no was it rolled back.
    const isKnown = errorNumber(error) !== null && cause !== 'unreachable';
    return isKnown ? notDone('server', detail) : { result: 'failed', because: 'commit' };
  }
  return await verified(way, rows, count);
}

/** Reads again what was written, in a transaction of its own. */
async function verified(way: PreparedWay, rows: WrittenRows, count: number): Promise<WriteOutcome> {
  try {
    await way.ask('START TRANSACTION READ ONLY');
    return (await countOf(way, rows)) === 0
      ? { result: 'done', rows: count }
      : { result: 'failed', because: 'reread' };
  } catch {
    return { result: 'failed', because: 'reread' };
  }
}
