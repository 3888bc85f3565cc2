import { ACTIVITY_LIMIT_MS } from '../../relational/activity.js';
import type { CustomerSettings } from '../../relational/config.js';
import { askBeside, type QuestionLimits } from '../question.js';
import { parseRelation, quoteIdentifier, quoteLiteral, quoteRelation } from '../quote.js';
import type { Session } from '../session.js';

/**
 * Asks which of some addresses stand in the column that holds those of customers: each by itself, so that of no other row anything is told. The
 * operator is the database's own whatever its owner defined. Null where the place is not a plain table. Rejects with what the server said, also when it takes longer than an alert waits for a name.
 */
export async function customersAmong(
  session: Session,
  { table, column }: CustomerSettings,
  addresses: readonly string[],
  limits: Pick<QuestionLimits, 'lockTimeoutMs'>,
): Promise<ReadonlySet<string> | null> {
  const relation = parseRelation(table);
  if (relation === null || addresses.length === 0) return null;
  const place = quoteRelation(relation);
  const asked = addresses.map((address, i) => `(${i}, ${quoteLiteral(address)}::pg_catalog.text)`).join(', ');
  const [relations = [], answers = []] = await askBeside(
    session,
    { limitMs: ACTIVITY_LIMIT_MS, lockTimeoutMs: limits.lockTimeoutMs },
    `SELECT relkind FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) ${quoteLiteral(place)}::pg_catalog.regclass`,
    `SELECT a.i, EXISTS (SELECT FROM ${place} c WHERE c.${quoteIdentifier(column)} OPERATOR(pg_catalog.=) a.address)` +
      ` FROM (VALUES ${asked}) AS a (i, address)`,
  );
  const [kind] = relations[0] ?? [];
  if (kind !== 'r' && kind !== 'p') return null;
  const found = answers.flatMap(([i, is]) => (is === 't' ? (addresses[Number(i)] ?? []) : []));
  return new Set(found);
}
