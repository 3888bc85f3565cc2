import { restoreStatements } from '../relational/restore.js';
import { defineSourceKind, defineSourceSql } from '../source-kind.js';
import { postgresConfig } from './config.js';
import { createPostgresSource } from './postgres.js';
import { POSTGRES_DIALECT } from './quote.js';
import { SENSOR_OBJECTS, SENSOR_TABLE, sensorDefinition } from './sensor.js';
import { sensorQuestions } from './sensor-questions.js';
import { installSql, uninstallSql } from './sql.js';
import { POSTGRES_URL } from './url.js';

/** PostgreSQL, 14 and newer. */
export const postgresKind = defineSourceKind({
  configSchema: postgresConfig,
  secrets: ['url'],
  sensor: {
    table: SENSOR_TABLE,
    definition: sensorDefinition,
    questions: sensorQuestions,
    objects: SENSOR_OBJECTS,
    saysReach: true,
  },
  sql: defineSourceSql(postgresConfig.omit({ url: true }), {
    install: ({ role, config, definitions }) =>
      // Triggers serve notifications only.
      installSql({
        role,
        definitions,
        witness: config.witness,
        activity: config.activity,
        customers: config.customers,
        changeLog: config.changeLog,
        channel: config.hints === 'notify' ? config.channel : null,
      }),
    uninstall: ({ role, config }) => uninstallSql({ role, changeLog: config.changeLog }),
    hasChangeLog: true,
    restore: (record) => restoreStatements(record, POSTGRES_DIALECT),
  }),
  examine: async (context, config) => (await import('./examine.js')).examinePostgres(context, config),
  surveyor: {
    protocols: POSTGRES_URL.protocols,
    survey: async (request) => (await import('./survey.js')).surveyPostgres(request),
  },
  writer: {
    write: async (...all) => (await import('./write/write-column.js')).postgresWriter.write(...all),
    examine: async (...all) => (await import('./write/write-column.js')).postgresWriter.examine(...all),
  },
  create: createPostgresSource,
});
