import { defineSourceKind } from '../source-kind.js';
import { mysqlConfig } from './config.js';
import { createMysqlSource } from './mysql.js';
import { SENSOR_TABLE } from './names.js';
import { sensorDefinition } from './sensor/definition.js';
import { installSql, uninstallSql } from './sql.js';

/** MySQL 5.7.8 and newer, MariaDB 10.6 and newer. */
export const mysqlKind = defineSourceKind({
  configSchema: mysqlConfig,
  secrets: ['url'],
  sensor: { table: SENSOR_TABLE, definition: sensorDefinition, questions: [] },
  sql: { install: installSql, uninstall: uninstallSql },
  create: createMysqlSource,
});
