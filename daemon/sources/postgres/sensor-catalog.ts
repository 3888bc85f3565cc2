import {
  digestOf,
  expressionOf,
  firing,
  functionTitle,
  grants,
  objects,
  readable,
  type SensorPart,
  sorted,
  storedQuery,
} from './sensor-sql.js';
import { IS_OUR_FUNCTION } from './sql-triggers.js';

/** Everything that does not hang on a table: the database, code, types, roles, settings and what reaches in from outside. */
export function cataloguedObjects(serverVersion: number, knowsCluster: boolean): SensorPart[] {
  return [
    ...database(knowsCluster),
    functions(),
    ...hooks(),
    ...extensions(),
    ...types(),
    ...roles(serverVersion),
    ...settings(),
    ...futureRights(serverVersion),
    ...outside(),
  ];
}

/** The system identifier is that of the cluster's files: another one, and we are talking to another cluster. */
function database(knowsCluster: boolean): SensorPart[] {
  return [
    objects({
      object: 'database',
      identity: `'this'`,
      owner: 'd.datdba',
      definition: {
        name: 'd.datname',
        encoding: 'pg_encoding_to_char(d.encoding)',
        collation: 'd.datcollate',
        grants: grants('database', 'd.datacl', 'd.datdba'),
      },
      place: {
        oid: 'd.oid::text',
        // A function that may not be called fails the whole statement, even where it would not be called.
        systemIdentifier: knowsCluster
          ? '(SELECT system_identifier::text FROM pg_catalog.pg_control_system())'
          : `'unknown: our role may not call pg_control_system()'`,
        majorVersion: `current_setting('server_version_num')::int / 10000`,
      },
      from: 'pg_catalog.pg_database d WHERE d.datname = current_database()',
    }),
    objects({
      object: 'schema',
      identity: `quote_ident(n.nspname)`,
      owner: 'n.nspowner',
      definition: { grants: grants('schema', 'n.nspacl', 'n.nspowner') },
      reach: {
        elsewhere:
          'NOT EXISTS (SELECT FROM family f JOIN pg_catalog.pg_class t ON t.oid = f.oid WHERE t.relnamespace = n.oid)',
      },
      from: 'pg_catalog.pg_namespace n JOIN spaces s ON s.oid = n.oid',
    }),
  ];
}

/** True of a function that is not our role's, and that nothing depends on but triggers of tables that nobody watches. */
const SERVES_NOTHING_WATCHED = `pg_get_userbyid(p.proowner) <> session_user AND p.oid NOT IN (SELECT y.refobjid FROM pg_catalog.pg_depend y
  LEFT JOIN pg_catalog.pg_trigger t ON y.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = y.objid AND t.tgrelid NOT IN (SELECT oid FROM family)
  WHERE y.refclassid = 'pg_catalog.pg_proc'::regclass AND t.oid IS NULL)`;
const OF_NO_WATCHED_COLUMN =
  'NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid IN (SELECT oid FROM family) AND a.atttypid IN (t.oid, t.typarray))';

function functions(): SensorPart {
  const defaults = expressionOf('argumentDefaults', 'p.proargdefaults');
  return objects({
    object: 'function',
    identity: functionTitle('p', 'n.nspname'),
    owner: 'p.proowner',
    definition: {
      kind: 'p.prokind',
      language: '(SELECT l.lanname FROM pg_catalog.pg_language l WHERE l.oid = p.prolang)',
      returns: 'format_type(p.prorettype, NULL)',
      arguments: 'to_json(p.proargnames)',
      ...defaults.definition,
      source: readable('p.prosrc'),
      sourceSha256: digestOf('p.prosrc'),
      library: 'p.probin',
      securityDefiner: 'p.prosecdef',
      leakproof: 'p.proleakproof',
      volatility: 'p.provolatile',
      strict: 'p.proisstrict',
      settings: 'to_json(p.proconfig)',
      grants: grants('function', 'p.proacl', 'p.proowner'),
      aggregate: `(SELECT json_build_array(g.aggkind, g.aggtransfn::regprocedure::text, g.aggfinalfn::regprocedure::text, g.agginitval)
        FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid)`,
    },
    reach: { ours: IS_OUR_FUNCTION, elsewhere: SERVES_NOTHING_WATCHED },
    place: { ...defaults.place, body: digestOf(storedQuery('p.prosqlbody')) },
    from: 'pg_catalog.pg_proc p JOIN spaces n ON n.oid = p.pronamespace WHERE p.oid >= 16384',
  });
}

