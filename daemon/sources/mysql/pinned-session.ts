import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../relational/endpoint.js';
import { SourceError } from '../source.js';
import type { MysqlConfig } from './config.js';
import { errorNumber, misbehaviour } from './failure.js';
import { hasRoles, OLDEST, parseVersion, type ServerVersion } from './server.js';
import { type MysqlSession, openDriverSession } from './session.js';
import { pinStatements } from './settings.js';

/** A session whose settings are ours. */
export interface PinnedSession extends MysqlSession {
  readonly version: ServerVersion;
  /** What `@tillwarden` holds in it and in no other. */
  readonly word: string;
  /** Names of character sets by the numbers of their collations. */
  readonly charsets: ReadonlyMap<number, string>;
  /** Leaves nothing in it of code that ran there, and pins it again. Rejects where that cannot be; the session is lost then. */
  renew(): Promise<void>;
}

/**
 * Connects and pins. Rejects with what the driver, network or server said, and with `SourceError` (`SOURCE_VERSION`) for a server that we
 * cannot read.
 */
export async function openPinnedSession(
  endpoint: Endpoint,
  config: MysqlConfig,
  signal: AbortSignal,
): Promise<PinnedSession> {
  const session = await openDriverSession(endpoint, config, signal);
  try {
    const limitMs = config.connectTimeoutMs;
    const one = async (sql: string) => (await session.run(sql, limitMs))[0]?.rows ?? [];
    const version = checkVersion(config, (await one('SELECT VERSION()'))[0]?.[0] ?? '');
    const word = randomBytes(16).toString('hex');
    const pin = async (): Promise<void> => {
      if (hasRoles(version)) await leaveRoles(session, limitMs);
      for (const statement of pinStatements(version, config, word)) await session.run(statement, limitMs);
    };
    await pin();
    const charsets = new Map<number, string>();
    for (const [id, name] of await one(CHARSETS)) charsets.set(Number(id), name ?? '');
    const [answer] = await one('SELECT @tillwarden');
    if (answer?.[0] !== word) throw notOurSession();
    const renew = async (): Promise<void> => {
      try {
        await session.reset(limitMs);
        if ((await one('SELECT @tillwarden'))[0]?.[0] !== null) throw notOurSession();
        await pin();
      } catch (error) {
        session.destroy();
        throw error;
      }
    };
    return Object.assign(session, { version, word, charsets, renew });
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** A role that an administrator made our default one would lend us its rights. */
async function leaveRoles(session: MysqlSession, limitMs: number): Promise<void> {
  try {
    await session.run('SET ROLE NONE', limitMs);
  } catch (error) {
    // With skip-grant-tables there are none; the check of the account refuses that server.
    if (errorNumber(error) !== OPTION_PREVENTS) throw error;
  }
}

/** ER_OPTION_PREVENTS_STATEMENT. */
const OPTION_PREVENTS = 1290;

/** Something in between gives our statements different connections, so that nothing we set holds. */
export function notOurSession(): Error {
  return misbehaviour(
    'a proxy in between gives our statements different connections (a variable that we set did not come back); needed: connect to the server itself',
  );
}

const CHARSETS = `SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS WHERE ID IS NOT NULL`;

function checkVersion(config: MysqlConfig, text: string): ServerVersion {
  const version = parseVersion(text);
  if (version !== null && version.number >= OLDEST[version.flavour]) return version;
  throw new SourceError(
    'SOURCE_VERSION',
    `source "${config.name}": the server is older than MySQL 5.7.8 or MariaDB 10.6, or is neither; needed: one of these or newer`,
  );
}
