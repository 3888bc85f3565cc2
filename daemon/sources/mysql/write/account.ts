import type { ColumnWrite } from '../../column-write.js';
import { errorNumber } from '../failure.js';
import { parseGrant } from '../grants.js';
import { OUR_SCHEMA, PROCEDURES } from '../names.js';
import type { PinnedSession } from '../pinned-session.js';
import { sqlString, type TableName } from '../quote.js';
import type { ResultRows } from '../session.js';

/**
 * What an account may do besides setting the one column, in our words and the server's words for rights; empty: nothing. By an allow-list: UPDATE of the column,
 * SELECT of the columns that conditions name and of this one, and our procedures, without which it could not see a trigger. What SHOW GRANTS says is never
 * repeated: MariaDB prints the hash of our own password there.
 */
export async function excessOfAccount(
  session: PinnedSession,
  table: TableName,
  write: ColumnWrite,
  timeoutMs: number,
): Promise<readonly string[]> {
  const ask = async (sql: string): Promise<ResultRows> => (await session.run(sql, timeoutMs))[0]?.rows ?? [];
  const own = await ask('SHOW GRANTS');
  const everybodys = session.version.flavour === 'mariadb' ? await publicGrants(ask) : [];
  const shape = [
    ...own.flatMap(([line]) => excessInGrant(line ?? '', table)),
    // The catalog does not tell us of which columns those are: none of them counts as needed.
    ...everybodys.flatMap(([line]) => excessInGrant(line ?? '', null).map((one) => `${one}, as anybody may`)),
  ];
  const whole = (await ask(tablesQuery())).flatMap(([right]) =>
    right === 'USAGE' ? [] : [`may ${wordOf(right)} on all columns of a table`],
  );
  const columns = (await ask(columnsQuery())).flatMap(([schema, name, column, right, mayPassOn]) => {
    const isTable = schema === table.schema && name === table.name;
    if (!isTable || !isNeeded(write, column ?? '', right ?? ''))
      return [`may ${wordOf(right)} on ${isTable ? 'another column of the table' : 'another table'}`];
    return mayPassOn === 'YES' ? ['may pass on its rights'] : [];
  });
  return [...new Set([...shape, ...whole, ...columns])].slice(0, 5);
}

type Ask = (sql: string) => Promise<ResultRows>;

/** ER_PARSE_ERROR, ER_NONEXISTING_GRANT, ER_INVALID_ROLE: a server without rights of everybody. */
const NO_PUBLIC = [1064, 1141, 1959];

async function publicGrants(ask: Ask): Promise<ResultRows> {
  try {
    return await ask('SHOW GRANTS FOR PUBLIC');
  } catch (error) {
    if (NO_PUBLIC.includes(errorNumber(error) ?? 0)) return [];
    throw error;
  }
}

/** `table`: on which a right may be needed. */
function excessInGrant(line: string, table: TableName | null): readonly string[] {
  const grant = parseGrant(line);
  if (grant.type === 'role' || grant.type === 'default-role') return ['is a member of a role'];
  if (grant.type === 'proxy') return ['may act as another account'];
  if (grant.type === 'unknown') return ['holds a grant that we do not understand'];
  const excess = grant.rights.filter((right) => {
    if (right === 'USAGE') return false;
    if (right === 'EXECUTE' && grant.on === 'routine' && grant.schema === OUR_SCHEMA)
      return !PROCEDURES.some((name) => name === grant.name);
    const isTable = grant.on === 'table' && grant.schema === table?.schema && grant.name === table.name;
    return !(isTable && (right === 'SELECT' || right === 'UPDATE'));
  });
  return [
    ...excess.map((right) => `may ${right} elsewhere than needed`),
    ...(grant.mayGrant ? ['may pass on its rights'] : []),
  ];
}

/** As the catalog writes an account: `'name'@'host'`. A name may hold an @, a host does not. */
const HOST = `SUBSTRING_INDEX(CURRENT_USER(), '@', -1)`;
const ME = `CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(${HOST}) - 1), '''@''', ${HOST}, '''')`;

function tablesQuery(): string {
  return `SELECT CONVERT(PRIVILEGE_TYPE USING utf8mb4) FROM information_schema.TABLE_PRIVILEGES WHERE GRANTEE = ${ME} LIMIT 100`;
}

function columnsQuery(): string {
  return `SELECT CONVERT(TABLE_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4), CONVERT(COLUMN_NAME USING utf8mb4),
    CONVERT(PRIVILEGE_TYPE USING utf8mb4), CONVERT(IS_GRANTABLE USING utf8mb4) FROM information_schema.COLUMN_PRIVILEGES WHERE GRANTEE = ${ME} LIMIT 1000`;
}

/** A word of the server, whoever the server is by now. */
function wordOf(text: string | null | undefined): string {
  return /^[A-Za-z ]{1,30}$/.test(text ?? '') ? (text ?? '') : 'do something';
}

function isNeeded({ column: set, where }: ColumnWrite, column: string, right: string): boolean {
  if (right === 'UPDATE') return column === set;
  return right === 'SELECT' && (column === set || where.includes(column));
}

/** Type of table, engine, and of each column that is named its type and whether it is computed. */
export function writtenColumnsQuery({ schema, name }: TableName, write: ColumnWrite): string {
  const place = `TABLE_SCHEMA = ${sqlString(schema)} AND TABLE_NAME = ${sqlString(name)}`;
  const names = [write.column, ...write.where].map(sqlString).join(', ');
  return `SELECT CONVERT(TABLE_TYPE USING utf8mb4), CONVERT(ENGINE USING utf8mb4), NULL, CONVERT(TABLE_NAME USING utf8mb4) FROM information_schema.TABLES WHERE ${place}
    UNION ALL SELECT CONVERT(COLUMN_NAME USING utf8mb4), CONVERT(DATA_TYPE USING utf8mb4), COALESCE(CONVERT(GENERATION_EXPRESSION USING utf8mb4), ''), CONVERT(TABLE_NAME USING utf8mb4)
    FROM information_schema.COLUMNS WHERE ${place} AND COLUMN_NAME IN (${names})`;
}
