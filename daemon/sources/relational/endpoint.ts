import { isLoopback } from '../../../notifiers/index.js';
import { type Degradation, SourceError } from '../source.js';
import type { DatabaseSettings } from './config.js';

/** The proof of the server's identity: in full, its authority only, none, or no TLS at all. */
export type Verification = 'full' | 'authority' | 'none' | 'plain';

/** The place of a database and the way to it, taken from its URL. Holds the password: never log it. */
export interface Endpoint {
  /** A host name, an address, or the folder of a Unix socket (in the URL with its slashes as %2F). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly verification: Verification;
  /** The degradations that an explicit override of a refusal leaves. */
  readonly degradations: readonly Degradation[];
}

/** The URLs of one kind of database. */
export interface UrlForm {
  /** As `URL` has them, with the colon; the first is the one we name. */
  readonly protocols: readonly [string, ...string[]];
  /** The port when the URL names none. */
  readonly port: number;
  /** The one option that a URL may have. */
  readonly tlsOption: string;
  /** Its values; the first is the strongest. */
  readonly tlsModes: readonly [TlsMode, ...TlsMode[]];
}
export type TlsMode = readonly [value: string, verification: Verification];

type Settings = Pick<DatabaseSettings, 'name' | 'url' | 'allowUnverifiedTls'>;

/**
 * Takes the URL apart. Unlike the databases' own tools, a host that is not loopback is verified in full unless the configuration says
 * otherwise: a server that is not verified is given the password when it asks. Throws `SourceError`: `SOURCE_URL`, `SOURCE_TLS_UNVERIFIED`.
 * No message holds a part of the URL.
 */
export function endpointOf(form: UrlForm, config: Settings): Endpoint {
  const place = placeOf(form, config);
  const { verification, isRisky } = verificationOf(form, config, place.host, place.tlsMode);
  const { host, port, user, password, database } = place;
  return {
    host,
    port,
    user,
    password,
    database,
    verification,
    degradations: isRisky
      ? [
          {
            code: 'SOURCE_TLS_UNVERIFIED',
            message: `source "${config.name}": the server's identity is not verified (allowUnverifiedTls)`,
          },
        ]
      : [],
  };
}

type Place = Omit<Endpoint, 'verification' | 'degradations'> & { readonly tlsMode: string | undefined };

function placeOf(form: UrlForm, config: Settings): Place {
  const howTo = `write ${form.protocols[0]}//user:password@host/database, with each of # ? / @ % in the password percent-encoded: %23 %3F %2F %40 %25`;
  const url = parseUrl(form, config, howTo);
  const options = new Map(url.searchParams);
  for (const option of options.keys()) {
    if (option !== form.tlsOption) {
      throw urlError(
        config.name,
        `has an option other than ${form.tlsOption}`,
        `remove it; a ? in the password is written %3F`,
      );
    }
  }
  const host = decode(config.name, url.hostname).replace(/^\[(.*)\]$/, '$1');
  const database = decode(config.name, url.pathname.slice(1));
  const user = decode(config.name, url.username);
  if (host === '' || host.includes(','))
    throw urlError(config.name, 'does not name one host', 'name exactly one');
  if (database === '' || user === '') throw urlError(config.name, 'lacks the user or the database', howTo);
  return {
    host,
    port: url.port === '' ? form.port : Number(url.port),
    user,
    password: url.password === '' ? undefined : decode(config.name, url.password),
    database,
    tlsMode: options.get(form.tlsOption),
  };
}

function verificationOf(
  { tlsOption, tlsModes }: UrlForm,
  config: Settings,
  host: string,
  mode: string | undefined,
): { readonly verification: Verification; readonly isRisky: boolean } {
  const [strongest] = tlsModes[0];
  const asked = mode === undefined ? undefined : new Map(tlsModes).get(mode);
  if (mode !== undefined && asked === undefined) {
    throw urlError(config.name, `has an unknown ${tlsOption}`, `use ${strongest}`);
  }
  const verification = asked ?? (isOnThisMachine(host) ? 'plain' : 'full');
  const isRisky = verification !== 'full' && !isOnThisMachine(host);
  if (isRisky && !config.allowUnverifiedTls) {
    throw new SourceError(
      'SOURCE_TLS_UNVERIFIED',
      `source "${config.name}": ${tlsOption} weaker than ${strongest} to a host that is not loopback. Needed: ${strongest}, with tlsCaFile ` +
        'if the authority is your own. To connect all the same, set allowUnverifiedTls: true; it shows as degraded.',
    );
  }
  return { verification, isRisky };
}

function parseUrl({ protocols }: UrlForm, config: Settings, todo: string): URL {
  let url: URL;
  try {
    url = new URL(config.url);
  } catch {
    throw urlError(config.name, 'is not a URL', todo);
  }
  if (!protocols.includes(url.protocol)) {
    throw urlError(config.name, `does not start with ${protocols[0]}//`, todo);
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

/** The hosts that nothing sent to leaves this machine for: Unix sockets and loopback addresses. */
export function isOnThisMachine(host: string): boolean {
  return host.startsWith('/') || isLoopback(host);
}
