import { bounded, type SensorObject } from './objects.js';

/** Schemas whose tables and views are the server's own. */
const SYSTEM = "('information_schema', 'performance_schema', 'mysql', 'sys')";

const grantOption = "MAX(IS_GRANTABLE = 'YES')";
const rightsOf = "GROUP_CONCAT(DISTINCT PRIVILEGE_TYPE ORDER BY PRIVILEGE_TYPE SEPARATOR ', ')";

/** Objects that every server tells of in the same words (information_schema, and tables of `mysql` that all have). */
export const COMMON_OBJECTS: readonly SensorObject[] = [
  {
    object: 'trigger',
    identity: ['EVENT_OBJECT_SCHEMA', 'EVENT_OBJECT_TABLE', 'TRIGGER_NAME'],
    owner: 'DEFINER',
    definition: {
      timing: 'ACTION_TIMING',
      event: 'EVENT_MANIPULATION',
      order: 'ACTION_ORDER',
      statement: bounded('ACTION_STATEMENT'),
      sqlMode: 'SQL_MODE',
      characterSet: 'CHARACTER_SET_CLIENT',
    },
    from: 'information_schema.TRIGGERS',
  },
  {
    // LAST_EXECUTED moves by itself, and CREATED and LAST_ALTERED can be forged by SET timestamp.
    object: 'event',
    identity: ['EVENT_SCHEMA', 'EVENT_NAME'],
    owner: 'DEFINER',
    definition: {
      statement: bounded('EVENT_DEFINITION'),
      status: 'STATUS',
      at: 'EXECUTE_AT',
      every: "CONCAT_WS(' ', INTERVAL_VALUE, INTERVAL_FIELD)",
      starts: 'STARTS',
      ends: 'ENDS',
      onCompletion: 'ON_COMPLETION',
      timeZone: 'TIME_ZONE',
      sqlMode: 'SQL_MODE',
    },
    from: 'information_schema.EVENTS',
  },
  {
    // Without SELECT on it, the definition of a view is empty; its digest would look like a real one.
    object: 'view',
    identity: ['TABLE_SCHEMA', 'TABLE_NAME'],
    owner: 'DEFINER',
    definition: {
      statement: `COALESCE(NULLIF(${bounded('VIEW_DEFINITION')}, ''), 'not visible')`,
      check: 'CHECK_OPTION',
      updatable: 'IS_UPDATABLE',
      security: 'SECURITY_TYPE',
    },
    from: `information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN ${SYSTEM}`,
  },
  {
    // The options of other engines may hold the password of another server.
    object: 'table',
    identity: ['TABLE_SCHEMA', 'TABLE_NAME'],
    definition: {
      type: 'TABLE_TYPE',
      engine: 'ENGINE',
      collation: 'TABLE_COLLATION',
      options: "IF(ENGINE = 'InnoDB', CREATE_OPTIONS, NULL)",
    },
    from: `information_schema.TABLES WHERE TABLE_TYPE <> 'VIEW' AND TABLE_SCHEMA NOT IN ${SYSTEM}`,
  },
  {
    object: 'column',
    identity: ['TABLE_SCHEMA', 'TABLE_NAME', 'COLUMN_NAME'],
    definition: {
      position: 'ORDINAL_POSITION',
      type: bounded('COLUMN_TYPE'),
      nullable: 'IS_NULLABLE',
      default: bounded('COLUMN_DEFAULT'),
      extra: 'EXTRA',
      generated: bounded("NULLIF(GENERATION_EXPRESSION, '')"),
      characterSet: 'CHARACTER_SET_NAME',
      collation: 'COLLATION_NAME',
    },
    from: `information_schema.COLUMNS WHERE TABLE_SCHEMA NOT IN ${SYSTEM}`,
  },
  {
    object: 'schema',
    identity: ['SCHEMA_NAME'],
    definition: { characterSet: 'DEFAULT_CHARACTER_SET_NAME', collation: 'DEFAULT_COLLATION_NAME' },
    from: 'information_schema.SCHEMATA',
  },
  // The next four are the rights that the server goes by, which FLUSH PRIVILEGES takes from the tables of `mysql`.
  {
    object: 'rights',
    identity: ["'everywhere'", 'GRANTEE'],
    definition: { rights: rightsOf, mayGrant: grantOption },
    from: 'information_schema.USER_PRIVILEGES GROUP BY GRANTEE',
  },
  {
    object: 'rights',
    identity: ['TABLE_SCHEMA', 'GRANTEE'],
    definition: { rights: rightsOf, mayGrant: grantOption },
    from: 'information_schema.SCHEMA_PRIVILEGES GROUP BY GRANTEE, TABLE_SCHEMA',
  },
  {
    object: 'rights',
    identity: ['TABLE_SCHEMA', 'TABLE_NAME', 'GRANTEE'],
    definition: { rights: rightsOf, mayGrant: grantOption },
    from: 'information_schema.TABLE_PRIVILEGES GROUP BY GRANTEE, TABLE_SCHEMA, TABLE_NAME',
  },
  {
    object: 'column-rights',
    identity: ['TABLE_SCHEMA', 'TABLE_NAME', 'GRANTEE'],
    definition: {
      rights:
        "GROUP_CONCAT(CONCAT(PRIVILEGE_TYPE, ' ', COLUMN_NAME) ORDER BY PRIVILEGE_TYPE, COLUMN_NAME SEPARATOR ', ')",
    },
    from: 'information_schema.COLUMN_PRIVILEGES GROUP BY GRANTEE, TABLE_SCHEMA, TABLE_NAME',
  },
  {
    object: 'routine-rights',
    identity: ['Db', 'Routine_name', "CONCAT('''', User, '''@''', Host, '''')"],
    definition: { rights: 'Proc_priv', type: 'Routine_type', grantor: 'Grantor' },
    from: 'mysql.procs_priv',
  },
  {
    object: 'proxy',
    identity: ["CONCAT(User, '@', Host)", "CONCAT(Proxied_user, '@', Proxied_host)"],
    definition: { mayGrant: 'With_grant' },
    from: 'mysql.proxies_priv',
  },
  {
    object: 'loadable-function',
    identity: ['name'],
    definition: { library: 'dl', type: 'type', returns: 'ret' },
    from: 'mysql.func',
  },
  {
    object: 'plugin',
    identity: ['PLUGIN_NAME'],
    definition: {
      status: 'PLUGIN_STATUS',
      type: 'PLUGIN_TYPE',
      library: 'PLUGIN_LIBRARY',
      load: 'LOAD_OPTION',
    },
    // Those that are built in and active are what the version says they are.
    from: "information_schema.PLUGINS WHERE PLUGIN_LIBRARY IS NOT NULL OR PLUGIN_STATUS <> 'ACTIVE'",
  },
  {
    // No record is made of these: they say whether what is read may be old.
    object: 'replication-thread',
    identity: ['ID'],
    definition: { command: 'COMMAND', state: 'STATE' },
    from: "information_schema.PROCESSLIST WHERE USER = 'system user' AND COMMAND <> 'Daemon'",
  },
  {
    // Without its password.
    object: 'foreign-server',
    identity: ['Server_name'],
    owner: 'Owner',
    definition: {
      wrapper: 'Wrapper',
      host: 'Host',
      port: 'Port',
      socket: 'Socket',
      database: 'Db',
      user: 'Username',
    },
    from: 'mysql.servers',
  },
];
