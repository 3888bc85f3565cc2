import { StoreError } from '../../errors.js';
import { type Database, Statements } from '../database.js';
import { migrate } from '../migrate.js';

/**
 * Refuses a database whose tables, indexes, triggers and views are not those that the migrations make: what is added there acts on what we
 * write (a trigger may mark every alert as delivered), what is missing guards nothing any more. `inMemory` makes an empty database. Throws `STORE_SCHEMA`.
 */
export function refuseOtherSchema(sql: Statements, inMemory: () => Database): void {
  const expected = expectedSchema(inMemory);
  const found = schemaOf(sql);
  const added = [...found.keys()].filter((name) => !expected.has(name)).length;
  const lacking = [...expected.keys()].filter((name) => !found.has(name));
  const altered = [...expected].filter(([name, text]) => found.has(name) && found.get(name) !== text);
  if (added + lacking.length + altered.length === 0) return;
  const ours = [...lacking, ...altered.map(([name]) => name)];
  throw new StoreError(
    'STORE_SCHEMA',
    `the state store is not built as tillwarden builds it: ${added} added, ${lacking.length} missing, ${altered.length} changed${ours.length === 0 ? '' : ` (${ours.slice(0, 5).join(', ')})`}. Somebody wrote to it: keep a copy to find out who, then restore the state directory from a backup, or move it away and start anew (alerts still waiting in it are lost)`,
  );
}

let known: ReadonlyMap<string, string> | null = null;

function expectedSchema(inMemory: () => Database): ReadonlyMap<string, string> {
  if (known !== null) return known;
  const sql = new Statements(inMemory());
  try {
    migrate(sql);
    known = schemaOf(sql);
    return known;
  } finally {
    sql.close();
  }
}

/** The text of each object by its type and name, blanks made alike. Names that begin with `sqlite_` are SQLite's own: nobody else can take them. */
function schemaOf(sql: Statements): ReadonlyMap<string, string> {
  const rows = sql.all('select type, name, tbl_name, sql from sqlite_schema');
  return new Map(
    rows
      .filter((row) => !String(row['name']).startsWith('sqlite_'))
      .map((row) => [
        `${String(row['type'])} ${String(row['name'])}`,
        `${String(row['tbl_name'])} ${String(row['sql']).replace(/\s+/g, ' ').trim()}`,
      ]),
  );
}
