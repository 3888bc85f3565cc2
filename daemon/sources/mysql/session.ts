import { connect, type Socket } from 'node:net';
import mysql from 'mysql2';
import type { Endpoint } from '../relational/endpoint.js';
import type { Connection } from '../relational/lane.js';
import { type TlsSettings, tlsOf } from '../relational/tls.js';
import type { Field } from './column.js';
import type { MysqlConfig } from './config.js';
import { isMisbehaviour, misbehaviour } from './failure.js';
import { findValues, placesFor } from './packet.js';
import { catalogText } from './text.js';

/** ResultRows of one result: every value as text of the server's own catalogs. */
export type ResultRows = readonly (readonly (string | null)[])[];

/** One result of a statement: its columns by name, and its rows. */
export interface Result {
  readonly names: readonly string[];
  readonly rows: ResultRows;
}

/** Takes the rows of one result as they come. */
export interface RowSink {
  /** Takes one row: its bytes as the server sent them. When it throws, the connection is left. */
  row(buffer: Buffer, start: number, end: number): void;
  /** Asked after each row. A promise means: wait before the next. */
  pause(): Promise<void> | undefined;
}

/** One connection for reading. Every call has a time limit of its own; when it passes, the connection is destroyed. */
export interface MysqlSession extends Connection {
  /** Runs a statement, a call of a procedure included, and returns its results. */
  run(sql: string, timeoutMs: number): Promise<readonly Result[]>;
  /** The columns of a statement's result; its rows are dropped. */
  describe(sql: string, timeoutMs: number): Promise<readonly Field[]>;
  /** Runs a statement of one result and hands its rows over; `begin` is given the columns before the first of them. */
  stream(sql: string, timeoutMs: number, begin: (fields: readonly Field[]) => RowSink): Promise<void>;
  /** Has the server forget what the session has: settings, variables, temporary tables, roles that were left (COM_RESET_CONNECTION). */
  reset(timeoutMs: number): Promise<void>;
}

/** How long a polite end may take before the socket is destroyed. */
const GOODBYE_MS = 1000;
const KEEP_ALIVE_MS = 10_000;
/** Room for one row whose values are all within their limits, however small that of a whole collection is. */
const LARGEST_ROW_BYTES = 67_108_864;

