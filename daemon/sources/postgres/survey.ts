import { endpointOf } from '../relational/endpoint.js';
import { atPlace } from '../relational/failure.js';
import { SURVEY_LIMITS, surveyProblem, surveyRefused } from '../relational/survey/open-survey.js';
import {
  type CatalogTable,
  JSON_BYTES,
  JSON_VALUES,
  readableColumns,
  SAMPLE_CHARACTERS,
  SAMPLE_ROWS,
  type SurveyedDatabase,
  surveyDatabase,
} from '../relational/survey/survey.js';
import { SourceError } from '../source.js';
import type { Survey, SurveyRequest } from '../survey.js';
import { type PostgresConfig, postgresConfig } from './config.js';
import { explainFailure } from './failure.js';
import { parseRelation, quoteIdentifier, quoteRelation } from './quote.js';
import { clientConfig, openSession, type Rows, type Session } from './session.js';
import { beginReading } from './settings.js';
import { catalogQuery, catalogTables, dangerQuery } from './survey-catalog.js';
import { POSTGRES_URL } from './url.js';

/** Looks at a PostgreSQL database, as `Surveyor.survey` promises. */
export async function surveyPostgres(request: SurveyRequest): Promise<Survey> {
  const { url, tlsCaFile, allowUnverifiedTls, allowSuperuser } = request;
  const tls = tlsCaFile === undefined ? {} : { tlsCaFile };
  const config = postgresConfig.parse({
    ...{ kind: 'postgres', name: 'discover', url, allowUnverifiedTls },
    ...tls,
    ...SURVEY_LIMITS,
  });
  const place = endpointOf(POSTGRES_URL, config);
  const open = async (): Promise<Session> =>
    openSession(clientConfig(place, config), config.connectTimeoutMs, new AbortController().signal);
  try {
    const session = await open();
    const database = new PostgresSurvey(session, config, place.database, open);
    try {
      if (!allowSuperuser) await refuseSuperuser(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return await surveyDatabase(database, request);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw surveyRefused(atPlace(place, explainFailure(error)));
  }
}

/** Code of the watched system can run while a table is read: the planner evaluates what stands in expressions of indexes. */
async function refuseSuperuser(database: PostgresSurvey): Promise<void> {
  const [row] = await database.read(dangerQuery());
  if (row?.[0] !== 't') return;
  throw new SourceError(
    'SOURCE_SURVEY_SUPERUSER',
    'the URL names a role that is superuser, or may run programs or write files. Code in a database that was broken into could act with its rights while ' +
      'tables are read. Needed: the owner of the tables, or a role that may only read them; to look all the same: --allow-superuser',
  );
}

class PostgresSurvey implements SurveyedDatabase {
  readonly kind = 'postgres';
  #session: Session;

  constructor(
    session: Session,
    private readonly config: PostgresConfig,
    readonly database: string,
    private readonly open: () => Promise<Session>,
  ) {
    this.#session = session;
  }

  async tables() {
    return catalogTables(await this.read(catalogQuery()));
  }

  async sample(table: CatalogTable) {
    const columns = readableColumns(table).map(({ name }) => textOf(name, SAMPLE_CHARACTERS));
    if (columns.length === 0) return [];
    return this.read(
      `SELECT ${columns.join(', ')} FROM ${relationOf(table)}${orderOf(table)} LIMIT ${SAMPLE_ROWS}`,
    );
  }

  async jsonValues(table: CatalogTable, column: string) {
    const name = quoteIdentifier(column);
    const rows = await this.read(
      `SELECT ${textOf(column, JSON_BYTES)} FROM ${relationOf(table)} WHERE ${name} IS NOT NULL AND pg_catalog.pg_column_size(${name}) <= ${JSON_BYTES}` +
        `${orderOf(table)} LIMIT ${JSON_VALUES}`,
    );
    return rows.flatMap(([value]) => (value && value.length < JSON_BYTES ? [value] : []));
  }

  problemOf(error: unknown) {
    return surveyProblem(explainFailure(error));
  }

  close(): void {
    this.#session.destroy();
  }

  /** The rows of one statement, in a transaction of its own that can only read. */
  async read(sql: string): Promise<Rows> {
    if (this.#session.lost) this.#session = await this.open();
    const session = this.#session;
    const { serverVersion, encoding } = session;
    const begin = beginReading({ serverVersion, encoding, ...SURVEY_LIMITS });
    try {
      const results = await session.run(`${begin}; ${sql}; COMMIT`, this.config.transactionTimeoutMs + 1000);
      return results.at(-2) ?? [];
    } catch (error) {
      if (!session.lost)
        await session.run('ROLLBACK', this.config.connectTimeoutMs).catch(() => session.destroy());
      throw error;
    }
  }
}

function relationOf({ table }: CatalogTable): string {
  const relation = parseRelation(table);
  if (relation === null) throw new RangeError('a table whose name cannot be written is not sampled');
  return quoteRelation(relation);
}

/** The newest first. Only by built-in types, whose order no code of the watched system decides. */
function orderOf({ keys, columns }: CatalogTable): string {
  const key = keys[0];
  const isPlain = (name: string) =>
    columns.some((one) => one.name === name && one.isReadable && one.type !== 'other');
  return key?.every(isPlain)
    ? ` ORDER BY ${key.map((name) => `${quoteIdentifier(name)} DESC`).join(', ')}`
    : '';
}

/**
 * A value as at most so many characters. `concat` makes text by a type's own output function, never by a cast that the owner of an enum may
 * define; what is stored in more bytes than we look at is not unpacked.
 */
function textOf(column: string, characters: number): string {
  const name = quoteIdentifier(column);
  return `CASE WHEN ${name} IS NULL THEN NULL WHEN pg_catalog.pg_column_size(${name}) > ${JSON_BYTES} THEN ''
    ELSE pg_catalog."left"(pg_catalog.concat(${name}), ${characters}) END`;
}
