import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { referenceGrants, referenceSchema } from '../../daemon/demo/reference/schema.js';
import { changeLogSettings } from '../../daemon/sources/postgres/config.js';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import { dumpingPostgres } from '../support/postgres-dump/found.mjs';
import { type DumpingServer, startDumpingServer } from '../support/postgres-dump/server.js';
import { table } from '../support/postgres-source.js';

const bin = dumpingPostgres();
const described = bin === null ? describe.skip : describe;

/** As docs/postgresql.md has it. */
const WITHOUT_OUR_TRIGGERS = `pg_restore -l s1.dump | grep -v ' TRIGGER .* tillwarden_' > s1.list`;

described('what "tillwarden sql" installs lets the application dump and restore', () => {
  let server: DumpingServer;
  let restored = 0;

  beforeAll(async () => {
    server = await startDumpingServer(bin ?? '');
    await server.query('postgres', 'create role cas; create role cas_app; create role heir superuser');
    await server.query('postgres', 'create database s1 owner cas');
    const definitions = [
      table('person', ['id'], ['email']),
      table('terminal', ['id'], ['name', 'serial_number']),
    ];
    const install = installSql({ role: 'tillwarden', channel: 'tillwarden', definitions });
    await server.query(
      's1',
      `grant create on schema public to cas; grant usage on schema public to cas_app; set role cas;
      ${referenceSchema()} ${referenceGrants('cas_app')} reset role; ${install}`,
    );
  });
  afterAll(async () => server.close());

  const FACTS = {
    triggers: `select concat_ws(' ', tgrelid::regclass, tgname, tgenabled) from pg_trigger where tgname ~ '^tillwarden'`,
    keys: `select concat_ws(' ', conrelid::regclass, conname) from pg_constraint where contype = 'f'`,
    grants: `select concat_ws(' ', c.relname, x.privilege_type) from pg_class c, aclexplode(c.relacl) x where x.grantee = 'cas_app'::regrole`,
    usage: `select has_schema_privilege('cas_app', 'public', 'USAGE')::text`,
  };
  const factsOf = async (database: string) => {
    const facts: Record<string, unknown[]> = {};
    for (const [name, sql] of Object.entries(FACTS)) {
      facts[name] = (await server.query(database, sql)).flatMap((row) => Object.values(row)).sort();
    }
    return facts;
  };
  /** A new database without anything; its name. */
  const target = async (): Promise<string> => {
    const name = `restored_${++restored}`;
    await server.query('postgres', `create database ${name}`);
    await server.query(name, 'drop schema public');
    return name;
  };

  test.each([
    ['the whole', 'pg_dump -Fc s1 -f s1.dump', 'pg_restore -1 s1.dump'],
    ['the schema alone', 'pg_dump -n public -Fc s1 -f s1.dump', 'pg_restore -1 s1.dump'],
    ['statements', 'pg_dump -n public s1 -f s1.dump', 'psql -q -1 -v ON_ERROR_STOP=1 -f s1.dump'],
    ['another owner', 'pg_dump -Fc s1 -f s1.dump', 'pg_restore -1 --no-owner --role=heir s1.dump'],
  ])('%s, in one transaction, complete', async (_, dump, restore) => {
    const to = await target();
    // A dump of everything leaves the schema that every database has to the new one.
    if (!dump.includes('-n public'))
      await server.query(to, 'create schema public; grant usage on schema public to public');
    expect(await server.run(dump)).toBeNull();
    expect(await server.run(`${restore} -d ${to}`)).toBeNull();
    expect(await factsOf(to)).toEqual(await factsOf('s1'));
    expect((await factsOf(to))['triggers']).toHaveLength(8);
  });

  test('a single table, in one transaction, with the list that the guide makes', async () => {
    const to = await target();
    await server.query(to, 'create schema public');
    expect(await server.run('pg_dump -t person -Fc s1 -f s1.dump')).toBeNull();
    expect(await server.run(`pg_restore -1 s1.dump -d ${to}`)).toMatch(/tillwarden_hint/);
    expect(await server.run(WITHOUT_OUR_TRIGGERS)).toBeNull();
    expect(await server.run(`pg_restore -1 -L s1.list s1.dump -d ${to}`)).toBeNull();
    expect(
      await server.query(
        to,
        `select from pg_constraint where conrelid = 'public.person'::regclass and contype = 'p'`,
      ),
    ).toHaveLength(1);
  });

  describe('with a change log', () => {
    const definitions = [table('person', ['id'], ['email'])];
    const changed = (name: string) =>
      server.query(name, `insert into public.person (email) values ('a@example.org') returning id`);
    const logged = (name: string) =>
      server.query(name, 'select operation from tillwarden_log.change order by id');

    beforeAll(async () => {
      await server.query('postgres', 'create database s2 owner cas');
      const changeLog = changeLogSettings.parse({});
      const install = installSql({ role: 'tillwarden', channel: null, definitions, changeLog });
      await server.query(
        's2',
        `set role cas; create table public.person (id int generated always as identity primary key, email text); reset role; ${install}`,
      );
      await changed('s2');
    });

    test('a whole dump has the log and goes on with it', async () => {
      const to = await target();
      await server.query(to, 'create schema public; grant usage on schema public to public');
      expect(await server.run('pg_dump -Fc s2 -f s2.dump')).toBeNull();
      expect(await server.run(`pg_restore -1 s2.dump -d ${to}`)).toBeNull();
      await changed(to);
      // What --data inserts fires no trigger: they come after the rows.
      expect(await logged(to)).toEqual([{ operation: 'insert' }, { operation: 'insert' }]);
    });

    test('a dump of the application’s schema alone is restored complete, and the application writes without a log', async () => {
      const to = await target();
      expect(await server.run('pg_dump -n public -Fc s2 -f s2.dump')).toBeNull();
      expect(await server.run(`pg_restore -1 s2.dump -d ${to}`)).toBeNull();
      expect(await changed(to)).toHaveLength(1);
      await expect(logged(to)).rejects.toThrow('does not exist');
    });
  });

  describe('on a server without our role', () => {
    beforeAll(async () => {
      expect(await server.run('pg_dump -Fc s1 -f s1.dump')).toBeNull();
      await server.query('postgres', 'alter role tillwarden rename to elsewhere');
    });

    test('nothing of the application is lost, and only our own grants are refused', async () => {
      const to = await target();
      await server.query(to, 'create schema public; grant usage on schema public to public');
      expect(await server.run(`pg_restore s1.dump -d ${to}`)).toMatch(/role "tillwarden" does not exist/);
      expect(await factsOf(to)).toEqual(await factsOf('s1'));
    });

    test('in one transaction, once the role is made that the output of "tillwarden sql" names', async () => {
      const to = await target();
      await server.query(to, 'create schema public; grant usage on schema public to public');
      expect(await server.run(`pg_restore -1 s1.dump -d ${to}`)).toMatch(/role "tillwarden" does not exist/);
      const line = /CREATE ROLE "tillwarden" NOLOGIN;/.exec(
        installSql({ role: 'tillwarden', channel: null, definitions: [] }),
      );
      await server.query(to, String(line));
      expect(await server.run(`pg_restore -1 s1.dump -d ${to}`)).toBeNull();
      expect(await factsOf(to)).toEqual(await factsOf('s1'));
      await server.query(to, 'drop owned by tillwarden; drop role tillwarden');
    });
  });
});