/** Code that runs without being called by its name. */
function hooks(): SensorPart[] {
  return [
    objects({
      object: 'event-trigger',
      among: 'pg_catalog.pg_event_trigger',
      identity: 'quote_ident(e.evtname)',
      owner: 'e.evtowner',
      definition: {
        event: 'e.evtevent',
        enabled: firing('event trigger', 'e.evtenabled'),
        tags: 'to_json(e.evttags)',
        function: 'e.evtfoid::regprocedure::text',
      },
      from: 'pg_catalog.pg_event_trigger e',
    }),
    objects({
      object: 'operator',
      among: 'pg_catalog.pg_operator WHERE oid >= 16384',
      identity: `format('%I.%s(%s, %s)', n.nspname, o.oprname, format_type(o.oprleft, NULL), format_type(o.oprright, NULL))`,
      owner: 'o.oprowner',
      definition: { function: 'o.oprcode::regprocedure::text', result: 'format_type(o.oprresult, NULL)' },
      from: 'pg_catalog.pg_operator o JOIN spaces n ON n.oid = o.oprnamespace WHERE o.oid >= 16384',
    }),
    objects({
      object: 'cast',
      among: 'pg_catalog.pg_cast WHERE oid >= 16384',
      identity: `format('%s as %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))`,
      definition: {
        function: 'c.castfunc::regprocedure::text',
        context: 'c.castcontext',
        method: 'c.castmethod',
      },
      from: 'pg_catalog.pg_cast c WHERE c.oid >= 16384',
    }),
    objects({
      object: 'conversion',
      among: 'pg_catalog.pg_conversion WHERE oid >= 16384',
      identity: `format('%I.%I', n.nspname, c.conname)`,
      owner: 'c.conowner',
      definition: {
        function: 'c.conproc::regprocedure::text',
        from: 'pg_encoding_to_char(c.conforencoding)',
        to: 'pg_encoding_to_char(c.contoencoding)',
        default: 'c.condefault',
      },
      from: 'pg_catalog.pg_conversion c JOIN spaces n ON n.oid = c.connamespace WHERE c.oid >= 16384',
    }),
  ];
}

function extensions(): SensorPart[] {
  return [
    objects({
      object: 'language',
      identity: 'quote_ident(l.lanname)',
      owner: 'l.lanowner',
      definition: {
        trusted: 'l.lanpltrusted',
        handler: 'l.lanplcallfoid::regprocedure::text',
        inline: 'l.laninline::regprocedure::text',
        grants: grants('language', 'l.lanacl', 'l.lanowner'),
      },
      from: 'pg_catalog.pg_language l',
    }),
    objects({
      object: 'extension',
      identity: 'quote_ident(e.extname)',
      owner: 'e.extowner',
      definition: { version: 'e.extversion', schema: 'e.extnamespace::regnamespace::text' },
      from: 'pg_catalog.pg_extension e',
    }),
  ];
}

function types(): SensorPart[] {
  const byDefault = expressionOf('default', 't.typdefaultbin');
  const title = `format('%I.%I', n.nspname, t.typname)`;
  const from = 'pg_catalog.pg_type t JOIN spaces n ON n.oid = t.typnamespace';
  return [
    objects({
      object: 'enum',
      among: "pg_catalog.pg_type WHERE typtype = 'e'",
      identity: title,
      owner: 't.typowner',
      definition: {
        labels:
          'to_json(ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder))',
      },
      reach: { elsewhere: OF_NO_WATCHED_COLUMN },
      from: `${from} WHERE t.typtype = 'e'`,
    }),
    objects({
      object: 'domain',
      among: "pg_catalog.pg_type WHERE typtype = 'd' AND oid >= 16384",
      identity: title,
      owner: 't.typowner',
      definition: {
        base: 'format_type(t.typbasetype, t.typtypmod)',
        notNull: 't.typnotnull',
        ...byDefault.definition,
      },
      place: byDefault.place,
      reach: { elsewhere: OF_NO_WATCHED_COLUMN },
      from: `${from} WHERE t.typtype = 'd' AND t.oid >= 16384`,
    }),
  ];
}

/** May do nothing that was not granted to it or to everybody; what is granted on watched tables, and what it joins, stands in records of its own. */
const PLAIN_ROLE = `NOT (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls) AND r.rolname <> session_user
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname = current_database() AND d.datdba = r.oid)
  AND NOT EXISTS (SELECT FROM relations t WHERE t.relowner = r.oid AND t.oid IN (SELECT oid FROM family))`;
/** What the server gives whoever creates a role: to administer it, neither to inherit from it nor to become it. Role 10 is the cluster's first. */
const OF_ITS_CREATOR = 'm.grantor = 10 AND m.admin_option AND NOT m.inherit_option AND NOT m.set_option';

function roles(serverVersion: number): SensorPart[] {
  // Before PostgreSQL 16 the role itself says whether it inherits, and every member may become what it is a member of.
  const [inherit, set, ofItsCreator] =
    serverVersion >= 160000
      ? ['m.inherit_option', 'm.set_option', OF_ITS_CREATOR]
      : ['(SELECT r.rolinherit FROM pg_catalog.pg_roles r WHERE r.oid = m.member)', 'true', 'false'];
  return [
    objects({
      object: 'role',
      identity: 'quote_ident(r.rolname)',
      definition: {
        superuser: 'r.rolsuper',
        login: 'r.rolcanlogin',
        inherit: 'r.rolinherit',
        createRole: 'r.rolcreaterole',
        createDatabase: 'r.rolcreatedb',
        replication: 'r.rolreplication',
        bypassRowSecurity: 'r.rolbypassrls',
      },
      reach: { 'nothing by itself': PLAIN_ROLE },
      from: `pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_'`,
    }),
    objects({
      object: 'membership',
      identity: `format('%I in %I granted by %I', pg_get_userbyid(m.member), pg_get_userbyid(m.roleid), pg_get_userbyid(m.grantor))`,
      definition: { admin: 'm.admin_option', inherit, set },
      reach: { 'nothing by itself': ofItsCreator },
      from: 'pg_catalog.pg_auth_members m',
    }),
  ];
}

