import { type Definition, tableColumns } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import type { NotExamined, Shortfall, SourceExamination } from '../examination.js';
import { activityDefinition, isActivity } from '../relational/activity.js';
import { customersDefinition, isCustomers } from '../relational/customers.js';
import { endpointOf } from '../relational/endpoint.js';
import { atPlace, LOGIN_REFUSED } from '../relational/failure.js';
import { witnessDefinition } from '../relational/witness.js';
import { SourceError } from '../source.js';
import type { MysqlConfig } from './config.js';
import { explainMysqlError } from './failure.js';
import { readableColumnsQuery } from './identify.js';
import { openPinnedSession, type PinnedSession } from './pinned-session.js';
import { backtick, backtickTable, parseTableName, sqlString, type TableName } from './quote.js';
import { MYSQL_URL } from './url.js';

/** Asks the server by a connection of its own, which is closed again. Throws `SourceError` for a URL or a server that cannot be used. */
export async function examineMysql(
  { collections }: SourceContext,
  config: MysqlConfig,
): Promise<SourceExamination | NotExamined> {
  const place = endpointOf(MYSQL_URL, config);
  const { name, witness, activity, customers } = config;
  const read = [
    ...collections,
    ...(witness ? [witnessDefinition(name, witness)] : []),
    ...(activity ? [activityDefinition(name, activity)] : []),
    ...(customers ? [customersDefinition(name, customers)] : []),
  ];
  try {
    const session = await openPinnedSession(place, config, new AbortController().signal);
    try {
      return await askServer(session, read, config, place.user);
    } finally {
      session.destroy();
    }
  } catch (error) {
    if (error instanceof SourceError) throw error;
    const failure = explainMysqlError(error);
    return { denied: failure.detail.startsWith(LOGIN_REFUSED), detail: atPlace(place, failure).detail };
  }
}

async function askServer(
  session: PinnedSession,
  collections: SourceContext['collections'],
  config: MysqlConfig,
  user: string,
): Promise<SourceExamination> {
  const from = performance.now();
  const [self] = await session.run(SELF, config.connectTimeoutMs);
  const tookMs = performance.now() - from;
  const [clock, limit, open, account] = self?.rows[0] ?? [];
  const { flavour, number } = session.version;
  const shortfalls: Shortfall[] = [];
  const grantee = granteeOf(account ?? '', user);
  for (const definition of collections) {
    const relation = parseTableName(definition.table);
    if (relation === null) continue;
    const [seen] = await session.run(readableColumnsQuery(relation), config.transactionTimeoutMs);
    const readable = new Set((seen?.rows ?? []).map(([name]) => name));
    shortfalls.push(...withheldColumns(definition, relation, readable, grantee));
  }
  const numbers = [Math.trunc(number / 10_000), Math.trunc(number / 100) % 100, number % 100];
  return {
    server: `${flavour === 'mariadb' ? 'MariaDB' : 'MySQL'} ${numbers.join('.')}`,
    role: user,
    clock: clock == null ? null : { serverMs: Math.round(Number(clock) * 1000), tookMs },
    connections: Number(limit) > 0 ? { open: Number(open), allowed: Number(limit) } : null,
    shortfalls,
  };
}

/** The limit of the account stands in the session's copy of the variable. An account without PROCESS sees its own connections, which are meant. */
const SELF = `SELECT UNIX_TIMESTAMP(NOW(3)), @@SESSION.max_user_connections,
  (SELECT COUNT(*) FROM information_schema.PROCESSLIST), CONVERT(CURRENT_USER() USING utf8mb4)`;

function withheldColumns(
  definition: Definition,
  relation: TableName,
  readable: ReadonlySet<string | null | undefined>,
  grantee: string | null,
): Shortfall[] {
  return tableColumns(definition)
    .filter((column) => !readable.has(column))
    .map((column) => ({
      what: `the account may not read column ${JSON.stringify(column)} of ${definition.table}, or it does not exist`,
      statement: grantee && `GRANT SELECT (${backtick(column)}) ON ${backtickTable(relation)} TO ${grantee};`,
      table: definition.table,
      needed: !isActivity(definition) && !isCustomers(definition),
    }));
}

/** The account as a statement names it. Its host is the server's word: null when that, or the name, is not what it can be. */
function granteeOf(account: string, user: string): string | null {
  const host = account.startsWith(`${user}@`) ? account.slice(user.length + 1) : '';
  return /^[\w.:%-]{1,100}$/.test(host) ? `${sqlString(user)}@${sqlString(host)}` : null;
}
