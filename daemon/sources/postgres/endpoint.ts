import { type Degradation, SourceError } from '../source.js';
import type { PostgresConfig } from './config.js';

/** How the server's identity is proven: in full, its authority only, not at all, or without TLS. */
export type Verification = 'full' | 'authority' | 'none' | 'plain';

/** Where a database is and how it is reached, taken from its URL. Holds the password: never log it. */
export interface Endpoint {
  /** A host name, an address, or the folder of a Unix socket (in the URL with its slashes as %2F). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly verification: Verification;
  /** What an explicit override of a refusal leaves degraded. */
  readonly degradations: readonly Degradation[];
}

const VERIFICATION: ReadonlyMap<string, Verification> = new Map([
  ['verify-full', 'full'],
  ['verify-ca', 'authority'],
  ['require', 'none'],
  ['prefer', 'none'],
  ['no-verify', 'none'],
  ['allow', 'plain'],
  ['disable', 'plain'],
]);

/**
 * Takes the URL apart. Unlike libpq, a host that is not loopback is verified in full unless the configuration says otherwise:
 * a server that is not verified is given the password when it asks. Throws `SourceError`: `SOURCE_URL`, `SOURCE_TLS_UNVERIFIED`.
 * No message holds a part of the URL.
 */
export function endpoint(config: Pick<PostgresConfig, 'name' | 'url' | 'allowUnverifiedTls'>): Endpoint {
  const url = parseUrl(config);
  const options = new Map(url.searchParams);
  for (const option of options.keys()) {
    if (option !== 'sslmode') {
      throw urlError(config.name, 'has an option other than sslmode', 'remove it');
    }
  }
  const host = decode(config.name, url.hostname).replace(/^\[(.*)\]$/, '$1');
  const database = decode(config.name, url.pathname.slice(1));
  const user = decode(config.name, url.username);
  if (host === '' || host.includes(','))
    throw urlError(config.name, 'does not name one host', 'name exactly one');
  if (database === '' || user === '') {
    throw urlError(
      config.name,
      'lacks the user or the database',
      'write postgres://user:password@host/database',
    );
  }

  const mode = options.get('sslmode');
  const asked = mode === undefined ? undefined : VERIFICATION.get(mode);
  if (mode !== undefined && asked === undefined) {
    throw urlError(config.name, 'has an unknown sslmode', 'use verify-full');
  }
  const verification = asked ?? (isLoopback(host) ? 'plain' : 'full');
  const risky = verification !== 'full' && !isLoopback(host);
  if (risky && !config.allowUnverifiedTls) {
    throw new SourceError(
      'SOURCE_TLS_UNVERIFIED',
      `source "${config.name}": sslmode weaker than verify-full to a host that is not loopback. Needed: verify-full, with tlsCaFile ` +
        'if the authority is your own. To connect all the same, set allowUnverifiedTls: true; it shows as degraded.',
    );
  }
  return {
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    user,
    password: url.password === '' ? undefined : decode(config.name, url.password),
    database,
    verification,
    degradations: risky
      ? [
          {
            code: 'SOURCE_TLS_UNVERIFIED',
            message: `source "${config.name}": the server's identity is not verified (allowUnverifiedTls)`,
          },
        ]
      : [],
  };
}

function parseUrl(config: Pick<PostgresConfig, 'name' | 'url'>): URL {
  let url: URL;
  try {
    url = new URL(config.url);
  } catch {
    throw urlError(config.name, 'is not a URL', 'write postgres://user:password@host/database');
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw urlError(
      config.name,
      'does not start with postgres://',
      'write postgres://user:password@host/database',
    );
  }
  return url;
}

function decode(source: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw urlError(source, 'holds a broken % escape', 'write a literal % as %25');
  }
}

function urlError(source: string, found: string, todo: string): SourceError {
  return new SourceError('SOURCE_URL', `source "${source}": url ${found}; ${todo}`);
}

/** Whether what is sent to the host stays on this machine: a Unix socket, `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    host === '::1' ||
    /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.test(host)
  );
}
