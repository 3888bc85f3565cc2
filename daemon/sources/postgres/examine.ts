import { type Definition, tableColumns } from '../../../baselines/index.js';
import type { SourceContext } from '../context.js';
import type { NotExamined, Shortfall, SourceExamination } from '../examination.js';
import { activityDefinition, isActivity } from '../relational/activity.js';
import { customersDefinition, isCustomers } from '../relational/customers.js';
import { endpointOf } from '../relational/endpoint.js';
import { atPlace } from '../relational/failure.js';
import { witnessDefinition } from '../relational/witness.js';
import { isLog, logDefinition } from './change-log/log-table.js';
import type { PostgresConfig } from './config.js';
import { explainFailure } from './failure.js';
import { parseRelation, quoteIdentifier, quoteLiteral, quoteRelation, type Relation } from './quote.js';
import { clientConfig, openSession, type Rows } from './session.js';
import { POSTGRES_URL } from './url.js';

/** Asks the server by a connection of its own, which is closed again. Throws `SourceError` for a URL that cannot be used. */
export async function examinePostgres(
  { collections }: SourceContext,
  config: PostgresConfig,
): Promise<SourceExamination | NotExamined> {
  const place = endpointOf(POSTGRES_URL, config);
  const tables = relationsOf(collections);
  const { name, witness, activity, customers, changeLog } = config;
  const read = [
    ...tables,
    ...relationsOf(witness ? [witnessDefinition(name, witness)] : []),
    ...relationsOf(activity ? [activityDefinition(name, activity)] : []),
    ...relationsOf(customers ? [customersDefinition(name, customers)] : []),
    ...relationsOf(changeLog ? [logDefinition(name, changeLog.schema)] : []),
  ];
  const withTriggers = config.hints === 'notify' || changeLog !== undefined;
  try {
    const { signal } = new AbortController();
    const session = await openSession(clientConfig(place, config), config.connectTimeoutMs, signal);
    try {
      const from = performance.now();
      const [self = []] = await session.run(SELF, config.connectTimeoutMs);
      const tookMs = performance.now() - from;
      const results = await session.run(
        `${columnsQuery(read)}; ${triggersQuery(tables)}`,
        config.transactionTimeoutMs,
      );
      const [version, clock, limit, open] = self[0] ?? [];
      const [columns = [], triggers = []] = results;
      return {
        server: `PostgreSQL ${/^[\d.]+/.exec(version ?? '')?.[0] ?? 'of an unknown version'}`,
        role: place.user,
        clock: clock == null ? null : { serverMs: Number(clock), tookMs },
        connections: Number(limit) < 0 ? null : { open: Number(open), allowed: Number(limit) },
        shortfalls: [
          ...grantShortfalls(read, columns, place.user),
          ...(withTriggers ? triggerShortfalls(tables, triggers) : []),
        ],
      };
    } finally {
      session.destroy();
    }
  } catch (error) {
    const { cause, detail } = atPlace(place, explainFailure(error));
    return { denied: cause === 'denied', detail };
  }
}

interface WatchedRelation {
  readonly definition: Definition;
  readonly relation: Relation;
}

function relationsOf(definitions: readonly Definition[]): readonly WatchedRelation[] {
  return definitions.flatMap((definition) => {
    const relation = parseRelation(definition.table);
    return relation === null ? [] : [{ definition, relation }];
  });
}

