import {
  columnNames,
  digestOf,
  expressionOf,
  firing,
  functionTitle,
  grants,
  objects,
  readsOf,
  roleNames,
  type SensorPart,
  storedForm,
  storedQuery,
} from './sensor-sql.js';
import { IS_OUR_TRIGGER } from './sql-triggers.js';

/**
 * Everything that hangs on tables: the watched ones and their namesakes in full, and of every user table what can change its rows or
 * what is read of them. Queries over `relations` and `family`.
 */
export function watchedObjects(serverVersion: number): SensorPart[] {
  return [
    watchedTables(),
    namesakes(),
    temporaryNamesakes(),
    unmarkedTables(),
    triggers(),
    constraintTriggers(),
    rules(),
    ...rowSecurity(),
    defaults(),
    inheritance(),
    constraints(serverVersion),
  ];
}

/** True where the relation of this oid is neither watched nor a child of a watched one. */
const unwatched = (oid: string) => `${oid} NOT IN (SELECT oid FROM family)`;

/** True where stored code depends on no relation that is watched. */
const readsNothingWatched = (catalog: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend y WHERE y.classid = '${catalog}'::regclass AND y.objid = ${oid}
    AND y.refclassid = 'pg_catalog.pg_class'::regclass AND y.refobjid IN (SELECT oid FROM family))`;

/** A swap by rename shows in the oid, a column dropped and added anew in its number. */
function watchedTables(): SensorPart {
  const ofColumns = (value: string) => `(SELECT json_object_agg(a.attname, ${value})
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)`;
  const columns = ofColumns(`json_build_object('type', format_type(a.atttypid, a.atttypmod),
    'notNull', a.attnotnull, 'collation', a.attcollation::regcollation::text, 'identity', a.attidentity, 'generated', a.attgenerated, 'grants', ${grants('column', 'a.attacl', 'r.relowner')})`);
  return objects({
    object: 'watched-table',
    identity: 'r.title',
    owner: 'r.relowner',
    definition: {
      kind: 'r.relkind',
      persistence: 'r.relpersistence',
      accessMethod: '(SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = r.relam)',
      options: 'to_json(r.reloptions)',
      grants: grants('relation', 'r.relacl', 'r.relowner'),
      columns,
    },
    place: { oid: 'r.oid::text', numbers: ofColumns('a.attnum') },
    from: 'relations r WHERE r.oid IN (SELECT oid FROM family)',
  });
}

/** A table of the same name in another schema is one `search_path` away from taking the watched one's place. */
function namesakes(): SensorPart {
  return objects({
    object: 'namesake',
    identity: 'r.title',
    owner: 'r.relowner',
    definition: { kind: 'r.relkind' },
    place: { oid: 'r.oid::text' },
    from: `relations r WHERE r.relname IN (SELECT name FROM configured)
      AND NOT EXISTS (SELECT FROM configured w WHERE w.schema = r.nspname AND w.name = r.relname)`,
  });
}

/**
 * A temporary relation of a watched name comes before the watched one in its session, and behind a pooler that session is everybody's. Its oid is left
 * out: it is a new one each time.
 */
function temporaryNamesakes(): SensorPart {
  return objects({
    object: 'temporary-namesake',
    identity: `format('%I.%I', n.nspname, c.relname)`,
    owner: 'c.relowner',
    definition: { kind: 'c.relkind' },
    from: `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname ~ '^pg_temp_' AND c.relkind IN ('r', 'p', 'v', 'f') AND c.relname IN (SELECT name FROM configured)`,
  });
}

/** A watched table whose rows our role may not read the mark of: what is changed and changed back there leaves no trace. Its grant stands in no column of the table. */
function unmarkedTables(): SensorPart {
  return objects({
    object: 'unmarked-table',
    identity: 'r.title',
    owner: 'r.relowner',
    definition: { withheld: `'xmin'` },
    from: `relations r JOIN configured w ON r.nspname = w.schema AND r.relname = w.name
      WHERE r.relkind IN ('r', 'p') AND NOT has_column_privilege(r.oid, (-2)::smallint, 'SELECT')`,
  });
}

/** Bits of `tgtype`: pg_trigger.h. */
const TRIGGER = {
  enabled: firing('trigger', 't.tgenabled'),
  timing: `CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' ELSE 'AFTER' END`,
  level: `CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END`,
  events: `to_json(array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
    CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END], NULL))`,
  function: functionTitle('p', 'f.nspname'),
  columns: columnNames('t.tgrelid', 't.tgattr'),
  arguments: `encode(t.tgargs, 'escape')`,
  deferrable: 't.tgdeferrable',
  initiallyDeferred: 't.tginitdeferred',
  transitionTables: 'json_build_array(t.tgoldtable, t.tgnewtable)',
};
const TRIGGER_TABLES = `pg_catalog.pg_trigger t JOIN relations r ON r.oid = t.tgrelid
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace`;

