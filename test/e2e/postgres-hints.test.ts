import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Hint } from '../../daemon/sources/source.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import {
  openSourceAs,
  openTestSource,
  readerRole,
  type TestSource,
  table,
} from '../support/postgres-source.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
let open: TestSource | null = null;
let proxy: TcpProxy | null = null;
const collections = [
  table('terminal', ['id'], ['serial_number', 'name']),
  table('crypto_setting', ['id'], ['sell_wallet_address', 'extra']),
  { ...table('crypto_setting', ['id'], ['name']), name: 'coin_names' },
];

beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await open?.close();
  await proxy?.close();
  open = proxy = null;
});
afterAll(async () => db.drop());

async function listening(config = {}): Promise<TestSource> {
  open = await openTestSource(db, collections, config);
  await open.listen();
  return open;
}

const changed = (hints: readonly Hint[]) =>
  hints.flatMap((hint) => (hint.type === 'changed' ? hint.collections : []));

test('a change wakes the collections of its relation', async () => {
  const { hints } = await listening();
  const client = await db.connectAs(db.owner);
  for (let i = 0; i < 30; i++) {
    const seen = changed(hints).length;
    await client.query(`update terminal set name = 'n${i}' where id = 1`);
    await waitFor(() => changed(hints).length > seen, { what: 'the hint' });
  }
  expect(new Set(changed(hints))).toEqual(new Set(['terminal']));
  await client.query("update crypto_setting set sell_wallet_address = 'x' where id = 1");
  await waitFor(() => changed(hints).includes('coin_names') && changed(hints).includes('crypto_setting'), {
    what: 'both collections of the table',
  });
});

test('it listens again after each of 50 killed connections, and every loss is told', async () => {
  const { hints, source } = await listening();
  const role = await readerRole(db);
  for (let i = 0; i < 50; i++) {
    const heard = hints.length;
    await db.querySuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
    );
    await waitFor(() => hints.length > heard && hints.at(-1)?.type === 'listening', {
      what: `listening after kill ${i}`,
    });
    expect(hints.slice(heard).map((hint) => hint.type)).toContain('disconnected');
    expect((await source.read(['terminal'])).collections.get('terminal')?.readable).toBe(true);
  }
  const before = hints.length;
  await db.query("update terminal set name = 'after the kills' where id = 2");
  await waitFor(() => changed(hints.slice(before)).includes('terminal'), { what: 'a hint after the kills' });
});

test('a connection that falls silent is noticed and replaced, for reading and for listening', async () => {
  const url = new URL(db.urlAs(await readerRole(db)));
  proxy = await startTcpProxy(url.hostname, Number(url.port));
  url.port = String(proxy.port);
  open = await openSourceAs(url.href, collections, {
    canaryIntervalMs: 300,
    canaryTimeoutMs: 2_000,
    connectTimeoutMs: 5_000,
  });
  await open.listen();
  expect((await open.read('terminal')).readable).toBe(true);
  const heard = open.hints.length;
  proxy.freeze();
  expect((await open.read('terminal')).readable).toBe(true);
  const { hints } = open;
  const disconnected = await waitFor(() => hints.slice(heard).find((hint) => hint.type === 'disconnected'), {
    what: 'deafness to be noticed',
  });
  // Only the canary can know: nothing else was asked of the connection.
  expect(disconnected).toMatchObject({ reason: expect.stringContaining('was not heard') });
  await waitFor(() => hints.at(-1)?.type === 'listening', { what: 'listening anew' });
  const before = hints.length;
  await db.query("update terminal set name = 'after the silence' where id = 2");
  await waitFor(() => changed(hints.slice(before)).includes('terminal'), {
    what: 'a hint over the new connection',
  });
});

