import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Definition } from '../../baselines/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, readerRole, type TestSource, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
let open: TestSource | null = null;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await open?.close();
  open = null;
});
afterAll(async () => db.drop());

async function opened(collections: readonly Definition[], config = {}): Promise<TestSource> {
  open = await openTestSource(db, collections, config);
  return open;
}

/** A table of three rows with a name of its own, and its collection. */
async function makeTable(name: string): Promise<Definition> {
  await db.query(`create table ${name} (id int primary key, v text);
    insert into ${name} select g, 'v' || g from generate_series(1, 3) g`);
  return table(name, ['id'], ['v']);
}

/** Cause of a collection that cannot be read, or the number of its records. */
async function outcome(source: TestSource, name: string): Promise<string | number> {
  const reading = await source.read(name);
  return reading.readable ? reading.snapshot.records.length : reading.cause;
}

describe('one collection that cannot be read leaves the others standing, and says why', () => {
  const healthy = (name: string) => table(name, ['id'], ['v']);

  test('when the table or a column is gone', async () => {
    await makeTable('gone_a');
    await makeTable('gone_b');
    await makeTable('gone_c');
    const source = await opened([healthy('gone_a'), healthy('gone_b'), healthy('gone_c')]);
    await db.query('drop table gone_a; alter table gone_b rename v to w');
    expect(await outcome(source, 'gone_a')).toBe('missing');
    expect(await outcome(source, 'gone_b')).toBe('missing');
    const all = await source.source.read();
    expect(all.collections.get('gone_c')?.readable).toBe(true);
    expect(all.collections.get('sensor_cas')?.readable).toBe(true);
    expect([...all.collections.keys()].sort()).toEqual(['gone_a', 'gone_b', 'gone_c', 'sensor_cas']);
  });

  test('when a column may not be read', async () => {
    const collections = [await makeTable('denied_a'), await makeTable('denied_b')];
    const source = await opened(collections);
    await db.query(`revoke select (v) on denied_a from ${await readerRole(db)}`);
    const all = (await source.source.read()).collections;
    expect(all.get('denied_a')).toMatchObject({
      readable: false,
      cause: 'denied',
      detail:
        'public.denied_a: the role may not read it (SQLSTATE 42501); not granted: "v"; run the output of "tillwarden sql" again',
    });
    expect(all.get('denied_b')?.readable).toBe(true);
  });

  test('when row security would hide rows', async () => {
    const source = await opened([await makeTable('hidden')]);
    await db.query('alter table hidden enable row level security');
    expect(await outcome(source, 'hidden')).toBe('row-security');
    await db.query('create policy all_but_one on hidden using (id <> 2)');
    expect(await outcome(source, 'hidden')).toBe('row-security');
    await db.query('alter table hidden disable row level security');
    expect(await outcome(source, 'hidden')).toBe(3);
  });

  test('when the table is replaced by a view, or a part of it is a foreign table', async () => {
    const source = await opened([await makeTable('replaced'), await makeTable('adopted')]);
    await db.query(`alter table replaced rename to replaced_away;
      create view replaced as select id, v from replaced_away; grant select on replaced to public`);
    expect(await outcome(source, 'replaced')).toBe('not-a-table');
    await db.querySuperuser(`create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing;
      create foreign table adopted_child () inherits (adopted) server nowhere`);
    expect(await outcome(source, 'adopted')).toBe('not-a-table');
    await db.querySuperuser('drop server nowhere cascade; drop foreign data wrapper nothing');
  });

  test('when a column is of a type whose owner decides what its text is', async () => {
    await db.query(`create domain short as text; create type pair as (a int, b int);
      create table typed (id int primary key, v short); create table paired (id int primary key, v pair)`);
    const source = await opened([table('typed', ['id'], ['v']), table('paired', ['id'], ['v'])]);
    expect(await outcome(source, 'typed')).toBe('not-a-table');
    expect(await outcome(source, 'paired')).toBe('not-a-table');
  });

  test('when there are more records or bytes than the limits', async () => {
    const source = await opened([await makeTable('many'), await makeTable('few')], {
      maxRecords: 3,
      maxCollectionBytes: 1024,
    });
    expect(await outcome(source, 'many')).toBe(3);
    await db.query("insert into many values (4, '')");
    expect(await outcome(source, 'many')).toBe('too-large');
    // It is counted, and found to be so still.
    expect(await outcome(source, 'many')).toBe('too-large');
    await db.query("delete from many where id = 4; update many set v = repeat('x', 2000) where id = 1");
    expect(await outcome(source, 'many')).toBe('too-large');
    expect(await outcome(source, 'few')).toBe(3);
    await db.query("update many set v = 'v1' where id = 1");
    expect(await outcome(source, 'many')).toBe(3);
  });

  test('when somebody holds a lock for long, which costs one short wait and no waiting for the others', async () => {
    const source = await opened([await makeTable('free'), await makeTable('locked')], { lockTimeoutMs: 500 });
    const locker = await db.connectAs(db.owner);
    await locker.query('begin; lock table locked in access exclusive mode');
    const first = await source.source.read();
    expect(first.collections.get('locked')).toMatchObject({ readable: false, cause: 'timeout' });
    expect(first.collections.get('free')?.readable).toBe(true);
    expect(first.collections.get('sensor_cas')?.readable).toBe(true);

    // The next times it is read by itself, after the others: they hold no lock of ours while it waits.
    let held: unknown;
    let reading = source.source.read();
    let isOver = false;
    const follow = () => {
      isOver = false;
      reading.then(() => {
        isOver = true;
      });
    };
    follow();
    await waitFor(
      async () => {
        const [seen] = await db.querySuperuser<{ waits: boolean; held: string }>(
          `select count(*) filter (where not granted and relation = 'locked'::regclass) > 0 as waits,
             count(*) filter (where relation = 'free'::regclass and mode = 'AccessShareLock') as held
           from pg_locks`,
        );
        if (seen?.waits) held = seen.held;
        // A busy machine may look only once the wait is over: then it looks at the next one.
        else if (isOver) {
          reading = source.source.read();
          follow();
        }
        return seen?.waits;
      },
      { what: 'the reader to wait for the lock' },
    );
    expect(held).toBe('0');
    expect((await reading).collections.get('locked')).toMatchObject({ readable: false, cause: 'timeout' });
    await locker.query('rollback');
    expect(await outcome(source, 'locked')).toBe(3);
  });
});

