import { expect, test } from '@jest/globals';
import { SENSOR_OBJECTS, sensorStatement } from '../../../../daemon/sources/postgres/sensor.js';

test('every sort of object that some version is asked for is known by its name', () => {
  const asked = [140_000, 150_000, 160_000, 170_000, 180_000].flatMap((serverVersion) =>
    [true, false].flatMap((knowsCluster) => {
      const limits = { maxRecords: 10, maxValueBytes: 10 };
      const statement = sensorStatement({ definitions: [], serverVersion, knowsCluster, ...limits });
      return [...statement.matchAll(/SELECT '([a-z-]+)' AS object/g)].map(([, object = '']) => object);
    }),
  );
  expect([...new Set(asked)].sort()).toEqual([...SENSOR_OBJECTS].sort());
});