test('a server that speaks on a channel nobody asked for neither ends the process nor wakes anything', async () => {
  const url = new URL(db.urlAs(await readerRole(db)));
  proxy = await startTcpProxy(url.hostname, Number(url.port));
  url.port = String(proxy.port);
  open = await openSourceAs(url.href, collections);
  await open.listen();
  const body = Buffer.from('\0\0\0\x01error\0public.nothing\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  proxy.inject(Buffer.concat([Buffer.from('A'), length, body]));
  await db.query("update terminal set name = 'after the intruder' where id = 2");
  const { hints } = open;
  await waitFor(() => changed(hints).includes('terminal'), { what: 'a hint' });
  expect(hints.map((hint) => hint.type)).toEqual(['listening', 'changed']);
});

test('a role that may only connect cannot wake, break or slow it with junk', async () => {
  const { hints, logged, source } = await listening();
  const noise = await db.connectAs(await db.createRole('noise'));
  const junk = [
    '',
    'junk',
    '{',
    'null',
    '{"__proto__":1}',
    'public.nothing',
    'public.terminal ',
    'canary:0',
    'x'.repeat(7999),
    '\u202E✅',
  ];
  const heard = hints.length;
  for (let i = 0; i < 200; i++) {
    const payload = junk[i % junk.length] ?? '';
    await noise.query('select pg_notify($1, $2 || repeat($3, g % 2)) from generate_series(1, 50) g', [
      'tillwarden',
      payload,
      payload.length > 100 ? '' : ' ',
    ]);
    await noise.query(`notify error, 'x'; notify tillwarden`);
  }
  await db.query("update terminal set name = 'through the noise' where id = 3");
  await waitFor(() => changed(hints.slice(heard)).includes('terminal'), {
    what: 'the hint through the noise',
  });
  expect(new Set(changed(hints.slice(heard)))).toEqual(new Set(['terminal']));
  expect(hints.slice(heard).every((hint) => hint.type === 'changed')).toBe(true);
  expect(logged.filter((line) => line.includes('not ours'))).toHaveLength(1);
  expect(logged.join()).not.toContain('proto');
  expect((await source.read(['terminal'])).collections.get('terminal')?.readable).toBe(true);
});

test('forged hints are merged, and the last is not lost', async () => {
  const { hints } = await listening();
  const forger = await db.connectAs(await db.createRole('forger'));
  const heard = hints.length;
  const began = performance.now();
  // One transaction each: identical payloads of one would merge in the server.
  for (let i = 0; i < 1000; i++) await forger.query("notify tillwarden, 'public.terminal'");
  await forger.query("notify tillwarden, 'public.crypto_setting'");
  await waitFor(() => changed(hints.slice(heard)).includes('coin_names'), { what: 'the last hint' });
  const seconds = (performance.now() - began) / 1000;
  expect(hints.length - heard).toBeLessThanOrEqual(100 + 20 * (seconds + 1));
});

test('a canary that cannot be sent is deafness too', async () => {
  open = await openTestSource(db, collections, { canaryIntervalMs: 100, canaryTimeoutMs: 30_000 });
  await open.listen();
  const { hints } = open;
  await db.querySuperuser(
    `revoke execute on function pg_notify(text, text) from public; grant execute on function pg_notify(text, text) to ${db.owner}`,
  );
  try {
    await waitFor(() => hints.at(-1)?.type === 'disconnected', { what: 'the listening to end' });
    expect(hints.at(-1)).toMatchObject({ reason: expect.stringContaining('42501') });
  } finally {
    await db.querySuperuser(
      `revoke execute on function pg_notify(text, text) from ${db.owner}; grant execute on function pg_notify(text, text) to public`,
    );
  }
  await waitFor(() => hints.at(-1)?.type === 'listening', { what: 'listening anew' });
});

test('a time limit for idle sessions that somebody gave our role ends neither reading nor listening', async () => {
  const role = await readerRole(db);
  await db.querySuperuser(`alter role ${role} set idle_session_timeout = '50ms'`);
  try {
    const canaries: string[] = [];
    const listener = await db.connectAs(db.owner);
    listener.on('notification', ({ payload }) => canaries.push(payload ?? ''));
    await listener.query('listen tillwarden');
    const { hints } = await listening({ canaryIntervalMs: 400 });
    // Between two of them lie eight such limits.
    await waitFor(() => canaries.length >= 2, { what: 'the second canary' });
    expect(hints).toEqual([{ type: 'listening' }]);
  } finally {
    await db.querySuperuser(`alter role ${role} reset idle_session_timeout`);
  }
});

test('hints: none never listens', async () => {
  open = await openTestSource(db, collections, { hints: 'none' });
  open.source.watch((hint) => open?.hints.push(hint));
  await open.source.read();
  const sessions = await db.querySuperuser<{ query: string }>(
    `select query from pg_stat_activity where usename = '${await readerRole(db)}'`,
  );
  expect(sessions).toHaveLength(1);
  await db.query("update terminal set name = 'unheard' where id = 4");
  expect(open.hints).toEqual([]);
  expect((await open.records('terminal')).some((record) => record.fields.get('name') === 'unheard')).toBe(
    true,
  );
});
