import type { Unmoved } from '../../relational/moved-rows.js';
import type { Identity } from '../identify.js';
import { quoteLiteral } from '../quote.js';
import type { Rows } from '../session.js';
import { AGE_COLUMN, HORIZON_COLUMNS, type Horizon, horizonOf, isLater, writtenBefore } from './horizon.js';

/**
 * The statement that counts the rows of a table, and says where the line is now. `from` is SQL of ours; `keys`: columns by which rows are told apart, among each of which the
 * primary key must be. All are counted, not those that were written before the line: the others are sent, every one of them, and telling each row takes the server twice as long.
 */
export function unmovedQuery(table: {
  readonly from: string;
  readonly keys: readonly (readonly string[])[];
  readonly identity: Identity;
}): string {
  const { from, keys, identity } = table;
  const [key = [], ...others] = keys;
  const inAll = key.filter((name) => others.every((other) => other.includes(name)));
  return `SELECT ${AGE_COLUMN}, (SELECT count(*) FROM ${from}), ${isKeyedBy(inAll, identity)}, ${HORIZON_COLUMNS}`;
}

/** What its row says; null where rows cannot be told apart by what was read at that horizon. */
export function unmovedOf(
  row: Rows[number] | undefined,
  before: Horizon,
): (Unmoved & { readonly horizon: Horizon }) | null {
  const [age, count, isKeyed, ...at] = row ?? [];
  const horizon = horizonOf(at);
  if (isKeyed !== 't' || horizon === null || !isLater(before, horizon)) return null;
  return { all: Number(count), isStanding: writtenBefore(before, age), horizon };
}

/** The access method whose rows are marked as this file needs it: `heap` (PostgreSQL, pg_am.dat). */
const HEAP = 2;

/** In SQL: the table's rows lie in a heap, and its primary key has no column that is none of these. */
function isKeyedBy(key: readonly string[], { family }: Identity): string {
  const [oid = '0'] = family;
  return `EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
      WHERE c.oid = ${oid} AND c.relam = ${HEAP} AND i.indisprimary AND i.indisvalid
        AND (SELECT bool_and(a.attname = ANY (ARRAY[${key.map(quoteLiteral).join(', ')}]::name[])) FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)))`;
}