function triggers(): SensorPart {
  return objects({
    object: 'trigger',
    identity: `format('%s.%I', r.title, t.tgname)`,
    owner: 'r.relowner',
    definition: TRIGGER,
    place: { condition: digestOf(storedForm('t.tgqual')) },
    reach: {
      ours: `t.tgenabled = 'A' AND ${IS_OUR_TRIGGER}`,
      // A partition's copy of its parent's trigger.
      'nothing watched': `${unwatched('r.oid')} AND EXISTS (SELECT FROM pg_catalog.pg_trigger u WHERE u.oid = t.tgparentid AND u.tgenabled = t.tgenabled)`,
      elsewhere: unwatched('r.oid'),
    },
    from: `${TRIGGER_TABLES} WHERE NOT t.tgisinternal`,
  });
}

/** The triggers behind foreign keys and deferred constraints have names made of oids, so they go by their constraint. */
function constraintTriggers(): SensorPart {
  return objects({
    object: 'constraint-trigger',
    among: 'pg_catalog.pg_trigger WHERE tgisinternal',
    identity: `format('%s: %s of %s.%I', r.title, p.proname, coalesce(o.title, '?'), coalesce(k.conname, t.tgname))`,
    owner: 'r.relowner',
    definition: { enabled: firing('trigger', 't.tgenabled'), function: TRIGGER.function },
    reach: {
      'nothing watched': `${unwatched('r.oid')} OR k.conparentid <> 0 AND ${unwatched('k.conrelid')}`,
    },
    from: `${TRIGGER_TABLES} LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
      LEFT JOIN relations o ON o.oid = k.conrelid WHERE t.tgisinternal AND t.tgparentid = 0`,
  });
}

/** Views are rules named `_RETURN`. */
function rules(): SensorPart {
  return objects({
    object: `rule`,
    among: 'pg_catalog.pg_rewrite WHERE ev_class >= 16384',
    identity: `format('%s.%I', r.title, w.rulename)`,
    owner: 'r.relowner',
    definition: {
      relation: 'r.relkind',
      event: 'w.ev_type',
      enabled: firing('rule', 'w.ev_enabled'),
      instead: 'w.is_instead',
      reads: readsOf('pg_catalog.pg_rewrite', 'w.oid'),
      options: 'to_json(r.reloptions)',
    },
    place: {
      condition: digestOf(storedForm('w.ev_qual')),
      action: digestOf(storedQuery('w.ev_action')),
    },
    reach: {
      elsewhere: `${unwatched('r.oid')} AND ${readsNothingWatched('pg_catalog.pg_rewrite', 'w.oid')}`,
    },
    from: 'pg_catalog.pg_rewrite w JOIN relations r ON r.oid = w.ev_class',
  });
}

function rowSecurity(): SensorPart[] {
  const using = expressionOf('using', 'o.polqual');
  const check = expressionOf('check', 'o.polwithcheck');
  return [
    objects({
      object: 'row-security',
      identity: 'r.title',
      owner: 'r.relowner',
      definition: { enabled: 'r.relrowsecurity', forced: 'r.relforcerowsecurity' },
      reach: { elsewhere: unwatched('r.oid') },
      from: 'relations r WHERE r.relrowsecurity OR r.relforcerowsecurity',
    }),
    objects({
      object: 'policy',
      among: 'pg_catalog.pg_policy',
      identity: `format('%s.%I', r.title, o.polname)`,
      owner: 'r.relowner',
      definition: {
        command: 'o.polcmd',
        permissive: 'o.polpermissive',
        roles: roleNames('o.polroles'),
        ...using.definition,
        ...check.definition,
        reads: readsOf('pg_catalog.pg_policy', 'o.oid'),
      },
      place: { ...using.place, ...check.place },
      reach: { elsewhere: unwatched('r.oid') },
      from: 'pg_catalog.pg_policy o JOIN relations r ON r.oid = o.polrelid',
    }),
  ];
}

