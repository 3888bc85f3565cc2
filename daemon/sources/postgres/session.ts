import { Socket } from 'node:net';
import { Client, type ClientConfig, Query, type QueryArrayConfig, type QueryArrayResult } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Endpoint } from '../relational/endpoint.js';
import type { Connection } from '../relational/lane.js';
import { tlsOf } from '../relational/tls.js';
import type { PostgresConfig } from './config.js';

/** Rows of one statement: every value as the text the server sent. */
export type Rows = readonly (readonly (string | null)[])[];

/** One connection for reading. Every call has a time limit of its own; when it passes, the connection is destroyed. */
export interface Session extends Connection {
  /** `server_version_num`, e.g. 180004. */
  readonly serverVersion: number;
  /** `server_encoding`, e.g. `UTF8`. */
  readonly encoding: string;
  /** Runs statements in one round trip and returns the rows of each. */
  run(sql: string, timeoutMs: number): Promise<readonly Rows[]>;
  /**
   * The same where some of the statements are a `COPY … TO STDOUT`, whose rows are handed over one at a time as they come, each with the place of its
   * statement. Nobody can make them wait. What `onRow` throws is rejected with in the end.
   */
  runCopying(
    sql: string,
    timeoutMs: number,
    onRow: (line: Buffer, statement: number) => void,
  ): Promise<readonly Rows[]>;
  /**
   * Runs a `COPY … TO STDOUT` and hands over the bytes as they come. They are read to the end whatever `onChunk` does, since what is
   * left unread would block the connection; `onChunk` may return a promise to be waited for.
   */
  copy(sql: string, timeoutMs: number, onChunk: (chunk: Buffer) => Promise<void> | undefined): Promise<void>;
}

/** A session whose statements may carry values apart from their text. */
export interface BoundSession extends Session {
  /** Runs one statement with values for `$1` and so on. `count`: rows returned or changed. */
  runBound(
    sql: string,
    values: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly rows: Rows; readonly count: number }>;
}

/** How long a polite end may take before the socket is destroyed. */
const GOODBYE_MS = 1000;

/** Settings of pg for one connection; for each anew, see `tlsOf`. */
export function clientConfig(endpoint: Endpoint, config: PostgresConfig): ClientConfig {
  return {
    host: endpoint.host,
    port: endpoint.port,
    user: endpoint.user,
    // A function, so that neither PGPASSWORD nor a password file of this machine takes an empty one's place.
    password: () => endpoint.password ?? '',
    database: endpoint.database,
    ssl: tlsOf(endpoint, config),
    application_name: 'tillwarden',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: config.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Text is never interpreted: pg's own parsers collide beyond 2^53 and on microseconds.
    types: { getTypeParser: () => (text: string | Buffer) => text },
  };
}

