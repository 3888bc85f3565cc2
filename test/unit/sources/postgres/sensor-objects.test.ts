import { describe, expect, test } from '@jest/globals';
import {
  occupiedQuery,
  SENSOR_OBJECTS,
  sensorStatement,
} from '../../../../daemon/sources/postgres/sensor.js';

test('every sort of object that some version is asked for is known by its name', () => {
  const asked = [140_000, 150_000, 160_000, 170_000, 180_000].flatMap((serverVersion) =>
    [true, false].flatMap((knowsCluster) => {
      const limits = { maxRecords: 10, maxValueBytes: 10 };
      const statement = sensorStatement({
        definitions: [],
        serverVersion,
        knowsCluster,
        occupied: [],
        ...limits,
      });
      return [...statement.matchAll(/SELECT '([a-z-]+)' AS object/g)].map(([, object = '']) => object);
    }),
  );
  expect([...new Set(asked)].sort()).toEqual([...SENSOR_OBJECTS].sort());
});

describe('a catalog that was found empty', () => {
  const form = {
    definitions: [],
    serverVersion: 180_000,
    knowsCluster: true,
    maxRecords: 10,
    maxValueBytes: 10,
  };
  const among = [...occupiedQuery(180_000).matchAll(/EXISTS \(SELECT FROM (pg_catalog\.\w+)/g)];
  const sortsAsked = (occupied: readonly (string | null)[]) =>
    [...sensorStatement({ ...form, occupied }).matchAll(/SELECT '([a-z-]+)' AS object/g)].map(
      ([, sort]) => sort,
    );
  const everything = sortsAsked([]);

  test.each(among.map(([, catalog = ''], i) => [catalog, i] as const))(
    'is not asked for what it would hold, and all others are: %s',
    (catalog, i) => {
      const occupied = among.map((_, n) => (n === i ? 'f' : 't'));
      const left = everything.filter((sort) => !sortsAsked(occupied).includes(sort));
      expect(left).toHaveLength(1);
      const whole = sensorStatement({ ...form, occupied: [] });
      const [query = ''] = whole
        .split('UNION ALL')
        .filter((one) => one.includes(`SELECT '${left[0]}' AS object`));
      expect(query).toContain(`FROM ${catalog} `);
    },
  );

  test('is asked for where nothing but an answer in the negative was given', () => {
    expect(sortsAsked(among.map(() => null))).toEqual(everything);
    expect(sortsAsked(among.map(() => 't'))).toEqual(everything);
  });
});
