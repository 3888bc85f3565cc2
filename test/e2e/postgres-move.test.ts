import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CollectionSnapshot, parseRecordLine } from '../../baselines/index.js';
import { differencesBetween, type RecordDifference } from '../../daemon/cli/approve/differences.js';
import { namedDifferences } from '../../daemon/cli/approve/review.js';
import { referenceGrants, referenceSchema } from '../../daemon/demo/reference/schema.js';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import { type OwnPostgres, startOwnPostgres } from '../support/postgres.js';
import { dumpingPostgres } from '../support/postgres-dump/found.mjs';
import { type DumpingServer, startDumpingServer } from '../support/postgres-dump/server.js';
import { openSourceAs, table } from '../support/postgres-source.js';

const bin = dumpingPostgres();
const described = bin === null ? describe.skip : describe;
const SENSOR = 'sensor_cas';
const definitions = [
  table('person', ['id'], ['email']),
  table('terminal', ['id'], ['name', 'serial_number']),
];

/** Objects whose stored form holds places in a text, numbers of tables, or another syntax in each major version. */
const STORED = `
  create view shown as select name from terminal where name <> 'x';
  alter table terminal add constraint honest check (name <> 'evil');
  alter table terminal add column junk int; alter table terminal drop column junk;
  alter table terminal add column more text default 'x' || 'y';
  create function twice(a int default 1 + 1) returns int language sql begin atomic select a * 2; end;
  create policy mine on person using (email <> 'x');
  create rule quiet as on insert to person where new.email = 'x' do instead nothing;
  create function stamp() returns trigger language plpgsql as 'begin return new; end';
  create trigger stamped before update on terminal for each row when (new.name <> 'x') execute function stamp();`;

async function sensed(url: string): Promise<CollectionSnapshot> {
  const source = await openSourceAs(url, definitions, { hints: 'none' });
  const reading = await source.read(SENSOR);
  await source.close();
  if (!reading.readable) throw new Error(reading.detail);
  return reading.snapshot;
}

function recordsBetween(signed: CollectionSnapshot, observed: CollectionSnapshot): RecordDifference[] {
  const [before, after] = [new Map([[SENSOR, signed]]), new Map([[SENSOR, observed]])];
  return differencesBetween('prague-1', before, after, []).filter((one) => one.what === 'record');
}

const keyOf = ({ change }: RecordDifference) =>
  parseRecordLine(`{"fields":{},"key":${change.key}}`).key.join();

