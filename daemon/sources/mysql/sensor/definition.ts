import type { Definition } from '../../../../baselines/index.js';
import { sensorName } from '../../sensor.js';
import { MYSQL_SENSOR_TABLE } from '../names.js';

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
