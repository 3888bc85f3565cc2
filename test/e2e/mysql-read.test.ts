import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeValue } from '../../baselines/index.js';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import {
  install,
  type MysqlTestSource,
  openMysqlSource,
  readerAccount,
  table,
} from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';

describe.each(FLAVOURS)('reading on %s', (flavour) => {
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
  const refused = async (name: string) => {
    const reading = await (await opened([table(db, name, ['id'], ['v'])])).read(name);
    await open?.close();
    return reading.readable ? 'read' : `${reading.cause}: ${reading.detail}`;
  };

  test('whoever waits for a read of everything hears whose turn it is: the collection that holds it up has a name', async () => {
    await db.query('CREATE TABLE free (id INT PRIMARY KEY); CREATE TABLE held (id INT PRIMARY KEY)');
    const { source } = await opened([table(db, 'free', ['id'], []), table(db, 'held', ['id'], [])], {
      lockTimeoutMs: 10_000,
    });
    await source.read();
    const owner = await db.connectAs(db.owner);
    try {
      await owner.query('LOCK TABLES held WRITE');
      const turns: string[] = [];
      const reading = source.read(undefined, { onBegin: (name) => void turns.push(name) });
      await waitFor(() => turns.includes('held'), { what: 'its turn' });
      expect(turns).toEqual(['free', 'held']);
      await owner.query('UNLOCK TABLES');
      expect([...(await reading).collections.values()].every(({ readable }) => readable)).toBe(true);
    } finally {
      await owner.end();
    }
  });

  test('every row becomes a record, its values as the server writes them', async () => {
    await db.query(`CREATE TABLE kinds (id INT PRIMARY KEY, b BIT(1), n DECIMAL(6,2), f FLOAT, d DOUBLE, big BIGINT UNSIGNED, t TIMESTAMP(6) NULL,
      dt DATETIME(3), day DATE, y YEAR, v VARCHAR(9), c CHAR(5), e ENUM('glad','sad'), s SET('a','b'), bin VARBINARY(4), bl BLOB, tx TEXT, j JSON,
      l VARCHAR(9) CHARACTER SET latin1, u VARCHAR(9) CHARACTER SET utf16, bits BIT(12), nothing VARCHAR(9)) ENGINE=InnoDB`);
    await db.query(`SET time_zone = '+00:00'; INSERT INTO kinds VALUES (1, 1, 1.50, 16777218, 0.1, 18446744073709551615, '2026-11-24 11:00:00.123456',
      '2026-11-24 11:00:00.123', '2026-02-01', 2026, 'x', 'ab', 'sad', 'a,b', X'00FF', X'41', 'é😀', '{"b": 1.5, "a": [true]}', 'é€', 'a', 5, NULL)`);
    const columns = 'b n f d big t dt day y v c e s bin bl tx j l u bits nothing'.split(' ');
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
      j: '{"a":[true],"b":1.5}',
      l: 'é€',
      u: '_utf16 0x0061',
      bits: '5',
      nothing: null,
    });
  });

  test('every byte of latin1 is a character of its own, and bytes that are no text become length and digest', async () => {
    await db.query(`CREATE TABLE bytes (id INT PRIMARY KEY, l VARBINARY(1), u VARBINARY(9)) ENGINE=InnoDB;
      INSERT INTO bytes VALUES ${Array.from({ length: 256 }, (_, i) => `(${i}, X'${i.toString(16).padStart(2, '0')}', X'61')`).join(', ')};
      UPDATE bytes SET u = X'C328' WHERE id = 7;
      ALTER TABLE bytes MODIFY l VARCHAR(1) CHARACTER SET latin1`);
    const source = await opened([table(db, 'bytes', ['id'], ['l'])]);
    const seen = new Map((await source.records('bytes')).map(({ key, fields }) => [key[0], fields.get('l')]));
    expect(new Set(seen.values()).size).toBe(256);
    expect(seen.get('128')).toBe('€');
    expect(seen.get('129')).toBe('\u0081');
    expect(seen.get('233')).toBe('é');
  });

  test('a number in FLOAT is not rounded to its neighbour', async () => {
    await db.query(`CREATE TABLE floats (id INT PRIMARY KEY, f FLOAT) ENGINE=InnoDB;
      INSERT INTO floats VALUES (1, 16777216), (2, 16777218), (3, 16777220)`);
    const source = await opened([table(db, 'floats', ['id'], ['f'])]);
    const seen = (await source.records('floats')).map(({ fields }) => fields.get('f'));
    expect(seen).toEqual(['16777216', '16777218', '16777220']);
  });

  test('what did not change is the very same object, however its rows moved', async () => {
    await db.query(`CREATE TABLE still (id INT PRIMARY KEY, v VARCHAR(9), ping INT) ENGINE=InnoDB;
      INSERT INTO still VALUES ${Array.from({ length: 500 }, (_, i) => `(${i}, 'v${i}', 0)`).join(', ')}`);
    const source = await opened([table(db, 'still', ['id'], ['v'])]);
    const first = await source.read('still');
    await db.query('UPDATE still SET ping = 1 WHERE id % 3 = 0; ALTER TABLE still ENGINE=InnoDB');
    const second = await source.read('still');
    expect(first.readable && second.readable && second.snapshot === first.snapshot).toBe(true);
    await db.query("UPDATE still SET v = 'other' WHERE id = 7");
    const third = await source.records('still');
    expect(third.filter(({ fields }) => fields.get('v') === 'other').map(({ key }) => key)).toEqual([['7']]);
    expect(third).toHaveLength(500);
  });

  test('keys compare as bytes, whatever the collation takes for equal; two rows of one key are two records', async () => {
    await db.query(`CREATE TABLE logins (id VARCHAR(9) COLLATE utf8mb4_general_ci, v VARCHAR(9)) ENGINE=InnoDB;
      INSERT INTO logins VALUES ('admin', 'a'), ('ADMIN', 'b'), ('admin ', 'c'), ('admin', 'd'), ('ádmin', 'e'), (NULL, 'f')`);
    const source = await opened([table(db, 'logins', ['id'], ['v'])]);
    const seen = async () =>
      (await source.records('logins')).map(({ key, fields }) => `${key[0]}|${fields.get('v')}`).sort();
    expect(await seen()).toEqual(['ADMIN|b', 'admin |c', 'admin|a', 'admin|d', 'null|f', 'ádmin|e'].sort());
    await db.query("UPDATE logins SET id = 'ADMIN' WHERE v = 'a'");
    expect(await seen()).toContain('ADMIN|a');
  });

  test('names of four bytes in a column of three are what the server made of them, not an exception', async () => {
    await db.query(`CREATE TABLE narrow (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET utf8) ENGINE=InnoDB;
      SET sql_mode = ''; INSERT INTO narrow VALUES (1, 'a😀b'), (2, 'é')`);
    const source = await opened([table(db, 'narrow', ['id'], ['v'])]);
    const [first, second] = await source.records('narrow');
    expect(first?.fields.get('v')).toMatch(/^a/);
    expect(second?.fields.get('v')).toBe('é');
  });

  test('identifiers and values of an attacker are values like any other', async () => {
    const hostile = [
      'constructor',
      '__proto__',
      '',
      '~digest:1:00',
      '\\N',
      'a\tb\nc\rd\\e\b',
      '<!channel>',
      '\u202Edmin\u200B',
      "'; DROP TABLE x; --",
      '\uFFFD',
      '😀\uFEFF',
      'x'.repeat(1000),
    ];
    const name = 'ta`b.l$e; --';
    // MySQL 5.7 writes names of columns into SHOW GRANTS as they are: with a quote or bracket in one, the account is refused.
    const column = flavour === 'mariadb' ? 'co`l\'u\\mn"--' : 'co ON l, TO --';
    const quoted = (text: string) => `\`${text.replaceAll('`', '``')}\``;
    const relation = `${quoted(db.name)}.${quoted(name)}`;
    await db.query(`CREATE TABLE ${relation} (id VARCHAR(1000), ${quoted(column)} TEXT) ENGINE=InnoDB`);
    for (const text of hostile) await db.query(`INSERT INTO ${relation} VALUES (?, ?)`, [text, text]);
    const source = await opened([table(db, 'hostile', ['id'], [column], { table: relation })]);
    const records = await source.records('hostile');
    const plain = (text: string | null | undefined) => {
      const value = decodeValue(text ?? '');
      return value.form === 'text' ? value.text : value.form;
    };
    expect(records.map(({ key }) => plain(key[0])).sort()).toEqual([...hostile].sort());
    expect(records.every(({ key, fields }) => fields.get(column) === key[0])).toBe(true);
  });

  test('a value over the limit is carried as length and digest, and never reaches this process', async () => {
    await db.queryAdmin('SET GLOBAL max_allowed_packet = 1073741824');
    await db.query(`CREATE TABLE huge (id INT PRIMARY KEY, v LONGTEXT, b LONGBLOB) ENGINE=InnoDB;
      INSERT INTO huge VALUES (1, REPEAT('x', 1000000), REPEAT('y', 70000)), (2, 'é', X'00')`);
    // A connection that is made after the limit was raised.
    const owner = await db.connectAs(db.owner);
    for (let n = 0; n < 4; n++) await owner.query('UPDATE huge SET v = CONCAT(v, v) WHERE id = 1');
    const source = await opened([table(db, 'huge', ['id'], ['v', 'b'])]);
    await source.read('huge');
    const before = process.memoryUsage().rss;
    const [first, second] = await source.records('huge');
    expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
    expect(decodeValue(first?.fields.get('v') ?? '')).toEqual({
      form: 'digest',
      bytes: 16_000_000,
      sha256: createHash('sha256').update(Buffer.alloc(16_000_000, 'x')).digest('hex'),
    });
    expect(decodeValue(first?.fields.get('b') ?? '')).toMatchObject({ form: 'digest', bytes: 70_000 });
    expect(second?.fields.get('v')).toBe('é');
    await db.query('DROP TABLE huge');
  });

  test('more records than the limit make a collection too large, and no other', async () => {
    await db.query(`CREATE TABLE many (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; INSERT INTO many VALUES (1, 1), (2, 2), (3, 3);
      CREATE TABLE few (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; INSERT INTO few VALUES (1, 1)`);
    const source = await opened([table(db, 'many', ['id'], ['v']), table(db, 'few', ['id'], ['v'])], {
      maxRecords: 2,
    });
    const { collections } = await source.source.read(['many', 'few']);
    expect(collections.get('many')).toMatchObject({ readable: false, cause: 'too-large' });
    expect(collections.get('few')).toMatchObject({ readable: true });
  });

  test('values of secret columns leave the reader as fingerprints only', async () => {
    await db.query(
      `CREATE TABLE keys_of_api (id INT PRIMARY KEY, v VARCHAR(99)) ENGINE=InnoDB; INSERT INTO keys_of_api VALUES (1, 's3cr3t')`,
    );
    const source = await opened([table(db, 'keys_of_api', ['id'], ['v'], { secret: ['v'] })]);
    const [record] = await source.records('keys_of_api');
    expect(decodeValue(record?.fields.get('v') ?? '')).toMatchObject({ form: 'hmac' });
    expect(JSON.stringify([...(record?.fields ?? [])])).not.toContain('s3cr3t');
  });

  test('computed columns are read like others, and ones that SELECT * hides as well', async () => {
    await db.query(`CREATE TABLE computed (id INT PRIMARY KEY, a INT, v INT AS (a + 1) STORED, w INT AS (a + 2) VIRTUAL) ENGINE=InnoDB;
      INSERT INTO computed (id, a) VALUES (1, 1)`);
    if (flavour === 'mariadb') await db.query('ALTER TABLE computed MODIFY a INT INVISIBLE');
    const source = await opened([table(db, 'computed', ['id'], ['a', 'v', 'w'])]);
    const [record] = await source.records('computed');
    expect([...(record?.fields.values() ?? [])]).toEqual(['1', '2', '3']);
  });

  test('only tables of InnoDB are read: a view, another engine, and what is not there are told of as such', async () => {
    await db.query(`CREATE TABLE base (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; CREATE VIEW a_view AS SELECT * FROM base;
      CREATE TABLE my_isam (id INT PRIMARY KEY, v INT) ENGINE=MyISAM; CREATE TABLE merged (id INT PRIMARY KEY, v INT) ENGINE=MERGE UNION=(my_isam);
      CREATE TABLE in_memory (id INT PRIMARY KEY, v INT) ENGINE=MEMORY; CREATE TABLE parted (id INT PRIMARY KEY, v INT) ENGINE=InnoDB PARTITION BY HASH(id) PARTITIONS 3`);
    const others = ['my_isam', 'merged', 'in_memory'];
    if (flavour === 'mysql') {
      await db.query('CREATE TABLE black_hole (id INT PRIMARY KEY, v INT) ENGINE=BLACKHOLE');
      others.push('black_hole');
    }
    for (const name of others)
      expect(await refused(name)).toMatch(/^not-a-table: \S+: its storage engine is not InnoDB/);
    expect(await refused('a_view')).toMatch(/^not-a-table: \S+: it is not a plain table/);
    expect(await refused('parted')).toBe('read');
    expect(await refused('base')).toBe('read');
  });

  test('a name is meant letter by letter', async () => {
    await db.query('CREATE TABLE Letters (id INT PRIMARY KEY, v INT) ENGINE=InnoDB');
    expect(await refused('Letters')).toBe('read');
    await db.query('DROP TABLE Letters; CREATE TABLE letters (id INT PRIMARY KEY, v INT) ENGINE=InnoDB');
    const source = await opened([table(db, 'letters', ['id'], ['v'])]);
    await db.query('DROP TABLE letters');
    expect(await source.read('letters')).toMatchObject({ readable: false, cause: 'missing' });
    await db.query('CREATE TABLE letters (id INT PRIMARY KEY, w INT) ENGINE=InnoDB');
    const reading = await source.read('letters');
    expect(reading).toMatchObject({ cause: 'missing', detail: expect.stringContaining('a column') });
  });

  test('a column that our account may not read is named, with its table and what to do; other tables are read', async () => {
    await db.query(`CREATE TABLE granted (id INT PRIMARY KEY, v INT, w INT) ENGINE=InnoDB;
      CREATE TABLE beside (id INT PRIMARY KEY, v INT) ENGINE=InnoDB`);
    const definitions = [table(db, 'granted', ['id'], ['v', 'w']), table(db, 'beside', ['id'], ['v'])];
    const source = await opened(definitions);
    const account = `'${readerAccount(db)}'@'127.0.0.1'`;
    await db.queryAdmin(`REVOKE SELECT (v), SELECT (w) ON ${db.name}.granted FROM ${account}`);
    const detail = `${db.name}.granted: the role may not read a column (error 1143); not granted: "v", "w"; run the output of "tillwarden sql" again`;
    const { collections } = await source.source.read(['granted', 'beside']);
    expect(collections.get('granted')).toEqual({ readable: false, cause: 'denied', detail });
    expect(collections.get('beside')).toMatchObject({ readable: true });
    await db.queryAdmin(`REVOKE SELECT (id) ON ${db.name}.granted FROM ${account}`);
    const whole = `${db.name}.granted: the role may not read it (error 1142); run the output of "tillwarden sql" again`;
    expect(await source.read('granted')).toEqual({ readable: false, cause: 'denied', detail: whole });
    await install(db, definitions);
    expect(await source.read('granted')).toMatchObject({ readable: true });
  });

  test('one collection that cannot be read hides no other', async () => {
    await db.query(`CREATE TABLE kept (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; INSERT INTO kept VALUES (1, 1);
      CREATE TABLE gone (id INT PRIMARY KEY, v INT) ENGINE=InnoDB`);
    const source = await opened([table(db, 'gone', ['id'], ['v']), table(db, 'kept', ['id'], ['v'])]);
    await db.query('DROP TABLE gone');
    const { collections } = await source.source.read(['gone', 'kept']);
    expect(collections.get('gone')).toMatchObject({ readable: false, cause: 'missing' });
    expect(collections.get('kept')).toMatchObject({ readable: true });
  });
});
