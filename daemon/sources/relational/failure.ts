import { errorCode } from '../../error-code.js';
import type { UnreadCollection } from '../source.js';
import type { Endpoint } from './endpoint.js';

/** The reason why something could not be read. `detail`: never a message of the server, which may quote data. */
export type ReadFailure = Omit<UnreadCollection, 'readable'>;

/** The reading of a collection that failed. */
export function failedReading({ cause, detail }: ReadFailure): UnreadCollection {
  return { readable: false, cause, detail };
}

/** The code of an error as it may be printed: one of the database's or a name like `ECONNREFUSED`. Null when it has none. */
export function printableCode(error: unknown): string | null {
  const code = errorCode(error);
  return code !== null && /^[A-Z0-9_]{5,60}$/.test(code) ? code : null;
}

/** What system and TLS errors mean and ask for. */
const CONNECTION_WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there; is the server up, and the port right?'],
  ['ENOTFOUND', 'nobody knows this host name; correct it in the URL'],
  ['EAI_AGAIN', 'the name server of this machine does not answer; look at /etc/resolv.conf'],
  ['ETIMEDOUT', 'no answer; is a firewall in between?'],
  ['EHOSTUNREACH', 'no way to this host; is a firewall in between?'],
  ['ENETUNREACH', 'no way to its network; is the network of this machine up?'],
  ['EMFILE', 'this process has no file handle left; raise its limit (LimitNOFILE of systemd, ulimit -n)'],
  ['ENFILE', 'this machine has no file handle left; raise fs.file-max (sysctl)'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is of another host name; use that name in the URL'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired; whoever runs the server must renew it'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its authority is not trusted; name it with tlsCaFile'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted; name it with tlsCaFile'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its authority is not trusted; name it with tlsCaFile'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its authority is not trusted; name it with tlsCaFile'],
]);

/** The failure of a connection by the name of a system or TLS error. */
export function connectionFailure(code: string): ReadFailure {
  const words = CONNECTION_WORDS.get(code);
  const detail = `the connection failed (${code})${words === undefined ? '' : `: ${words}`}`;
  return { cause: 'unreachable', detail };
}

/** With this begins the detail of a failed login, whatever the server's reason. */
export const LOGIN_REFUSED = 'the server refused the login';

/**
 * The failure with the place that could not be reached, and of a refused login with account and database too, as the configuration names them. Any
 * other failure as it is.
 */
export function atPlace(
  { host, port, user, database }: Pick<Endpoint, 'host' | 'port' | 'user' | 'database'>,
  failure: ReadFailure,
): ReadFailure {
  const isRefused = failure.detail.startsWith(LOGIN_REFUSED);
  if (failure.cause !== 'unreachable' && !isRefused) return failure;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}: ${failure.detail}`;
  const account = ` of ${JSON.stringify(user)} to database ${JSON.stringify(database)}; is the account there, and the password in the URL right?`;
  return { ...failure, detail: `${place}${isRefused ? account : ''}` };
}

/** Columns that are named; the rest is counted. */
const NAMED_COLUMNS = 5;

/**
 * The failure with the table it is of and what to do, all names as the configuration has them. `withheld`: the columns that the role may not
 * read, when that is known.
 */
export function ofTable(table: string, failure: ReadFailure, withheld: readonly string[] = []): ReadFailure {
  const { cause } = failure;
  const todo =
    cause === 'denied'
      ? '; run the output of "tillwarden sql" again'
      : cause === 'missing'
        ? '; put it back, or correct the configuration'
        : '';
  const rest = withheld.length > NAMED_COLUMNS ? ` and ${withheld.length - NAMED_COLUMNS} more` : '';
  const names = withheld.slice(0, NAMED_COLUMNS).map((name) => JSON.stringify(name));
  const columns = names.length === 0 ? '' : `; not granted: ${names.join(', ')}${rest}`;
  return { cause, detail: `${table}: ${failure.detail}${columns}${todo}` };
}
