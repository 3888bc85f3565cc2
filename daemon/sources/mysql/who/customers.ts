import { ACTIVITY_LIMIT_MS } from '../../relational/activity.js';
import type { CustomerSettings } from '../../relational/config.js';
import type { PinnedSession } from '../pinned-session.js';
import { backtick, backtickTable, parseTableName, sqlString } from '../quote.js';
import { BEGIN } from '../settings.js';
import { limited, lockPlainTable } from './plain-table.js';

/**
 * Asks which of some addresses stand in the column that holds those of customers: each by itself, so that of no other row anything is told. Letter by letter,
 * whatever the collation takes for equal; it decides alone what an index can find. Null where the place is no table that we read. Rejects with what the server
 * said, also when it takes longer than an alert waits for a name.
 */
export async function customersOf(
  session: PinnedSession,
  { table, column }: CustomerSettings,
  addresses: readonly string[],
): Promise<ReadonlySet<string> | null> {
  const relation = parseTableName(table);
  if (relation === null || addresses.length === 0) return null;
  const deadline = performance.now() + ACTIVITY_LIMIT_MS + ACTIVITY_LIMIT_MS;
  const remainingMs = () => Math.max(1, deadline - performance.now());
  await session.run(BEGIN, remainingMs());
  try {
    const { failure } = await lockPlainTable(session, relation, [column], remainingMs);
    if (failure !== undefined) return null;
    const name = backtick(column);
    const bytes = (value: string) => `CAST(CONVERT(${value} USING utf8mb4) AS BINARY)`;
    const asked = addresses.map((address) => {
      const text = sqlString(address);
      return `EXISTS (SELECT 1 FROM ${backtickTable(relation)} WHERE ${name} = ${text} AND ${bytes(name)} = ${bytes(text)})`;
    });
    const [answer] = await session.run(limited(session.version, `SELECT ${asked.join(', ')}`), remainingMs());
    const [row = []] = answer?.rows ?? [];
    return new Set(addresses.filter((_, i) => row[i] === '1'));
  } finally {
    if (!session.lost) await session.run('COMMIT', remainingMs()).catch(() => session.destroy());
  }
}