/**
 * Settings bound to roles and databases, and those that our own session began with. The value of an extension's or application's own setting
 * may be a password: of it only the touch mark of its catalog row is shown.
 */
function settings(): SensorPart[] {
  return [
    objects({
      object: 'bound-setting',
      among: 'pg_catalog.pg_db_role_setting',
      identity: `format('%s for %s in %s', v.name, CASE WHEN s.setrole = 0 THEN 'all roles' ELSE quote_ident(pg_get_userbyid(s.setrole)) END,
        CASE WHEN s.setdatabase = 0 THEN 'all databases' ELSE 'this database' END)`,
      definition: {
        value: `CASE WHEN v.name !~ '[.]' THEN substr(v.item, length(v.name) + 2) END`,
      },
      place: { touched: `CASE WHEN v.name ~ '[.]' THEN s.xmin::text END` },
      from: `pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL (
        SELECT i.item, split_part(i.item, '=', 1) AS name FROM unnest(s.setconfig) AS i (item)) v
        WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()))`,
    }),
    objects({
      object: 'setting',
      identity: 's.name',
      definition: { value: 's.reset_val' },
      from: `pg_catalog.pg_settings s
        WHERE s.name IN ('search_path', 'session_replication_role', 'local_preload_libraries', 'row_security')
        OR s.name = 'event_triggers' AND s.reset_val <> 'on'`,
    }),
  ];
}

/** Rights on what does not exist yet, and on parameters of the server: who may SET session_replication_role may silence triggers. */
function futureRights(serverVersion: number): SensorPart[] {
  const listed = (acl: string) => sorted(`SELECT u.item::text FROM unnest(${acl}) AS u (item)`);
  const defaults = objects({
    object: 'default-privileges',
    among: 'pg_catalog.pg_default_acl',
    identity: `format('of %I on %s in %s', pg_get_userbyid(a.defaclrole), CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
      WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE a.defaclobjtype::text END, coalesce((SELECT quote_ident(n.nspname) FROM pg_catalog.pg_namespace n WHERE n.oid = a.defaclnamespace), 'all schemas'))`,
    owner: 'a.defaclrole',
    definition: { grants: listed('a.defaclacl') },
    from: 'pg_catalog.pg_default_acl a',
  });
  if (serverVersion < 150000) return [defaults];
  const parameters = objects({
    object: 'parameter-grant',
    among: 'pg_catalog.pg_parameter_acl',
    identity: 'p.parname',
    definition: { grants: listed('p.paracl') },
    from: 'pg_catalog.pg_parameter_acl p',
  });
  return [defaults, parameters];
}

/** Options of foreign servers and tables may hold credentials: of them their names and a touch mark are shown. */
function outside(): SensorPart[] {
  const optionNames = (options: string) =>
    sorted(`SELECT split_part(u.item, '=', 1) FROM unnest(${options}) AS u (item)`);
  return [
    objects({
      object: 'foreign-server',
      among: 'pg_catalog.pg_foreign_server',
      identity: 'quote_ident(s.srvname)',
      owner: 's.srvowner',
      definition: {
        wrapper: '(SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)',
        options: optionNames('s.srvoptions'),
        grants: grants('server', 's.srvacl', 's.srvowner'),
      },
      place: { touched: 's.xmin::text' },
      from: 'pg_catalog.pg_foreign_server s',
    }),
    objects({
      object: 'foreign-table',
      among: 'pg_catalog.pg_foreign_table',
      identity: 'r.title',
      owner: 'r.relowner',
      definition: {
        server: '(SELECT s.srvname FROM pg_catalog.pg_foreign_server s WHERE s.oid = f.ftserver)',
        options: optionNames('f.ftoptions'),
      },
      place: { touched: 'f.xmin::text' },
      from: 'pg_catalog.pg_foreign_table f JOIN relations r ON r.oid = f.ftrelid',
    }),
    objects({
      object: 'publication',
      among: 'pg_catalog.pg_publication',
      identity: 'quote_ident(p.pubname)',
      owner: 'p.pubowner',
      definition: {
        allTables: 'p.puballtables',
        tables: sorted(
          'SELECT l.prrelid::regclass::text FROM pg_catalog.pg_publication_rel l WHERE l.prpubid = p.oid',
        ),
      },
      from: 'pg_catalog.pg_publication p',
    }),
    objects({
      object: 'subscription',
      among: 'pg_catalog.pg_subscription',
      identity: 'quote_ident(s.subname)',
      owner: 's.subowner',
      definition: { enabled: 's.subenabled', publications: 'to_json(s.subpublications)' },
      from: 'pg_catalog.pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())',
    }),
  ];
}
