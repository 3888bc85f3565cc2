import { endpointOf } from '../relational/endpoint.js';
import { atPlace } from '../relational/failure.js';
import { SURVEY_LIMITS, surveyProblem, surveyRefused } from '../relational/survey/open-survey.js';
import {
  type CatalogColumn,
  type CatalogTable,
  JSON_BYTES,
  JSON_VALUES,
  MAX_TABLES,
  readableColumns,
  SAMPLE_CHARACTERS,
  SAMPLE_ROWS,
  type SurveyedDatabase,
  surveyDatabase,
} from '../relational/survey/survey.js';
import { SourceError } from '../source.js';
import type { ColumnType, Survey, SurveyRequest } from '../survey.js';
import { type MysqlConfig, mysqlConfig } from './config.js';
import { explainMysqlError } from './failure.js';
import { openPinnedSession, type PinnedSession } from './pinned-session.js';
import { backtick, backtickTable, isMysqlName, parseTableName, qualifiedName, sqlString } from './quote.js';
import type { ServerVersion } from './server.js';
import type { ResultRows } from './session.js';
import { BEGIN } from './settings.js';
import { MYSQL_URL } from './url.js';

/** Looks at the database that the URL names, as `Surveyor.survey` promises. Reading a table of InnoDB runs nobody's code. */
export async function surveyMysql(request: SurveyRequest): Promise<Survey> {
  const { url, tlsCaFile, allowUnverifiedTls } = request;
  const tls = tlsCaFile === undefined ? {} : { tlsCaFile };
  const config = mysqlConfig.parse({
    ...{ kind: 'mysql', name: 'discover', url, allowUnverifiedTls },
    ...tls,
    ...SURVEY_LIMITS,
  });
  const place = endpointOf(MYSQL_URL, config);
  const open = () => openPinnedSession(place, config, new AbortController().signal);
  try {
    return await surveyDatabase(new MysqlSurvey(await open(), config, place.database, open), request);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw surveyRefused(atPlace(place, explainMysqlError(error)));
  }
}

class MysqlSurvey implements SurveyedDatabase {
  readonly kind = 'mysql';
  #session: PinnedSession;

  constructor(
    session: PinnedSession,
    private readonly config: MysqlConfig,
    readonly database: string,
    private readonly open: () => Promise<PinnedSession>,
  ) {
    this.#session = session;
  }