/** Connects. Rejects with what pg or the network said. */
export async function openSession(
  config: ClientConfig,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<BoundSession> {
  const session = new PostgresSession(config, signal);
  try {
    await session.connect(timeoutMs, signal);
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

class PostgresSession implements BoundSession {
  // A socket of our own: only destroying it ends a connection that no longer answers.
  readonly #socket = new Socket();
  readonly #client: Client;
  readonly #destroy = () => this.destroy();
  #serverVersion = Number.NaN;
  #encoding = '';
  #lost = false;
  #busy = 0;

  constructor(config: ClientConfig, signal: AbortSignal) {
    this.#client = new Client({ ...config, stream: () => this.#socket });
    const lose = (): void => {
      this.#lost = true;
    };
    // Without a listener a connection lost while idle would end the process.
    this.#client.on('error', lose);
    this.#client.on('end', lose);
    signal.addEventListener('abort', this.#destroy, { once: true });
    this.#client.on('end', () => signal.removeEventListener('abort', this.#destroy));
  }

  get serverVersion(): number {
    return this.#serverVersion;
  }

  get encoding(): string {
    return this.#encoding;
  }

  get lost(): boolean {
    return this.#lost;
  }

  async connect(timeoutMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#within(timeoutMs, () => this.#client.connect());
    // How our own literals and names are read must not depend on what an owner bound to our role.
    const [, , version, encoding] = await this.run(
      // A time limit for idle sessions would end ours between two reads; servers before 14 have none.
      `SET standard_conforming_strings = on; SET search_path = pg_catalog, pg_temp; SHOW server_version_num; SHOW server_encoding;
        SELECT set_config('idle_session_timeout', '0', false) WHERE current_setting('idle_session_timeout', true) IS NOT NULL`,
      timeoutMs,
    );
    this.#serverVersion = Number(version?.[0]?.[0]);
    this.#encoding = encoding?.[0]?.[0] ?? '';
  }

  run(sql: string, timeoutMs: number): Promise<Rows[]> {
    return this.#within(timeoutMs, async () =>
      rowsOf(await this.#client.query<Row>({ text: sql, rowMode: 'array' })),
    );
  }

  runBound(sql: string, values: readonly string[], timeoutMs: number): ReturnType<BoundSession['runBound']> {
    return this.#within(timeoutMs, async () => {
      const { rows, rowCount } = await this.#client.query<Row>({
        text: sql,
        values: [...values],
        rowMode: 'array',
      });
      return { rows, count: rowCount ?? 0 };
    });
  }

  runCopying(
    sql: string,
    timeoutMs: number,
    onRow: (line: Buffer, statement: number) => void,
  ): Promise<Rows[]> {
    return this.#within(timeoutMs, () => {
      const query = new CopyingQuery(sql, onRow);
      this.#client.query(query);
      return query.answered;
    });
  }

  copy(sql: string, timeoutMs: number, onChunk: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
    return this.#within(timeoutMs, async () => {
      let failure: { readonly error: unknown } | undefined;
      for await (const chunk of this.#client.query(copyTo(sql))) {
        try {
          const pause = failure ? undefined : onChunk(chunk);
          if (pause) await pause;
        } catch (error) {
          failure = { error };
        }
      }
      if (failure) throw failure.error;
    });
  }

  destroy(): void {
    this.#lost = true;
    if (this.#busy > 0) {
      this.#socket.destroy();
      return;
    }
    this.#client.end().catch(() => undefined);
    setTimeout(() => this.#socket.destroy(), GOODBYE_MS).unref();
  }

  async #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(this.#destroy, ms);
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
      clearTimeout(timer);
    }
  }
}

/** The part of pg's own query that its types leave out. */
const PgQuery = Query as unknown as new (
  ...args: ConstructorParameters<typeof Query<Row>>
) => Query<Row> & { handleCommandComplete(message: unknown, connection: unknown): void };

/** Statements of which some are a COPY. pg hands such rows to the query that is under way. */
class CopyingQuery extends PgQuery {
  readonly answered: Promise<Rows[]>;
  readonly #onRow: (line: Buffer, statement: number) => void;
  #completed = 0;
  #thrown: { readonly error: unknown } | null = null;

  constructor(text: string, onRow: (line: Buffer, statement: number) => void) {
    type Settle = (
      error: Error | undefined,
      results: QueryArrayResult<Row> | QueryArrayResult<Row>[],
    ) => void;
    let settle: Settle;
    const answered: Settle = (error, results) => settle(error, results);
    super({ text, rowMode: 'array' } as QueryArrayConfig, answered);
    this.#onRow = onRow;
    this.answered = new Promise((resolve, reject) => {
      settle = (error, results) => {
        if (error || this.#thrown !== null) reject(error ?? this.#thrown?.error);
        else resolve(rowsOf(results));
      };
    });
  }

  /** Called by pg. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.#thrown !== null) return;
    try {
      this.#onRow(chunk, this.#completed);
    } catch (error) {
      this.#thrown = { error };
    }
  }

  /** Called by pg. */
  override handleCommandComplete(message: unknown, connection: unknown): void {
    this.#completed++;
    super.handleCommandComplete(message, connection);
  }
}

type Row = (string | null)[];

/** pg gives one result for one statement and several for several, whatever its types say. */
function rowsOf(results: QueryArrayResult<Row> | QueryArrayResult<Row>[]): Rows[] {
  return (Array.isArray(results) ? results : [results]).map(({ rows }) => rows);
}