describe('what takes the place of a table is read as what it is', () => {
  test('TRUNCATE: no records, and no transient emptiness of a table that no commit left empty', async () => {
    const source = await opened([await makeTable('emptied')]);
    const writer = await db.connectAs(db.owner);
    let stop = false;
    const writing = (async () => {
      while (!stop)
        await writer.query(
          "begin; truncate emptied; insert into emptied select g, 'v' || g from generate_series(1, 3) g; commit",
        );
    })();
    const seen = new Set<string | number>();
    for (let i = 0; i < 150; i++) seen.add(await outcome(source, 'emptied'));
    stop = true;
    await writing;
    expect(seen).toContain(3);
    expect([...seen].filter((count) => count !== 3 && count !== 'moving' && count !== 'timeout')).toEqual([]);
    await db.query('truncate emptied');
    expect(await outcome(source, 'emptied')).toBe(0);
  });

  test('a swap by rename: the rows of the table that now has the name, and another oid in the sensor', async () => {
    const source = await opened([await makeTable('swapped')]);
    const oid = async () =>
      (await source.records('sensor_cas'))
        .find((record) => record.key.join() === 'watched-table,public.swapped')
        ?.fields.get('definition');
    const before = await oid();
    await db.query(`create table swapped_evil (like swapped including all); insert into swapped_evil values (1, 'evil');
      grant select (id, v) on swapped_evil to ${await readerRole(db)};
      alter table swapped rename to swapped_old; alter table swapped_evil rename to swapped`);
    expect((await source.records('swapped')).map((record) => record.fields.get('v'))).toEqual(['evil']);
    expect(await oid()).not.toBe(before);
  });

  test('children and partitions, whoever attached them', async () => {
    await db.query(`create table parts (id int, v text) partition by range (id);
      create table parts_low partition of parts for values from (0) to (10); insert into parts values (1, 'low')`);
    const source = await opened([await makeTable('parent'), table('parts', ['id'], ['v'])]);
    expect([await outcome(source, 'parent'), await outcome(source, 'parts')]).toEqual([3, 1]);
    await db.query(`create table child () inherits (parent); insert into child values (9, 'inherited');
      create table parts_high partition of parts for values from (10) to (20); insert into parts_high values (11, 'high')`);
    expect([await outcome(source, 'parent'), await outcome(source, 'parts')]).toEqual([4, 2]);
    await db.query('truncate child');
    expect(await outcome(source, 'parent')).toBe(3);
  });

  test('a column dropped and added anew: the new values, and another number in the sensor', async () => {
    const source = await opened([await makeTable('readded')]);
    const columns = async () => {
      const records = await source.records('sensor_cas');
      const watched = records.find((record) => record.key.join() === 'watched-table,public.readded');
      return JSON.parse(watched?.fields.get('definition') ?? '').place.numbers.v;
    };
    expect(await columns()).toBe(2);
    await db.query(`alter table readded drop column v; alter table readded add column v text default 'new';
      grant select (v) on readded to ${await readerRole(db)}`);
    expect(await columns()).toBe(3);
    expect((await source.records('readded')).map((record) => record.fields.get('v'))).toEqual([
      'new',
      'new',
      'new',
    ]);
  });

  test('the same text means something else when the column becomes json', async () => {
    await db.query(
      `create table retyped (id int primary key, v text); insert into retyped values (1, '{"b":1, "a":2}')`,
    );
    const source = await opened([table('retyped', ['id'], ['v'])]);
    const value = async () => (await source.records('retyped'))[0]?.fields.get('v');
    expect(await value()).toBe('{"b":1, "a":2}');
    await db.query('alter table retyped alter column v type json using v::json');
    expect(await value()).toBe('{"a":2,"b":1}');
  });
});

