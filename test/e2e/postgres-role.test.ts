import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { newSource, openSourceAs, openTestSource, readerRole, table } from '../support/postgres-source.js';

let db: TestDatabase;
const terminals = table('terminal', ['id'], ['serial_number']);

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => db.drop());

/** The code and message with which a source refuses to open; null when it opens. */
async function refusal(url: string, config = {}): Promise<string | null> {
  const source = newSource(url, [terminals], config);
  try {
    await source.open();
    return null;
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  } finally {
    await source.close();
  }
}

describe('the source refuses a role that could harm what it watches', () => {
  const cases: readonly (readonly [string, (role: string) => string, RegExp])[] = [
    ['is superuser', (role) => `alter role ${role} superuser`, /is superuser/],
    ['may bypass row security', (role) => `alter role ${role} bypassrls`, /bypass row security/],
    ['may create roles', (role) => `alter role ${role} createrole`, /create roles/],
    ['may replicate', (role) => `alter role ${role} replication`, /replicate/],
    ['may run programs', (role) => `grant pg_execute_server_program to ${role}`, /pg_execute_server_program/],
    [
      'may read files through a role that it does not inherit from',
      (role) => `create role middle_${role} noinherit; grant pg_read_server_files to middle_${role};
        alter role ${role} noinherit; grant middle_${role} to ${role}`,
      /pg_read_server_files/,
    ],
    ['may write everything', (role) => `grant pg_write_all_data to ${role}`, /pg_write_all_data/],
    [
      'may update a watched table',
      (role) => `grant update on terminal to ${role}`,
      /may UPDATE on public\.terminal/,
    ],
    [
      'may update one column',
      (role) => `grant update (name) on terminal to ${role}`,
      /may UPDATE on public\.terminal/,
    ],
    ['may insert', (role) => `grant insert (name) on terminal to ${role}`, /may INSERT/],
    ['may truncate', (role) => `grant truncate on terminal to ${role}`, /may TRUNCATE/],
    ['may plant triggers', (role) => `grant trigger on terminal to ${role}`, /may TRIGGER/],
    [
      'is in a role that may delete',
      (role) =>
        `create role eraser_${role}; grant delete on terminal to eraser_${role}; alter role ${role} noinherit; grant eraser_${role} to ${role}`,
      /may DELETE/,
    ],
    ['is in the role that owns the table', (role) => `grant ${db.owner} to ${role}`, /owns/],
  ];

  test.each(cases)('that %s', async (label, sql, words) => {
    const role = await db.createRole(`poor${cases.findIndex(([name]) => name === label)}`);
    await db.query(`grant select (id, serial_number) on terminal to ${role}`);
    expect(await refusal(db.urlAs(role))).toBeNull();
    await db.querySuperuser(sql(role));
    expect(await refusal(db.urlAs(role))).toMatch(words);
    expect(await refusal(db.urlAs(role))).toMatch(/^SOURCE_ROLE_DANGEROUS/);

    const source = newSource(db.urlAs(role), [terminals], { allowDangerousRole: true });
    expect(await source.open()).toEqual([
      { code: 'SOURCE_ROLE_DANGEROUS', message: expect.stringMatching(words) },
    ]);
    expect(source.degradations()).toHaveLength(1);
    await source.close();

    await db.querySuperuser(`alter role ${role} nosuperuser nobypassrls nocreaterole noreplication; drop owned by ${role};
      revoke ${db.owner} from ${role}; drop role if exists middle_${role}`);
    const eraser = await db.querySuperuser(`select from pg_roles where rolname = 'eraser_${role}'`);
    if (eraser.length > 0) await db.querySuperuser(`drop owned by eraser_${role}; drop role eraser_${role}`);
  });

  test('and the one that the printed SQL makes is not such a role', async () => {
    const source = await openTestSource(db, [terminals]);
    expect(source.source.degradations()).toEqual([]);
    await source.close();
  });
});

test('a role that becomes dangerous later is refused at the next connection, and nothing is read with it', async () => {
  const source = await openTestSource(db, [terminals]);
  const role = await readerRole(db);
  expect((await source.read('terminal')).readable).toBe(true);
  await db.querySuperuser(`alter role ${role} bypassrls`);
  await db.querySuperuser(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`);
  expect(await source.read('terminal')).toMatchObject({
    readable: false,
    cause: 'denied',
    detail: expect.stringContaining('bypass row security'),
  });
  await db.querySuperuser(`alter role ${role} nobypassrls`);
  expect((await source.read('terminal')).readable).toBe(true);
  await source.close();
});

test('a database that cannot be reached at the start is no refusal: reads say so, and work once it can be', async () => {
  const url = new URL(db.urlAs(await readerRole(db)));
  url.password = 'wrong-password-of-mine';
  const source = await openSourceAs(url.href, [terminals]);
  expect(await source.read('terminal')).toMatchObject({
    readable: false,
    cause: 'denied',
    detail: expect.stringContaining('28P01'),
  });
  expect(source.logged.join()).not.toContain('wrong-password-of-mine');
  await source.close();

  url.hostname = '127.0.0.1';
  url.port = '1';
  const nowhere = await openSourceAs(url.href, [terminals]);
  expect(await nowhere.read('sensor_cas')).toMatchObject({
    readable: false,
    cause: 'unreachable',
    detail: expect.stringMatching(
      /^127\.0\.0\.1:1: the connection failed \(ECONNREFUSED\): nothing listens there/,
    ),
  });
  await nowhere.close();
});

describe('a source refuses a configuration that cannot work', () => {
  const opening = (collections: Parameters<typeof newSource>[1], config = {}, context = {}) =>
    newSource('postgres://u:sekrit@db.example/x', collections, config, context).open();

  test.each([
    ['a table without schema', table('t', ['id'], ['v'], { table: 'terminal' })],
    ['a table of three parts', table('t', ['id'], ['v'], { table: 'a.b.c' })],
    ['a column twice', table('t', ['id'], ['id'])],
    ['a column that is too long', table('t', ['id'], ['x'.repeat(64)])],
    ['a file as a kind', table('t', ['id'], ['v'], { kind: 'file' })],
    ['the name of the sensor', table('sensor_cas', ['id'], ['v'])],
  ])('%s', async (_, definition) => {
    await expect(opening([definition])).rejects.toMatchObject({ code: 'SOURCE_COLLECTION' });
  });

  test('secret columns without a fingerprint key', async () => {
    const secret = [table('t', ['id'], ['v'], { secret: ['v'] })];
    await expect(opening(secret, {}, { fingerprintKey: null })).rejects.toMatchObject({
      code: 'SOURCE_FINGERPRINT_KEY',
    });
    await expect(opening(secret, {}, { fingerprintKey: new Uint8Array(31) })).rejects.toMatchObject({
      code: 'SOURCE_FINGERPRINT_KEY',
    });
  });

  test('a host that is not loopback without verified TLS, before anything is sent to it', async () => {
    const open = (mode: string) => newSource(`postgres://u:sekrit@db.example/x?sslmode=${mode}`, []).open();
    for (const mode of ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca']) {
      const error = await open(mode).catch((caught: Error) => caught);
      expect(error).toMatchObject({ code: 'SOURCE_TLS_UNVERIFIED' });
      expect(String(error)).not.toContain('sekrit');
    }
  });

  test('a certificate authority that is not there', async () => {
    await expect(opening([], { tlsCaFile: '/nowhere/ca.pem' })).rejects.toMatchObject({
      code: 'SOURCE_TLS_CA',
    });
  });
});
