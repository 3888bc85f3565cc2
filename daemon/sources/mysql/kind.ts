import { activityDefinition } from '../relational/activity.js';
import { customersDefinition } from '../relational/customers.js';
import { restoreStatements } from '../relational/restore.js';
import { witnessDefinition } from '../relational/witness.js';
import { defineSourceKind, defineSourceSql } from '../source-kind.js';
import { mysqlConfig } from './config.js';
import { createMysqlSource } from './mysql.js';
import { MYSQL_SENSOR_TABLE } from './names.js';
import { MYSQL_DIALECT } from './quote.js';
import { MYSQL_SENSOR_OBJECTS, mysqlSensor } from './sensor/definition.js';
import { mysqlQuestions } from './sensor/questions.js';
import { mysqlInstallSql, mysqlUninstallSql } from './sql.js';
import { MYSQL_URL } from './url.js';

/** MySQL 5.7.8 and newer, MariaDB 10.6 and newer. */
export const mysqlKind = defineSourceKind({
  configSchema: mysqlConfig,
  secrets: ['url'],
  sensor: {
    table: MYSQL_SENSOR_TABLE,
    definition: mysqlSensor,
    questions: mysqlQuestions,
    objects: MYSQL_SENSOR_OBJECTS,
  },
  sql: defineSourceSql(mysqlConfig.omit({ url: true }), {
    install: ({ role, config: { name, witness, activity, customers }, definitions }) =>
      mysqlInstallSql({
        role,
        definitions: [
          ...definitions,
          ...(witness ? [witnessDefinition(name, witness)] : []),
          ...(activity ? [activityDefinition(name, activity)] : []),
          ...(customers ? [customersDefinition(name, customers)] : []),
        ],
      }),
    uninstall: mysqlUninstallSql,
    restore: (record) => restoreStatements(record, MYSQL_DIALECT),
  }),
  examine: async (context, config) => (await import('./examine.js')).examineMysql(context, config),
  surveyor: {
    protocols: MYSQL_URL.protocols,
    survey: async (request) => (await import('./survey.js')).surveyMysql(request),
  },
  writer: {
    write: async (...all) => (await import('./write/write-column.js')).mysqlWriter.write(...all),
    examine: async (...all) => (await import('./write/write-column.js')).mysqlWriter.examine(...all),
  },
  create: createMysqlSource,
});
