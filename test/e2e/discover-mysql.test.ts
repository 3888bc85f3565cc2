import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mysqlReferenceSchema, mysqlReferenceSeed } from '../../daemon/demo/reference/mysql-schema.js';
import { discoverAt } from '../support/discovery.js';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import { openMysqlSource } from '../support/mysql/source.js';

describe.each(FLAVOURS)('on %s', (flavour) => {
  let db: MysqlDatabase;
  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
    await db.query(`${mysqlReferenceSchema()} ${mysqlReferenceSeed()}`);
  });
  afterAll(() => db.drop());

  test('the reference schema is suggested, what moves by itself left out, and all of it is read by the poor account', async () => {
    let beats = 0;
    const found = await discoverAt(db.urlAs(db.owner), {
      watchMs: 2_500,
      onProgress: ({ stage }) => {
        if (stage === 'watching') void db.query(`update terminal set errors = ${++beats} where id = 7`);
      },
    });
    const named = (name: string) => found.definitions.find((definition) => definition.name === name);
    expect(beats).toBeGreaterThan(0);
    expect(named('cas_user')).toMatchObject({ kind: 'admin', key: ['id'], secret: ['password_hash'] });
    expect(named('user_permission')).toMatchObject({ kind: 'permission', key: ['user_id', 'permission'] });
    expect(named('crypto_setting')).toMatchObject({ kind: 'wallet-route', secret: ['api_key'] });
    expect(named('terminal')?.columns).not.toContain('errors');
    expect(found.text).toMatch(/# left out, since it changed by itself while watched: "errors"/);
    const seeded = await db.query(
      'select password_hash as value from cas_user union select email from person',
    );
    for (const { value } of seeded) expect(found.text).not.toContain(String(value));

    const source = await openMysqlSource(db, found.definitions);
    try {
      const { collections } = await source.source.read(found.definitions.map(({ name }) => name));
      expect([...collections].filter(([, reading]) => !reading.readable)).toEqual([]);
    } finally {
      await source.close();
    }
  });

  test('every type of column, every engine and every name is looked at without harm', async () => {
    await db.query(`
      create table terminal_types (id int primary key, b blob, s set('a','b'), g geometry, y year, t time, f float, big bigint unsigned, js json,
        en enum('x','y'), bin binary(4), l varchar(9) character set latin1, bt bit(9), d decimal(30,10));
      insert into terminal_types values (1, x'ff00', 'a', point(1,2), 2020, '10:10:10', 1.5, 18446744073709551615, '{"apiKey":"x"}', 'x', x'00ff', 'ü', b'101', 1);
      create table terminal_engine (id int primary key) engine=MyISAM;
      create table \`terminal: "x" # y'z\` (id int primary key, \`serial_number\`\` no\` int, \`line
break\` int);
      create table \`terminal.dot\` (id int primary key, serial_number int);
      create view terminal_view as select 1 as id;
      create table terminal_prefix (a text not null, unique (a(9)))`);
    const { survey, definitions, text } = await discoverAt(db.urlAs(db.owner));
    const tableOf = (name: string) => survey.tables.find((table) => table.name === name);
    expect(tableOf('terminal_types')).toMatchObject({ problem: null, sampled: 1 });
    const inside = definitions.find(({ name }) => name === 'terminal_types_js');
    expect(inside).toMatchObject({ key: ['path'], columns: ['value'], secret: ['value'] });
    expect(tableOf('terminal_engine')?.problem).toBe('not-a-table');
    expect(tableOf('terminal_view')).toBeUndefined();
    expect(tableOf('terminal_prefix')?.keys).toEqual([]);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(definitions.map((one) => one.table)).toContain(`${db.name}.\`terminal.dot\``);
    const hostile = definitions.find(({ table }) => table.includes('#'));
    // MySQL before 8 prints such a name as it is among the rights of an account, where it could mean anything.
    const quoted = flavour === 'mariadb' ? ['serial_number` no'] : [];
    expect(hostile?.columns).toEqual([...quoted, 'line\nbreak']);
    const source = await openMysqlSource(db, definitions);
    try {
      const { collections } = await source.source.read(definitions.map(({ name }) => name));
      expect([...collections].filter(([, reading]) => !reading.readable)).toEqual([]);
    } finally {
      await source.close();
    }
  });

  test('a wrong password is told in words without it', async () => {
    const told = await discoverAt(db.urlAs(db.owner, 'wr0ngpassw0rd')).catch((error: Error) => error);
    expect(told).toMatchObject({ code: 'SOURCE_SURVEY_UNREACHABLE' });
    expect(String(told)).not.toContain('wr0ngpassw0rd');
  });
});
