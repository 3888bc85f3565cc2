import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import { type MysqlTestSource, openMysqlSource, table } from '../support/mysql/source.js';

describe.each(FLAVOURS)('on %s', (flavour) => {
  let db: MysqlDatabase;
  let open: MysqlTestSource | null = null;

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
  });
  afterEach(async () => {
    await open?.close();
    open = null;
  });
  afterAll(async () => db.drop());

  const opened = async (
    ...args: Parameters<typeof openMysqlSource> extends [unknown, ...infer R] ? R : never
  ) => {
    open = await openMysqlSource(db, ...args);
    return open;
  };

  test('every row becomes a record, its values as the server writes them', async () => {
    await db.query(`CREATE TABLE kinds (id INT PRIMARY KEY, b BIT(1), n DECIMAL(6,2), f FLOAT, d DOUBLE, big BIGINT UNSIGNED, t TIMESTAMP(6) NULL,
      dt DATETIME(3), day DATE, y YEAR, v VARCHAR(9), c CHAR(5), e ENUM('glad','sad'), s SET('a','b'), bin VARBINARY(4), bl BLOB, tx TEXT, j JSON,
      l VARCHAR(9) CHARACTER SET latin1, u VARCHAR(9) CHARACTER SET utf16, bits BIT(12)) ENGINE=InnoDB`);
    await db.query(`SET time_zone = '+00:00'; INSERT INTO kinds VALUES (1, 1, 1.50, 16777218, 0.1, 18446744073709551615, '2026-11-24 11:00:00.123456',
      '2026-11-24 11:00:00.123', '2026-02-01', 2026, 'x', 'ab', 'sad', 'a,b', X'00FF', X'41', 'é😀', '{"b": 1.0, "a": [true]}', 'é€', 'a', 5)`);
    const columns = 'b n f d big t dt day y v c e s bin bl tx j l u bits'.split(' ');
    const source = await opened([table(db, 'kinds', ['id'], columns)]);
    const [record] = await source.records('kinds');
    expect(record?.key).toEqual(['1']);
    expect(Object.fromEntries(record?.fields ?? [])).toEqual({
      b: '1',
      n: '1.50',
      f: '16777218',
      d: '0.1',
      big: '18446744073709551615',
      t: '2026-11-24 11:00:00.123456',
      dt: '2026-11-24 11:00:00.123',
      day: '2026-02-01',
      y: '2026',
      v: 'x',
      c: 'ab',
      e: 'sad',
      s: 'a,b',
      bin: '0x00FF',
      bl: '0x41',
      tx: 'é😀',
      j: flavour === 'mysql' ? '{"a":[true],"b":1}' : '{"a":[true],"b":1.0}',
      l: 'é€',
      u: '_utf16 0x0061',
      bits: '5',
    });
  });
});