  async tables() {
    const schema = sqlString(this.database);
    const tables =
      await this.read(`SELECT CONVERT(TABLE_NAME USING utf8mb4), CONVERT(ENGINE USING utf8mb4), CAST(TABLE_ROWS AS CHAR)
      FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${schema} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
      ORDER BY TABLE_NAME LIMIT ${MAX_CATALOG_ROWS}`);
    const columns = grouped(
      await this.read(`SELECT CONVERT(TABLE_NAME USING utf8mb4), CONVERT(COLUMN_NAME USING utf8mb4), CONVERT(DATA_TYPE USING utf8mb4),
      CONVERT(IS_NULLABLE USING utf8mb4), CONVERT(COLUMN_TYPE USING utf8mb4)
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${schema} ORDER BY TABLE_NAME, ORDINAL_POSITION LIMIT ${MAX_CATALOG_ROWS}`),
    );
    const indexes = grouped(
      await this.read(`SELECT CONVERT(TABLE_NAME USING utf8mb4), CONVERT(INDEX_NAME USING utf8mb4), CONVERT(COLUMN_NAME USING utf8mb4),
      CAST(SUB_PART AS CHAR), CONVERT(NULLABLE USING utf8mb4) FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = ${schema} AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX LIMIT ${MAX_CATALOG_ROWS}`),
    );
    const looked = tables.slice(0, MAX_TABLES).map((row) => {
      const name = row[0] ?? '';
      const isRead = isGrantable(this.#session.version);
      const own = (columns.get(name) ?? []).map((column) => columnOf(column, isRead));
      return tableOf(this.database, row, own, indexes.get(name) ?? []);
    });
    return { tables: looked, beyond: tables.length - looked.length };
  }

  async sample(table: CatalogTable) {
    const columns = readableColumns(table).map((column) => textOf(column, SAMPLE_CHARACTERS));
    if (columns.length === 0) return [];
    return this.read(
      `SELECT SQL_NO_CACHE ${columns.join(', ')} FROM ${relationOf(table)}${orderOf(table)} LIMIT ${SAMPLE_ROWS}`,
    );
  }

  async jsonValues(table: CatalogTable, column: string) {
    const found = table.columns.find(({ name }) => name === column);
    if (found === undefined) return [];
    const rows = await this.read(
      `SELECT SQL_NO_CACHE ${textOf(found, JSON_BYTES)} FROM ${relationOf(table)} WHERE OCTET_LENGTH(${backtick(column)}) <= ${JSON_BYTES}` +
        `${orderOf(table)} LIMIT ${JSON_VALUES}`,
    );
    return rows.flatMap(([value]) => value ?? []);
  }

  problemOf(error: unknown) {
    return surveyProblem(explainMysqlError(error));
  }

  close(): void {
    this.#session.destroy();
  }

  /** The rows of one statement, in a transaction of its own that can only read. */
  private async read(sql: string): Promise<ResultRows> {
    if (this.#session.lost) this.#session = await this.open();
    const session = this.#session;
    const limitMs = this.config.transactionTimeoutMs + 1000;
    await session.run(BEGIN, limitMs);
    try {
      return (await session.run(sql, limitMs))[0]?.rows ?? [];
    } finally {
      if (!session.lost) await session.run('COMMIT', limitMs).catch(() => session.destroy());
    }
  }
}

const MAX_CATALOG_ROWS = 200_000;

function grouped(rows: ResultRows): Map<string, ResultRows[number][]> {
  const groups = new Map<string, ResultRows[number][]>();
  for (const row of rows) {
    const group = groups.get(row[0] ?? '');
    if (group) group.push(row);
    else groups.set(row[0] ?? '', [row]);
  }
  return groups;
}

function tableOf(
  schema: string,
  [name, engine, rows]: ResultRows[number],
  columns: readonly CatalogColumn[],
  indexes: readonly ResultRows[number][],
): CatalogTable {
  const isNamed = isMysqlName(name ?? '') && columns.every((column) => isMysqlName(column.name));
  return {
    table: qualifiedName([schema, name ?? '']),
    name: name ?? '',
    columns,
    keys: keysOf(indexes),
    rows: rows === null || rows === undefined ? null : Number(rows),
    // Somebody without any right on a table does not see its columns either.
    problem: engine !== 'InnoDB' || !isNamed ? 'not-a-table' : columns.length === 0 ? 'denied' : null,
  };
}

/** Unique indexes over whole columns without nulls, the primary one first, then those of the fewest columns. */
function keysOf(indexes: readonly ResultRows[number][]): string[][] {
  const keys = new Map<string, { columns: string[]; isKey: boolean }>();
  for (const [, index, column, part, nullable] of indexes) {
    const key = keys.get(index ?? '') ?? { columns: [], isKey: true };
    key.columns.push(column ?? '');
    key.isKey &&= column !== null && part === null && nullable !== 'YES';
    keys.set(index ?? '', key);
  }
  const rank = ([name, { columns }]: readonly [string, { columns: string[] }]) =>
    name === 'PRIMARY' ? 0 : columns.length;
  return [...keys]
    .filter(([, { isKey }]) => isKey)
    .sort((a, b) => rank(a) - rank(b))
    .map(([, { columns }]) => columns);
}

const TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ...['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set', 'inet4', 'inet6'].map(
    (name) => [name, 'text'] as const,
  ),
  ...['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year'].map(
    (name) => [name, 'number'] as const,
  ),
  ...['datetime', 'timestamp', 'date', 'time'].map((name) => [name, 'time'] as const),
  ...['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'].map(
    (name) => [name, 'bytes'] as const,
  ),
  ['bit', 'number'],
  ['json', 'json'],
  ['uuid', 'uuid'],
]);

/**
 * Whether a right on a column of this name can be told from others. MySQL before 8 writes such names into SHOW GRANTS as they are, so that one
 * with a quote or a bracket makes the line mean anything, and our account is refused for it.
 */
function isGrantable({ flavour, number }: ServerVersion): (name: string) => boolean {
  return (name) => flavour === 'mariadb' || number >= 80000 || !/[`'"(),]/.test(name);
}

function columnOf(row: ResultRows[number], isRead: (name: string) => boolean): CatalogColumn {
  const isBoolean = /^(?:bit|tinyint)\(1\)/.test(row[4] ?? '');
  return {
    name: row[1] ?? '',
    type: isBoolean ? 'boolean' : (TYPES.get(row[2] ?? '') ?? 'other'),
    isNullable: row[3] !== 'NO',
    isReadable: isRead(row[1] ?? ''),
  };
}

function relationOf({ table }: CatalogTable): string {
  const relation = parseTableName(table);
  if (relation === null) throw new RangeError('a table whose name cannot be written is not sampled');
  return backtickTable(relation);
}

/** The newest first. */
function orderOf({ keys }: CatalogTable): string {
  const key = keys[0];
  return key === undefined ? '' : ` ORDER BY ${key.map((name) => `${backtick(name)} DESC`).join(', ')}`;
}

/** A value as at most so many characters; bytes as hex, a BIT as a number. */
function textOf({ name, type }: CatalogColumn, characters: number): string {
  const value = backtick(name);
  if (type === 'bytes' || type === 'other') return `HEX(LEFT(${value}, ${characters / 2}))`;
  if (type === 'boolean') return `CAST(${value} + 0 AS CHAR)`;
  return `LEFT(CONVERT(${value} USING utf8mb4), ${characters})`;
}
