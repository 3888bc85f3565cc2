import { chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '../support/certificate.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { openSourceAs, openTestSource, readerRole, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let own: OwnPostgres;
let db: TestDatabase;
const terminals = table('terminal', ['id'], ['serial_number', 'name']);

beforeAll(async () => {
  own = await startOwnPostgres({ max_notify_queue_pages: '64' });
  db = await own.createDatabase();
});
afterAll(async () => {
  await db.drop();
  await own.close();
});

/** Writes a file into the server's own folder, readable by the server alone. */
async function writeServerFile(name: string, text: string): Promise<void> {
  const [row] = await db.querySuperuser<{ data_directory: string }>('show data_directory');
  const file = join(row?.data_directory ?? '', name);
  await writeFile(file, text, { mode: 0o600 });
  if (process.getuid?.() === 0) {
    const folder = await stat(row?.data_directory ?? '');
    await chown(file, folder.uid, folder.gid);
  }
}

test('a restart of the server is told, and afterwards everything is read and heard again', async () => {
  const source = await openTestSource(db, [terminals]);
  await source.listen();
  const before = await source.read('terminal');
  await own.server.stop();
  expect(await source.read('terminal')).toMatchObject({ readable: false, cause: 'unreachable' });
  await waitFor(() => source.hints.at(-1)?.type === 'disconnected', { what: 'the listening to end' });
  await own.server.restart();
  await waitFor(() => source.hints.at(-1)?.type === 'listening', { what: 'listening after the restart' });
  const after = await source.read('terminal');
  expect(before.readable && after.readable && after.snapshot === before.snapshot).toBe(true);
  const heard = source.hints.length;
  await db.query("update terminal set name = 'after the restart' where id = 1");
  await waitFor(() => source.hints.length > heard, { what: 'a hint after the restart' });
  await source.close();
});

test('it closes while the server is down', async () => {
  const source = await openTestSource(db, [terminals]);
  await source.listen();
  own.server.kill();
  await waitFor(() => source.hints.at(-1)?.type === 'disconnected', { what: 'the listening to end' });
  await source.close();
  await own.server.restart();
});

test('TLS: only a server that proves its name is given the password', async () => {
  const { key, cert } = selfSignedCertificate();
  await writeServerFile('server.key', key);
  await writeServerFile('server.crt', cert);
  await writeServerFile('other.crt', selfSignedCertificate().cert);
  const [row] = await db.querySuperuser<{ data_directory: string }>('show data_directory');
  const authority = (name: string) => ({ tlsCaFile: join(row?.data_directory ?? '', name) });
  await openTestSource(db, [terminals]).then((source) => source.close());
  const url = `${db.urlAs(await readerRole(db))}?sslmode=verify-full`;
  const outcome = async (config: Readonly<Record<string, unknown>>): Promise<string> => {
    const source = await openSourceAs(url, [terminals], config);
    const reading = await source.read('terminal');
    await source.close();
    return reading.readable ? 'read' : reading.detail;
  };
  // A server without TLS is not spoken to in the open instead.
  expect(await outcome(authority('server.crt'))).not.toBe('read');
  await db.querySuperuser('alter system set ssl = on');
  await db.querySuperuser('select pg_reload_conf()');
  await waitFor(async () => (await outcome(authority('server.crt'))) === 'read', { what: 'TLS to work' });
  expect(await outcome(authority('other.crt'))).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED/);
  expect(await outcome({})).toMatch(/SELF_SIGNED/);
  await db.querySuperuser('alter system reset ssl');
  await own.server.restart();
});

test('where transactions can be prepared our triggers stay silent, and that shows as degraded', async () => {
  await db.querySuperuser('alter system set max_prepared_transactions = 5');
  await own.server.restart();
  const source = await openTestSource(db, [terminals]);
  expect(source.source.degradations()).toMatchObject([{ code: 'SOURCE_HINTS_SILENT' }]);
  await source.listen();
  const app = await db.connectAs(db.owner);
  await app.query("begin; update terminal set name = 'prepared' where id = 2");
  await app.query("prepare transaction 'of the application'");
  await app.query("commit prepared 'of the application'");
  expect((await source.records('terminal')).some((record) => record.fields.get('name') === 'prepared')).toBe(
    true,
  );
  expect(source.hints.filter((hint) => hint.type === 'changed')).toEqual([]);
  await source.close();
  await db.querySuperuser('alter system reset max_prepared_transactions');
  await own.server.restart();
});

test('a notification queue that somebody filled stops no write of the application', async () => {
  const source = await openTestSource(db, [terminals]);
  const role = await db.createRole('flooder');
  const holder = await db.connectAs(role);
  await holder.query('listen anything');
  await holder.query('begin; select 1');
  const flooder = await db.connectAs(role);
  const flood = async (): Promise<void> => {
    for (;;)
      await flooder.query(
        "select pg_notify('anything', g || repeat('x', 7000)) from generate_series(1, 10) g",
      );
  };
  await expect(flood()).rejects.toMatchObject({ message: expect.stringContaining('too many notifications') });
  await db.query(
    "update terminal set name = 'queue is full' where id = 3; delete from transaction; delete from terminal where id = 4",
  );
  await db.query("insert into terminal (serial_number, name, type) values ('F1', 'n', 't')");
  expect(
    (await source.records('terminal')).some((record) => record.fields.get('name') === 'queue is full'),
  ).toBe(true);
  await source.close();
});

test('a standby is read and can be asked, and says why it cannot be heard', async () => {
  await openTestSource(db, [terminals]).then((source) => source.close());
  const url = db.urlAs(await readerRole(db));
  await writeServerFile('standby.signal', '');
  await own.server.restart();
  const source = await openSourceAs(url, [terminals]);
  source.source.watch((hint) => source.hints.push(hint));
  await waitFor(() => source.hints.length > 0, { what: 'a hint' });
  expect(source.hints[0]).toMatchObject({ type: 'disconnected', reason: expect.stringContaining('standby') });
  expect((await source.read('terminal')).readable).toBe(true);
  expect((await source.read('sensor_cas')).readable).toBe(true);
  expect(source.source.degradations()).toMatchObject([{ code: 'SOURCE_STANDBY' }]);

  const asking = await openSourceAs(url, [terminals], { hints: 'poll' });
  await asking.listen();
  await asking.close();

  // Nothing new arrives and replay is paused: what is read there is no state of now.
  const cautious = await openSourceAs(url, [terminals], { staleAfterMs: 1000 });
  await db.querySuperuser('select pg_wal_replay_pause()');
  await waitFor(async () => !(await cautious.read('terminal')).readable, { what: 'old data to be refused' });
  for (const name of ['terminal', 'sensor_cas']) {
    expect(await cautious.read(name)).toMatchObject({
      readable: false,
      cause: 'unreachable',
      detail: expect.stringContaining('more than 1 s old (staleAfterMs): its replay is paused'),
    });
  }
  await db.querySuperuser('select pg_wal_replay_resume()');
  expect(await cautious.read('terminal')).toMatchObject({
    detail: expect.stringContaining('it receives nothing from its primary'),
  });
  await cautious.close();

  // A standby that is promoted is heard without a restart of ours.
  await db.querySuperuser('select pg_promote()');
  await waitFor(() => source.hints.at(-1)?.type === 'listening', { what: 'listening after the promotion' });
  expect((await source.read('terminal')).readable).toBe(true);
  expect(source.source.degradations()).toEqual([]);
  await source.close();
});
