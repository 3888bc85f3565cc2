import { refuseDangers } from '../relational/dangerous-role.js';
import type { Degradation } from '../source.js';
import type { MysqlConfig } from './config.js';
import { errorNumber } from './failure.js';
import { type Grant, parseGrant } from './grants.js';
import { OUR_SCHEMA, PROCEDURES } from './names.js';
import type { PinnedSession } from './pinned-session.js';

/**
 * Applies invariant 9 to the account behind a new connection by an allow-list: it may log in, read tables or columns, and run our procedure. Throws
 * `SOURCE_ROLE_DANGEROUS` for anything else unless the configuration allows it; then that is returned as degraded. What SHOW GRANTS says is never
 * repeated: MariaDB prints the hash of our own password there.
 */
export async function checkAccount(session: PinnedSession, config: MysqlConfig): Promise<Degradation[]> {
  return refuseDangers(config, await findDangers(session, config));
}

async function findDangers(session: PinnedSession, config: MysqlConfig): Promise<string[]> {
  try {
    const lines = await linesOf(session, config, 'SHOW GRANTS');
    if (session.version.flavour === 'mariadb') lines.push(...(await publicGrants(session, config)));
    return [...new Set(lines.flatMap((line) => dangersOf(parseGrant(line))))];
  } catch (error) {
    if (errorNumber(error) !== NOBODY_IS_ASKED) throw error;
    return ['may do everything, like anybody: the server asks nobody for a password (skip-grant-tables)'];
  }
}

/** ER_OPTION_PREVENTS_STATEMENT: of SHOW GRANTS, only skip-grant-tables can be the option. */
const NOBODY_IS_ASKED = 1290;

async function linesOf(session: PinnedSession, config: MysqlConfig, sql: string): Promise<string[]> {
  const [result] = await session.run(sql, config.connectTimeoutMs);
  return (result?.rows ?? []).map((row) => row[0] ?? '');
}

/** A right of everybody stands nowhere else. MariaDB before 10.11 has no such thing, and says so by a syntax or grant error. */
async function publicGrants(session: PinnedSession, config: MysqlConfig): Promise<string[]> {
  try {
    return await linesOf(session, config, 'SHOW GRANTS FOR PUBLIC');
  } catch (error) {
    if (NO_PUBLIC.includes(errorNumber(error) ?? 0)) return [];
    throw error;
  }
}

/** ER_PARSE_ERROR, ER_NONEXISTING_GRANT, ER_INVALID_ROLE. */
const NO_PUBLIC = [1064, 1141, 1959];

/** In our words and the server's words for rights; no name of the watched system. */
function dangersOf(grant: Grant): string[] {
  switch (grant.type) {
    case 'unknown':
      return ['holds a grant that we do not understand'];
    case 'role':
    case 'default-role':
      return ['is a member of a role, active or not'];
    case 'proxy':
      return ['may act as another account'];
    case 'rights': {
      const dangers = grant.rights
        .filter((right) => !isHarmless(grant, right))
        .map((right) => `may ${right} ${WHERE[grant.on]}`);
      return grant.mayGrant ? [...dangers, 'may pass on its rights'] : dangers;
    }
  }
}

const WHERE = {
  everything: 'everywhere',
  schema: 'in a whole database',
  table: 'on a table',
  routine: 'on a procedure or function that is not ours',
} as const;

function isHarmless(grant: Extract<Grant, { type: 'rights' }>, right: string): boolean {
  if (right === 'USAGE') return true;
  // MySQL 8, not tested: lets us see that our procedure is the one we printed.
  if (right === 'SHOW_ROUTINE') return grant.on === 'everything';
  if (right === 'SELECT') {
    return grant.on === 'table' && (grant.schema !== 'mysql' || grant.name === 'proc');
  }
  return (
    right === 'EXECUTE' &&
    grant.on === 'routine' &&
    grant.schema === OUR_SCHEMA &&
    PROCEDURES.some((name) => name === grant.name)
  );
}
