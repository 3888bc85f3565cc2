import type { Definition } from '../../../../baselines/index.js';
import { ACTIVITY_LIMIT_MS } from '../../relational/activity.js';
import { SourceError } from '../../source.js';
import type { CustomerSettings } from '../config.js';
import { isIdentifier, parseRelation, quoteIdentifier, quoteLiteral, quoteRelation } from '../quote.js';
import type { Session } from '../session.js';
import { beginReading } from '../settings.js';

/** No collection can have this name. */
const NAME = 'the customers';

/** Whether a definition is that of customers, without whom everything is read all the same. */
export function isCustomers({ name }: Pick<Definition, 'name'>): boolean {
  return name === NAME;
}

/** The column as rights on it are granted and checked. */
export function customersDefinition(source: string, { table, column }: CustomerSettings): Definition {
  return { name: NAME, kind: 'config', source, table, key: [column], columns: [], secret: [] };
}

/** Refuses a place that no such database could have. Throws `SourceError`. */
export function checkCustomers(source: string, settings: CustomerSettings | undefined): void {
  if (settings === undefined) return;
  if (parseRelation(settings.table) !== null && isIdentifier(settings.column)) return;
  throw new SourceError(
    'SOURCE_COLLECTION',
    `source "${source}", customers; needed: its table in the form schema.table, for instance public.transaction, and a column name of 1 to 63 bytes`,
  );
}

/**
 * Asks which of some addresses stand in the column that holds those of customers: each by itself, so that of no other row anything is told. The
 * operator is the database's own whatever its owner defined. Null where the place is not a plain table. Rejects with what the server said, also when it takes longer than an alert waits for a name.
 */
export async function customersAmong(
  session: Session,
  { table, column }: CustomerSettings,
  addresses: readonly string[],
  limits: { readonly lockTimeoutMs: number },
): Promise<ReadonlySet<string> | null> {
  const relation = parseRelation(table);
  if (relation === null || addresses.length === 0) return null;
  const begin = beginReading({
    ...{ serverVersion: session.serverVersion, encoding: session.encoding },
    transactionTimeoutMs: ACTIVITY_LIMIT_MS,
    lockTimeoutMs: Math.min(ACTIVITY_LIMIT_MS, limits.lockTimeoutMs),
  });
  const place = quoteRelation(relation);
  const asked = addresses.map((address, i) => `(${i}, ${quoteLiteral(address)}::pg_catalog.text)`).join(', ');
  const results = await session.run(
    `${begin}; SELECT relkind FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) ${quoteLiteral(place)}::pg_catalog.regclass;` +
      ` SELECT a.i, EXISTS (SELECT FROM ${place} c WHERE c.${quoteIdentifier(column)} OPERATOR(pg_catalog.=) a.address)` +
      ` FROM (VALUES ${asked}) AS a (i, address); COMMIT`,
    ACTIVITY_LIMIT_MS + ACTIVITY_LIMIT_MS,
  );
  const [kind] = results.at(-3)?.[0] ?? [];
  if (kind !== 'r' && kind !== 'p') return null;
  const found = (results.at(-2) ?? []).flatMap(([i, is]) => (is === 't' ? (addresses[Number(i)] ?? []) : []));
  return new Set(found);
}
