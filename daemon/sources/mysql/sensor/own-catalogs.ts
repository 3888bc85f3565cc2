import { bounded, code, type SensorObject } from './objects.js';

/** Routines as MySQL 5.7 and MariaDB keep them. */
const ROUTINES: SensorObject = {
  object: 'routine',
  identity: ['db', 'name', 'type'],
  owner: 'definer',
  definition: {
    body: code('db', 'body_utf8'),
    parameters: bounded('CONVERT(param_list USING utf8mb4)'),
    returns: bounded('CONVERT(returns USING utf8mb4)'),
    security: 'security_type',
    dataAccess: 'sql_data_access',
    sqlMode: 'sql_mode',
  },
  from: 'mysql.proc',
};

/** A catalog of the InnoDB dictionary. MySQL 8 renamed them: there alone the first name is read, and the second becomes its alias. */
const catalog = (name: string): string =>
  `information_schema./*!80000 INNODB_${name} AS */ INNODB_SYS_${name}`;

/** The parts of the InnoDB dictionary that change hands when tables are exchanged, emptied or rebuilt. */
const DICTIONARY: readonly SensorObject[] = [
  {
    object: 'innodb-table',
    identity: ['NAME'],
    definition: { id: 'TABLE_ID', space: 'SPACE' },
    from: `${catalog('TABLES')} WHERE NAME LIKE '%/%'`,
  },
  {
    // TYPE: bits of the actions ON DELETE and ON UPDATE (InnoDB, dict0mem.h).
    object: 'foreign-key',
    identity: ['INNODB_SYS_FOREIGN.ID'],
    definition: {
      table: 'INNODB_SYS_FOREIGN.FOR_NAME',
      references: 'INNODB_SYS_FOREIGN.REF_NAME',
      actions: 'INNODB_SYS_FOREIGN.TYPE',
      columns: `(SELECT GROUP_CONCAT(CONCAT(FOR_COL_NAME, ' > ', REF_COL_NAME) ORDER BY POS SEPARATOR ', ')
      FROM ${catalog('FOREIGN_COLS')} WHERE INNODB_SYS_FOREIGN_COLS.ID = INNODB_SYS_FOREIGN.ID)`,
    },
    from: catalog('FOREIGN'),
  },
];

/** A hash of a password is never told of, its age is. */
const account = (locked: string, changed: string, more: Readonly<Record<string, string>>) => ({
  object: 'account',
  identity: ['u.User', 'u.Host'] as const,
  definition: {
    plugin: 'u.plugin',
    locked,
    passwordChanged: changed,
    passwordExpired: 'u.password_expired',
    tls: "CONCAT_WS(' ', u.ssl_type, u.ssl_cipher, u.x509_issuer, u.x509_subject)",
    ...more,
  },
});

export const MARIADB_OBJECTS: readonly SensorObject[] = [
  ROUTINES,
  ...DICTIONARY,
  {
    object: 'check',
    identity: ['CONSTRAINT_SCHEMA', 'TABLE_NAME', 'CONSTRAINT_NAME'],
    definition: { clause: bounded('CHECK_CLAUSE') },
    from: 'information_schema.CHECK_CONSTRAINTS',
    only: 'mariadb',
  },
  {
    ...account("JSON_VALUE(g.Priv, '$.account_locked')", "JSON_VALUE(g.Priv, '$.password_last_changed')", {
      isRole: 'u.is_role',
      defaultRole: 'u.default_role',
      otherPlugins: "JSON_EXTRACT(g.Priv, '$.auth_or[*].plugin')",
    }),
    from: 'mysql.user u JOIN mysql.global_priv g ON g.User = u.User AND g.Host = u.Host',
  },
  {
    object: 'role-member',
    identity: ["CONCAT(User, '@', Host)", 'Role'],
    definition: { mayGrant: 'Admin_option' },
    from: 'mysql.roles_mapping',
  },
];

export const MYSQL5_OBJECTS: readonly SensorObject[] = [
  ROUTINES,
  ...DICTIONARY,
  { ...account('u.account_locked', 'u.password_last_changed', {}), from: 'mysql.user u' },
];

/** Not tested: no MySQL 8 could be had. By its documentation. */
export const MYSQL8_OBJECTS: readonly SensorObject[] = [
  {
    object: 'routine',
    identity: ['ROUTINE_SCHEMA', 'ROUTINE_NAME', 'ROUTINE_TYPE'],
    owner: 'DEFINER',
    definition: {
      body: `COALESCE(${code('ROUTINE_SCHEMA', 'ROUTINE_DEFINITION')}, 'not visible')`,
      returns: 'DTD_IDENTIFIER',
      security: 'SECURITY_TYPE',
      dataAccess: 'SQL_DATA_ACCESS',
      sqlMode: 'SQL_MODE',
    },
    from: 'information_schema.ROUTINES',
  },
  ...DICTIONARY,
  {
    object: 'check',
    identity: ['CONSTRAINT_SCHEMA', 'CONSTRAINT_NAME'],
    definition: { clause: bounded('CHECK_CLAUSE') },
    from: 'information_schema.CHECK_CONSTRAINTS',
    only: 'mysql8',
  },
  { ...account('u.account_locked', 'u.password_last_changed', {}), from: 'mysql.user u' },
  {
    object: 'role-member',
    identity: ["CONCAT(TO_USER, '@', TO_HOST)", "CONCAT(FROM_USER, '@', FROM_HOST)"],
    definition: { mayGrant: 'WITH_ADMIN_OPTION' },
    from: 'mysql.role_edges',
  },
  {
    object: 'default-role',
    identity: ["CONCAT(USER, '@', HOST)", "CONCAT(DEFAULT_ROLE_USER, '@', DEFAULT_ROLE_HOST)"],
    definition: {},
    from: 'mysql.default_roles',
  },
];
