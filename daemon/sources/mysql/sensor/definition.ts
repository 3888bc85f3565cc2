import type { Definition } from '../../../../baselines/index.js';
import { sensorName } from '../../sensor.js';
import { MYSQL_SENSOR_TABLE } from '../names.js';
import { COMMON_OBJECTS } from './catalog.js';
import { MARIADB_OBJECTS, MYSQL5_OBJECTS, MYSQL8_OBJECTS } from './own-catalogs.js';
import { OWN_OBJECTS, REPLICATION } from './rows.js';

/** Every sort of object that some server is asked for. */
export const MYSQL_SENSOR_OBJECTS: readonly string[] = [
  ...new Set(
    [COMMON_OBJECTS, MARIADB_OBJECTS, MYSQL5_OBJECTS, MYSQL8_OBJECTS].flatMap((all) =>
      all.map(({ object }) => object).filter((object) => object !== REPLICATION),
    ),
  ),
  ...Object.values(OWN_OBJECTS),
];

/** The collection that comes with every MySQL source: what the watching itself, and the meaning of the watched rows, depend on. */
export function mysqlSensor(sourceName: string): Definition {
  return {
    name: sensorName(sourceName),
    kind: 'sensor',
    source: sourceName,
    table: MYSQL_SENSOR_TABLE,
    key: ['object', 'identity'],
    columns: ['definition', 'owner'],
    secret: [],
  };
}