/** Connects. Rejects with what mysql2 or the network said. */
export async function openDriverSession(
  endpoint: Endpoint,
  config: MysqlConfig,
  signal: AbortSignal,
): Promise<MysqlSession> {
  signal.throwIfAborted();
  const session = new DriverSession(endpoint, config, signal);
  try {
    await session.connect(config.connectTimeoutMs);
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** A packet as mysql2 hands it to a command; the buffer may be used again once the call returns. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
}

/**
 * The one part of mysql2 that is not public: a query calls its own method `row` for each packet of a result after its columns, and goes on with
 * the method that this returns. Ours takes the bytes as they are, where mysql2's would make values of them.
 */
interface DriverQuery {
  row(packet: Packet, connection: unknown): unknown;
}

class DriverSession implements MysqlSession {
  readonly #socket: Socket;
  readonly #connection: mysql.Connection;
  readonly #largestPacket: number;
  readonly #destroy = () => this.destroy();
  #lost = false;
  /** Bytes that came since a packet was last whole. */
  #unfinished = 0;
  /** Rejects what is being waited for; mysql2 leaves a command without an answer when its connection is destroyed. */
  readonly #pending = new Set<(error: Error) => void>();

  constructor(endpoint: Endpoint, config: MysqlConfig, signal: AbortSignal) {
    // A socket of our own: only destroying it ends a connection that no longer answers.
    this.#socket = openSocket(endpoint);
    this.#largestPacket = Math.max(config.maxCollectionBytes, LARGEST_ROW_BYTES);
    const tls = tlsOf(endpoint, config);
    this.#connection = mysql.createConnection({
      stream: this.#socket,
      host: endpoint.host,
      port: endpoint.port,
      user: endpoint.user,
      password: endpoint.password ?? '',
      connectTimeout: config.connectTimeoutMs,
      // A new object for each connection, so that no TLS session is resumed: that would pass over the certificate.
      ...(tls === false ? {} : { ssl: sslOf(tls) }),
      // A lying server may ask for a file of ours; found rows and ODBC change what the server answers.
      flags: ['-LOCAL_FILES', '-FOUND_ROWS', '-ODBC'],
      connectAttributes: { program_name: 'tillwarden' },
      // Names of columns are the watched system's: no code is made of them.
      disableEval: true,
      charset: 'UTF8MB4_BIN',
    });
    // Without a listener a connection lost while idle would end the process.
    this.#connection.on('error', (error) => this.#lose(error));
    this.#connection.on('end', () => this.#lose(new Error('the server ended the connection')));
    this.#socket.on('close', () => this.#lose(new Error('the connection broke')));
    // Packets out of order: what follows cannot be trusted to belong to our question.
    Reflect.apply(this.#connection.on, this.#connection, [
      'warn',
      () => this.#refuse(misbehaviour('the server sent packets out of order')),
    ]);
    this.#watchSize(this.#socket);
    signal.addEventListener('abort', this.#destroy, { once: true });
    this.#socket.on('close', () => signal.removeEventListener('abort', this.#destroy));
  }

  get lost(): boolean {
    return this.#lost;
  }

  connect(timeoutMs: number): Promise<void> {
    return this.#within(timeoutMs, async () => {
      await new Promise<void>((resolve, reject) => {
        this.#connection.connect((error) => (error ? reject(error) : resolve()));
      });
      if (this.#stream !== this.#socket) this.#watchSize(this.#stream);
    });
  }

  /** Where packets arrive: our socket, or the TLS that mysql2 put around it. */
  get #stream(): Socket {
    return (this.#connection as unknown as { readonly stream: Socket }).stream;
  }

  async run(sql: string, timeoutMs: number): Promise<readonly Result[]> {
    const results: { names: string[]; rows: (string | null)[][] }[] = [];
    let bytes = 0;
    await this.#query(sql, timeoutMs, (fields) => {
      const places = placesFor(fields.length);
      const rows: (string | null)[][] = [];
      results.push({ names: fields.map(({ name }) => name), rows });
      return (packet) => {
        bytes += packet.end - packet.offset;
        if (bytes > this.#largestPacket) throw tooLarge();
        findValues(packet.buffer, packet.offset, packet.end, places);
        rows.push(
          places.map(({ start, end }) => (start === -1 ? null : catalogText(packet.buffer, start, end))),
        );
      };
    });
    return results;
  }

  async describe(sql: string, timeoutMs: number): Promise<readonly Field[]> {
    let described: readonly Field[] = [];
    await this.#query(sql, timeoutMs, (fields) => {
      described = fields;
      return () => undefined;
    });
    return described;
  }

  stream(sql: string, timeoutMs: number, begin: (fields: readonly Field[]) => RowSink): Promise<void> {
    return this.#query(sql, timeoutMs, (fields) => {
      const sink = begin(fields);
      return ({ buffer, offset, end }) => {
        sink.row(buffer, offset, end);
        const pause = sink.pause();
        if (!pause) return;
        // Not mysql2's own pause, which would copy every packet of the chunk that is being parsed.
        const stream = this.#stream;
        stream.pause();
        void pause.then(() => stream.resume());
      };
    });
  }

  reset(timeoutMs: number): Promise<void> {
    return this.#within(
      timeoutMs,
      () =>
        new Promise((resolve, reject) => {
          this.#connection.reset((error) => (error ? reject(error) : resolve()));
        }),
    );
  }

  destroy(): void {
    const isIdle = this.#pending.size === 0;
    this.#lose(new Error('the connection was ended at its time limit'));
    if (isIdle) {
      this.#connection.end(() => undefined);
      setTimeout(() => this.#socket.destroy(), GOODBYE_MS).unref();
    } else this.#socket.destroy();
  }

  /** Runs a statement; `onFields` is called for each of its results, and what it returns for each row of that. */
  #query(
    sql: string,
    timeoutMs: number,
    onFields: (fields: readonly NamedField[]) => (packet: Packet) => void,
  ): Promise<void> {
    return this.#within(
      timeoutMs,
      () =>
        new Promise((resolve, reject) => {
          let onRow: (packet: Packet) => void = () => undefined;
          let failure: unknown;
          const command = this.#connection.query({ sql }, (error) => {
            const found = failure ?? error;
            if (found) reject(found);
            else resolve();
          });
          command.on('fields', (fields: readonly NamedField[] | undefined) => {
            if (fields === undefined) return;
            try {
              onRow = onFields(fields);
            } catch (error) {
              failure ??= error;
            }
          });
          const driver = command as unknown as DriverQuery;
          const whenDone = driver.row;
          driver.row = (packet, connection) => {
            this.#unfinished = 0;
            if (packet.isEOF()) return whenDone.call(driver, packet, connection);
            if (failure !== undefined) return driver.row;
            try {
              onRow(packet);
            } catch (error) {
              failure = error;
              this.#refuse(isMisbehaviour(error) ? error : malformed());
            }
            return driver.row;
          };
        }),
    );
  }

  /** Destroys the connection once a packet grows beyond what a whole collection may take. */
  #watchSize(stream: Socket): void {
    let last = 0;
    stream.on('data', (chunk: Buffer) => {
      // A row that was taken while this chunk was parsed has set the count to zero.
      this.#unfinished = this.#unfinished === last ? this.#unfinished + chunk.length : chunk.length;
      last = this.#unfinished;
      if (this.#unfinished > this.#largestPacket)
        this.#refuse(misbehaviour('the server sent a packet that is too large', 'too-large'));
    });
  }

  #refuse(error: Error): void {
    this.#lose(error);
    this.#socket.destroy();
  }

  #lose(error: Error): void {
    this.#lost = true;
    for (const reject of this.#pending) reject(error);
  }

  async #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    if (this.#lost) throw new Error('the connection was lost before');
    const timer = setTimeout(this.#destroy, ms);
    let give: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      give = reject;
    });
    this.#pending.add(give);
    this.#unfinished = 0;
    try {
      return await Promise.race([work(), lost]);
    } finally {
      this.#pending.delete(give);
      clearTimeout(timer);
    }
  }
}

type NamedField = Field & { readonly name: string };

function malformed(): Error {
  return misbehaviour('the server sent a row that its protocol does not allow');
}

function tooLarge(): Error {
  return misbehaviour('the server answered with more than we take', 'too-large');
}

function openSocket({ host, port }: Endpoint): Socket {
  if (host.startsWith('/')) return connect(host);
  const socket = connect({
    host,
    port,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    noDelay: true,
  });
  // Node checks a certificate against the name of the host or, for an address, against this; it sets it for names alone.
  return Object.assign(socket, { _host: host });
}

/** `verifyIdentity` is off unless it is said: then any certificate of the authority would do, whatever name it is for. */
function sslOf(tls: TlsSettings): mysql.SslOptions {
  const verifyIdentity = tls.rejectUnauthorized !== false && tls.checkServerIdentity === undefined;
  return {
    rejectUnauthorized: tls.rejectUnauthorized !== false,
    verifyIdentity,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
  };
}