described('a database that is dumped and restored', () => {
  let server: DumpingServer;
  let newer: OwnPostgres;
  let signed: CollectionSnapshot;

  beforeAll(async () => {
    [server, newer] = await Promise.all([startDumpingServer(bin ?? ''), startOwnPostgres()]);
    await server.query('postgres', 'create role cas login; create role cas_app login');
    await server.query('postgres', 'create database s1 owner cas');
    await server.query(
      's1',
      `grant create on schema public to cas; grant usage on schema public to cas_app; set role cas;
      ${referenceSchema()} ${referenceGrants('cas_app')} ${STORED}
      reset role; ${installSql({ role: 'tillwarden', channel: 'tillwarden', definitions })}`,
    );
    signed = await sensed(server.urlAs('tillwarden', 's1'));
    expect(await server.run('pg_dump -Fc -C s1 -f s1.dump')).toBe(null);
  });
  afterAll(async () => {
    await server.close();
    await newer.close();
  });

  /** Runs a program of the older server against the newer one. */
  const onNewer = (line: string) => {
    const { hostname, port, username, password } = new URL(newer.server.superuserUrl());
    return server.run(
      `export PGHOST=${hostname} PGPORT=${port} PGUSER=${username} PGPASSWORD='${password}'; ${line}`,
    );
  };

  test('into another database of its server shows as one change that leads, and nothing that stands by itself', async () => {
    expect(await server.run('createdb -O cas s2 && pg_restore -1 -d s2 s1.dump')).toBe(null);
    const found = recordsBetween(signed, await sensed(server.urlAs('tillwarden', 's2')));
    const [lead, ...others] = found;
    expect(lead && keyOf(lead)).toBe('database,this');
    expect(others.map(({ follows }) => follows)).toEqual(others.map(() => lead?.fingerprint));
    expect(others.map(keyOf)).toEqual(
      expect.arrayContaining(['rule,public.shown."_RETURN"', 'watched-table,public.terminal']),
    );
  });

  describe('into a new major version', () => {
    let url: string;
    beforeAll(async () => {
      await server.run(`pg_dumpall -r | grep -v 'ROLE postgres' > roles.sql`);
      expect(await onNewer('psql -q -d postgres -f roles.sql')).toBe(null);
      expect(await onNewer('pg_restore -C -d postgres s1.dump')).toBe(null);
      const address = new URL(newer.server.superuserUrl());
      expect(await onNewer(`psql -q -d postgres -c "alter role tillwarden password 'none'"`)).toBe(null);
      address.username = 'tillwarden';
      address.password = 'none';
      address.pathname = '/s1';
      url = address.href;
    });

    test('the same, and naming what leads accepts all of it', async () => {
      const found = recordsBetween(signed, await sensed(url));
      const [lead, ...others] = found;
      expect(lead).toMatchObject({ leads: others.length });
      expect(others.filter(({ follows }) => follows !== lead?.fingerprint).map(keyOf)).toEqual([]);
      expect(others.map(keyOf)).toEqual(
        expect.arrayContaining([
          'constraint,public.terminal.honest',
          'function,public.twice(integer)',
          'policy,public.person.mine',
          'trigger,public.terminal.stamped',
        ]),
      );
      expect(namedDifferences(found, lead?.fingerprint.slice(0, 12) ?? '')).toEqual(found);
    });

    test('what somebody changed on the way stands by itself, and is not accepted along with the move', async () => {
      const line = `psql -q -d s1 -c "create or replace function stamp() returns trigger language plpgsql as 'begin new.name := ''x''; return new; end'; grant update on terminal to cas_app"`;
      expect(await onNewer(line)).toBe(null);
      const found = recordsBetween(signed, await sensed(url));
      const apart = found.filter(({ follows, leads }) => follows === undefined && leads === undefined);
      expect(apart.map(keyOf)).toEqual(['function,public.stamp()', 'watched-table,public.terminal']);
      const accepted = namedDifferences(found, found[0]?.fingerprint.slice(0, 12) ?? '');
      for (const one of apart) expect(accepted).not.toContain(one);
    });
  });

  test('and code that is typed again in another way is the same where the server keeps places of its text', async () => {
    await server.query(
      's1',
      `set role cas; create or replace view shown as select   name   from terminal
          where name<>'x';
      alter table terminal alter more set default   'x'  ||  'y', drop constraint honest, add constraint honest check (  name<>'evil');
      create or replace function twice(a int   default 1+1) returns int language sql begin atomic   select a*2; end;
      drop policy mine on person; create policy mine on person using (email<>'x');
      create or replace rule quiet as on insert to person where   new.email='x' do instead nothing;
      create or replace trigger stamped before update on terminal for each row when (  new.name<>'x') execute function stamp()`,
    );
    const again = await sensed(server.urlAs('tillwarden', 's1'));
    // A view keeps the names of all columns that its tables had when it was made.
    expect(recordsBetween(signed, again).map(keyOf)).toEqual(['rule,public.shown."_RETURN"']);
    await server.query(
      's1',
      `set role cas; create or replace view shown as select name from terminal where name <>  'x'`,
    );
    expect(recordsBetween(again, await sensed(server.urlAs('tillwarden', 's1')))).toEqual([]);
    await server.query(
      's1',
      `set role cas; create or replace view shown as select name from terminal where name <> 'y'`,
    );
    expect(recordsBetween(again, await sensed(server.urlAs('tillwarden', 's1'))).map(keyOf)).toEqual([
      'rule,public.shown."_RETURN"',
    ]);
  });
});

described('a cluster that pg_upgrade moved into a new one', () => {
  let server: DumpingServer;
  beforeAll(async () => {
    server = await startDumpingServer(bin ?? '');
    await server.query('postgres', 'create role cas login; create role cas_app login');
    await server.query('postgres', 'create database s1 owner cas');
    await server.query(
      's1',
      `grant create on schema public to cas; grant usage on schema public to cas_app; set role cas;
      ${referenceSchema()} ${referenceGrants('cas_app')} ${STORED}
      reset role; ${installSql({ role: 'tillwarden', channel: 'tillwarden', definitions })}`,
    );
  });
  afterAll(async () => {
    await server.run('pg_ctl -D new -m fast stop');
    await server.close();
  });

  test('is another cluster and nothing else, and what changed on the way stands by itself', async () => {
    const url = server.urlAs('tillwarden', 's1');
    const signed = await sensed(url);
    // By its own version: what pg_upgrade needs of an older one, a newer one does not bring.
    expect(
      await server.run(
        `pg_ctl -D data -m fast stop && initdb -D new -U postgres -A trust -E UTF8 --no-sync
        pg_upgrade -b '${bin}' -B '${bin}' -d data -D new -U postgres -s /tmp &&
        pg_ctl -D new -w -l new.log -o "-c listen_addresses=127.0.0.1 -c port=$PGPORT -c unix_socket_directories= -c fsync=off" start`,
      ),
    ).toBe(null);
    const moved = recordsBetween(signed, await sensed(url));
    const [lead, ...others] = moved;
    expect(lead && keyOf(lead)).toBe('database,this');
    expect(lead).toMatchObject({ leads: others.length });
    expect(others.map(({ follows }) => follows)).toEqual(others.map(() => lead?.fingerprint));

    await server.query('s1', 'grant update on terminal to cas_app');
    const altered = recordsBetween(signed, await sensed(url));
    expect(
      altered.filter(({ follows, leads }) => follows === undefined && leads === undefined).map(keyOf),
    ).toEqual(['watched-table,public.terminal']);
  });
});
