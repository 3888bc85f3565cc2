import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Client, type ClientConfig } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { SourceError } from '../source.js';
import type { PostgresConfig } from './config.js';
import type { Endpoint } from './endpoint.js';

/** Rows of one statement: every value as the text the server sent. */
export type Rows = readonly (readonly (string | null)[])[];

/** One connection for reading. Every call has a time limit of its own; when it passes, the connection is destroyed. */
export interface Session {
  /** `server_version_num`, e.g. 180004. */
  readonly serverVersion: number;
  /** Whether the connection was lost or destroyed. It stays so. */
  readonly lost: boolean;
  /** Runs statements in one round trip and returns the rows of each. */
  run(sql: string, timeoutMs: number): Promise<readonly Rows[]>;
  /**
   * Runs a `COPY … TO STDOUT` and hands over the bytes as they come. They are read to the end whatever `onChunk` does, since what is
   * left unread would block the connection; `onChunk` may return a promise to be waited for.
   */
  copy(sql: string, timeoutMs: number, onChunk: (chunk: Buffer) => Promise<void> | undefined): Promise<void>;
  /** Never throws, never waits long. */
  destroy(): void;
}

/** How long a polite end may take before the socket is destroyed. */
const GOODBYE_MS = 1000;

/** Settings of pg for one connection; the certificate authority's file is read anew each time. Throws `SOURCE_TLS_CA`. */
export function clientConfig(endpoint: Endpoint, config: PostgresConfig): ClientConfig {
  return {
    host: endpoint.host,
    port: endpoint.port,
    user: endpoint.user,
    // A function, so that neither PGPASSWORD nor a password file of this machine takes an empty one's place.
    password: () => endpoint.password ?? '',
    database: endpoint.database,
    ssl: tls(endpoint, config),
    application_name: 'tillwarden',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: config.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Text is never interpreted: pg's own parsers collide beyond 2^53 and on microseconds.
    types: { getTypeParser: () => (text: string | Buffer) => text },
  };
}

function tls(endpoint: Endpoint, config: PostgresConfig): ClientConfig['ssl'] {
  if (endpoint.verification === 'plain' || endpoint.host.startsWith('/')) return false;
  if (endpoint.verification === 'none') return { rejectUnauthorized: false };
  const ca = config.tlsCaFile === undefined ? {} : { ca: readAuthority(config.tlsCaFile, config.name) };
  return endpoint.verification === 'full' ? { ...ca } : { ...ca, checkServerIdentity: () => undefined };
}

function readAuthority(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SourceError(
      'SOURCE_TLS_CA',
      `source "${source}": tlsCaFile cannot be read; check path and rights`,
      { cause },
    );
  }
}

/** Connects. Rejects with what pg or the network said. */
export async function openSession(
  config: ClientConfig,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Session> {
  // A socket of our own: only destroying it ends a connection that no longer answers.
  const socket = new Socket();
  const client = new Client({ ...config, stream: () => socket });
  let lost = false;
  let busy = 0;
  const lose = (): void => {
    lost = true;
  };
  // Without a listener a connection lost while idle would end the process.
  client.on('error', lose);
  client.on('end', lose);

  const destroy = (): void => {
    lost = true;
    if (busy > 0) {
      socket.destroy();
      return;
    }
    client.end().catch(() => undefined);
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
  };
  const within = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(destroy, ms);
    busy++;
    try {
      return await work();
    } finally {
      busy--;
      clearTimeout(timer);
    }
  };
  const run = (sql: string, ms: number): Promise<Rows[]> =>
    within(ms, async () => {
      const results: unknown = await client.query({ text: sql, rowMode: 'array' });
      return (Array.isArray(results) ? results : [results]).map((result) => (result as { rows: Rows }).rows);
    });
  const copy: Session['copy'] = (sql, ms, onChunk) =>
    within(ms, async () => {
      const stream: Readable = client.query(copyTo(sql));
      let failure: { readonly error: unknown } | undefined;
      for await (const chunk of stream) {
        try {
          const pause = failure ? undefined : onChunk(chunk as Buffer);
          if (pause) await pause;
        } catch (error) {
          failure = { error };
        }
      }
      if (failure) throw failure.error;
    });

  signal.addEventListener('abort', destroy, { once: true });
  client.on('end', () => signal.removeEventListener('abort', destroy));
  try {
    signal.throwIfAborted();
    await within(timeoutMs, () => client.connect());
    // How our own literals and names are read must not depend on what an owner bound to our role.
    const [, , version] = await run(
      'SET standard_conforming_strings = on; SET search_path = pg_catalog, pg_temp; SHOW server_version_num',
      timeoutMs,
    );
    return {
      serverVersion: Number(version?.[0]?.[0]),
      get lost() {
        return lost;
      },
      run,
      copy,
      destroy,
    };
  } catch (error) {
    destroy();
    throw error;
  }
}