test('nobody waits for a small table while a large one is read', async () => {
  await db.query(`create table settings_small (id int primary key, v text); insert into settings_small values (1, 'a');
    create table very_many (id int primary key, v text); insert into very_many select g, 'x' from generate_series(1, 20001) g`);
  open = await openTestSource(
    db,
    [table('settings_small', ['id'], ['v']), table('very_many', ['id'], ['v'])],
    { lockTimeoutMs: 60_000, transactionTimeoutMs: 60_000 },
  );
  await open.source.read();
  const [holder, owner] = [await db.connectAs(db.owner), await db.connectAs(db.owner)];
  await holder.query('begin; lock table very_many in access exclusive mode');
  const reading = open.source.read();
  await waitFor(
    async () =>
      (
        await db.querySuperuser(
          "select from pg_locks l join pg_class c on c.oid = l.relation where not l.granted and c.relname = 'very_many'",
        )
      ).length > 0,
    { what: 'the reader to wait for the large table' },
  );
  await owner.query("set lock_timeout = 500; alter table settings_small alter column v set default 'b'");
  await holder.query('rollback');
  expect([...(await reading).collections.values()].every(({ readable }) => readable)).toBe(true);
});

test('a cast that the owner of a type defines is never called', async () => {
  await db.query(`create type shade as enum ('dark', 'light'); create table shades (id int primary key, s shade, ss shade[]);
    insert into shades values (1, 'dark', '{dark}');
    create function lie(shade) returns text language sql as $$ select 'light' $$;
    create function lie(shade[]) returns text language sql as $$ select repeat('x', 70000) $$;
    create cast (shade as text) with function lie(shade) as implicit;
    create cast (shade[] as text) with function lie(shade[]) as implicit`);
  const source = await opened([table('shades', ['id'], ['s', 'ss'])]);
  expect([...((await source.records('shades'))[0]?.fields.values() ?? [])]).toEqual(['dark', '{dark}']);
  const casts = (await source.records('sensor_cas'))
    .filter((record) => record.key[0] === 'cast')
    .map((record) => record.key[1]);
  expect(casts).toEqual(['public.shade as text', 'public.shade[] as text']);
});