const SELF = `SELECT current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint, r.rolconnlimit,
  (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid) FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/** A row for each column of each relation: whether the schema may be used, the relation and the column are there, and the column may be read. */
function columnsQuery(tables: readonly WatchedRelation[]): string {
  const rows = tables.flatMap(({ definition, relation }, i) =>
    tableColumns(definition).map(
      (column) =>
        `(${i}, ${quoteLiteral(relation.schema)}::name, ${quoteLiteral(relation.name)}::name, ${quoteLiteral(column)}::name)`,
    ),
  );
  if (rows.length === 0) return 'SELECT WHERE false';
  return `SELECT w.i, w.col, n.oid IS NOT NULL, coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false), c.oid IS NOT NULL,
    a.attnum IS NOT NULL, coalesce(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'), false)
  FROM (VALUES ${rows.join(', ')}) AS w (i, schema, name, col)
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.col AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY w.i, w.col`;
}

/** Our triggers on the relations, with whether they fire always. */
function triggersQuery(tables: readonly WatchedRelation[]): string {
  const rows = tables.map(
    ({ relation }, i) =>
      `(${i}, ${quoteLiteral(relation.schema)}::name, ${quoteLiteral(relation.name)}::name)`,
  );
  if (rows.length === 0) return 'SELECT WHERE false';
  return `SELECT w.i, t.tgname, t.tgenabled FROM (VALUES ${rows.join(', ')}) AS w (i, schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgname LIKE 'tillwarden\\_%'`;
}

function grantShortfalls(tables: readonly WatchedRelation[], rows: Rows, role: string): Shortfall[] {
  const to = quoteIdentifier(role);
  const lacking = new Set<string>();
  const shortfalls: Shortfall[] = [];
  for (const [index, column, schemaIs, mayUse, tableIs, columnIs, mayRead] of rows) {
    const one = tables[Number(index)];
    if (one === undefined) continue;
    const { table } = one.definition;
    // Our own log is made by what "tillwarden sql" prints; of the rest only the configuration can be wrong, or the database.
    const absent = isLog(one.definition) ? { statement: null } : ({ statement: null, absent: true } as const);
    const needed = !isActivity(one.definition) && !isCustomers(one.definition);
    const once = (what: string, remedy: Pick<Shortfall, 'statement' | 'absent'>) => {
      if (lacking.has(what)) return;
      lacking.add(what);
      shortfalls.push({ what, ...remedy, table, needed });
    };
    const name = JSON.stringify(column ?? '');
    if (schemaIs !== 't') once(`the schema of ${table} does not exist`, absent);
    else if (tableIs !== 't') once(`the table ${table} does not exist`, absent);
    else if (columnIs !== 't') once(`${table} has no column ${name}`, absent);
    else {
      const schema = quoteIdentifier(one.relation.schema);
      if (mayUse !== 't') {
        once(`the role may not use the schema of ${table}`, {
          statement: `GRANT USAGE ON SCHEMA ${schema} TO ${to};`,
        });
      }
      if (mayRead !== 't') {
        // Of the log all is read.
        const columns = isLog(one.definition) ? '' : ` (${quoteIdentifier(column ?? '')})`;
        const grant = `GRANT SELECT${columns} ON TABLE ${quoteRelation(one.relation)} TO ${to};`;
        once(`the role may not read column ${name} of ${table}`, { statement: grant });
      }
    }
  }
  return shortfalls;
}

const TRIGGERS = ['insert', 'delete', 'update', 'truncate'].map((event) => `tillwarden_${event}`);

/** By table, since several collections may be read from one. */
function triggerShortfalls(tables: readonly WatchedRelation[], rows: Rows): Shortfall[] {
  const told = new Set<string>();
  return tables.flatMap(({ definition: { table } }, i): Shortfall[] => {
    if (told.has(table)) return [];
    told.add(table);
    const own = new Map(
      rows.filter(([index]) => Number(index) === i).map(([, name, enabled]) => [name, enabled]),
    );
    const missing = TRIGGERS.filter((name) => !own.has(name));
    // `A`: whatever session_replication_role says.
    const off = TRIGGERS.filter((name) => own.has(name) && own.get(name) !== 'A');
    const short = (names: readonly string[], are: string): Shortfall[] =>
      names.length === 0
        ? []
        : [
            {
              what: `${table}: triggers ${are}: ${names.join(', ')}; a change there is found by the timed read alone`,
              statement: null,
              needed: false,
            },
          ];
    return [...short(missing, 'missing'), ...short(off, 'switched off')];
  });
}