function defaults(): SensorPart {
  const expression = expressionOf('expression', 'd.adbin');
  return objects({
    object: 'default',
    identity: `format('%s.%I', r.title, a.attname)`,
    owner: 'r.relowner',
    definition: { generated: 'a.attgenerated', ...expression.definition },
    place: expression.place,
    reach: {
      // A partition's copy of its parent's default.
      'nothing watched': `${unwatched('r.oid')} AND EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_attribute b ON b.attrelid = h.inhparent AND b.attname = a.attname
        JOIN pg_catalog.pg_attrdef e ON e.adrelid = b.attrelid AND e.adnum = b.attnum WHERE h.inhrelid = r.oid AND ${storedForm('e.adbin')} = ${storedForm('d.adbin')})`,
      elsewhere: unwatched('r.oid'),
    },
    from: `pg_catalog.pg_attrdef d JOIN relations r ON r.oid = d.adrelid
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum`,
  });
}

function inheritance(): SensorPart {
  return objects({
    object: 'inheritance',
    among: 'pg_catalog.pg_inherits',
    identity: `format('%s of %s', r.title, o.title)`,
    owner: 'r.relowner',
    definition: { kind: 'r.relkind', detaching: 'h.inhdetachpending' },
    place: { oid: 'r.oid::text', bound: digestOf(storedForm('r.relpartbound')) },
    reach: { 'nothing watched': unwatched('r.oid') },
    from: 'pg_catalog.pg_inherits h JOIN relations r ON r.oid = h.inhrelid JOIN relations o ON o.oid = h.inhparent',
  });
}

/** NOT NULL constraints are left out: whether a watched column may be null stands with its table. */
function constraints(serverVersion: number): SensorPart {
  return objects({
    object: 'constraint',
    identity: `format('%s.%I', coalesce(r.title, format_type(k.contypid, NULL)), k.conname)`,
    owner: 'coalesce(r.relowner, t.typowner)',
    definition: {
      type: 'k.contype',
      columns: columnNames('k.conrelid', 'k.conkey'),
      references: 'k.confrelid::regclass::text',
      referencedColumns: columnNames('k.confrelid', 'k.confkey'),
      onUpdate: 'k.confupdtype',
      onDelete: 'k.confdeltype',
      match: 'k.confmatchtype',
      validated: 'k.convalidated',
      enforced: serverVersion >= 180000 ? 'k.conenforced' : 'true',
      deferrable: 'k.condeferrable',
      initiallyDeferred: 'k.condeferred',
    },
    place: { expression: digestOf(storedForm('k.conbin')) },
    reach: {
      // A foreign key to a watched table can refuse changes of it, a partition's only as its parent's does. A check that calls functions runs code, a partition's its parent's.
      'nothing watched': `k.conrelid <> 0 AND ${unwatched('k.conrelid')} AND (${unwatched('k.confrelid')} OR k.conparentid <> 0)
        AND (k.conbin IS NULL OR k.conbin::text NOT LIKE '%{FUNCEXPR %' OR k.coninhcount > 0)`,
      elsewhere: `k.conrelid <> 0 AND ${unwatched('k.conrelid')} AND ${unwatched('k.confrelid')}`,
    },
    from: `pg_catalog.pg_constraint k LEFT JOIN relations r ON r.oid = k.conrelid
      LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
      WHERE k.contype <> 'n' AND (r.oid IS NOT NULL OR (k.contypid <> 0 AND t.typnamespace IN (SELECT oid FROM spaces) AND k.oid >= 16384))`,
  });
}
