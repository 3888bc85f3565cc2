import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../../daemon/demo/postgres/embedded-postgres.js';
import { waitFor } from '../../../support/wait.js';

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 60_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), `tillwarden-jest-${process.pid}-own-`));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a running server', () => {
  let server: EmbeddedPostgres;
  const lines: string[] = [];
  beforeAll(async () => {
    server = await startEmbeddedPostgres({
      directory: join(scratch, "Eva's tills, číslo 1"),
      settings: { fsync: 'off', wal_level: 'logical' },
      log: (line) => lines.push(line),
    });
  });
  afterAll(() => server.stop());
  afterEach(() => server.restart());

  test('answers with the settings it was given, from a path with spaces, quotes and accents', async () => {
    const [row] = await ask(
      server.superuserUrl(),
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('wal_level') as wal_level,
              current_setting('server_encoding') as encoding, current_setting('data_checksums') as checksums,
              current_setting('data_directory') as directory, lower('ČÍSLO') as lower`,
    );
    expect(row).toMatchObject({
      major: 18,
      wal_level: 'logical',
      encoding: 'UTF8',
      checksums: 'on',
      lower: 'číslo',
    });
    expect(row?.['directory']).toContain("Eva's tills, číslo 1");
  });

  test('says what it did, and no password', () => {
    expect(lines.join('\n')).toMatch(/binaries.*cluster.*started PostgreSQL \(\d+ ms\)/s);
    expect(lines.join('\n')).not.toContain(new URL(server.superuserUrl()).password);
  });

  test('lets nobody in without the password, not even from this machine', async () => {
    const url = new URL(server.superuserUrl());
    url.password = 'guess';
    await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const [row] = await ask(
      server.superuserUrl(),
      "select count(*)::int as others from pg_hba_file_rules where auth_method <> 'scram-sha-256'",
    );
    expect(row).toEqual({ others: 0 });
  });

  test('listens on 127.0.0.1 and nowhere else', async () => {
    const [row] = await ask(
      server.superuserUrl(),
      "select current_setting('listen_addresses') as tcp, current_setting('unix_socket_directories') as sockets",
    );
    expect(row).toEqual({ tcp: '127.0.0.1', sockets: '' });
    for (const { address, family, internal } of Object.values(networkInterfaces()).flatMap(
      (all) => all ?? [],
    )) {
      if (internal || family !== 'IPv4') continue;
      const url = new URL(server.superuserUrl());
      url.hostname = address;
      await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  test('keeps its data, port and password over a restart, as a new process', async () => {
    const { pid, port } = server;
    await ask(server.superuserUrl(), 'create table kept as select 7 as n');
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(server.port).toBe(port);
    expect(isAlive(pid)).toBe(false);
    expect(await ask(server.superuserUrl(), 'select n from kept')).toEqual([{ n: 7 }]);
  });

  /** What the server writes into its log from now on. */
  async function logFromNow(): Promise<() => Promise<string>> {
    const log = () => readFile(server.logFile, 'utf8');
    const { length } = await log();
    return async () => (await log()).slice(length);
  }

  test('starts again after a kill although a query of the old server still runs for a moment', async () => {
    const client = new pg.Client({ connectionString: server.superuserUrl() });
    client.on('error', () => undefined);
    await client.connect();
    // Until the file is there: whatever waits or sleeps in PostgreSQL ends with the postmaster.
    const busy = client.query(`do $$
      begin raise notice 'busy'; while (pg_stat_file('let-go', true)).size is null loop end loop; end $$`);
    await new Promise((started) => client.once('notice', started));
    const said = await logFromNow();
    server.kill();
    const restarted = server.restart();
    await waitFor(async () => (await said()).includes('pre-existing shared memory block'), {
      what: 'a start that meets the query of the old server',
    });
    await writeFile(join(dirname(server.logFile), 'data', 'let-go'), '');
    await restarted;
    expect(await ask(server.superuserUrl(), 'select 1 as n')).toEqual([{ n: 1 }]);
    await busy;
  });

  test('crashes when killed, and recovers what was committed', async () => {
    await ask(server.superuserUrl(), 'create table committed as select 8 as n');
    const client = new pg.Client({ connectionString: server.superuserUrl() });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    const { pid } = server;
    const said = await logFromNow();
    server.kill();
    expect(await lost).toBeInstanceOf(Error);
    await waitFor(() => !isAlive(pid), { what: 'the postmaster to be gone' });
    await server.restart();
    expect(await ask(server.superuserUrl(), 'select n from committed')).toEqual([{ n: 8 }]);
    expect(await said()).toContain('automatic recovery in progress');
  });

  test('stops although clients are connected, and may be stopped twice', async () => {
    const client = new pg.Client({ connectionString: server.superuserUrl() });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await Promise.all([server.stop(), server.stop()]);
    expect(isAlive(server.pid)).toBe(false);
    expect(await lost).toMatchObject({ code: '57P01' });
    await server.stop();
    await expect(ask(server.superuserUrl(), 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a server that cannot start', () => {
  test('because its port is taken says so, with the end of its log', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    const starting = startEmbeddedPostgres({ directory: join(scratch, 'taken'), port });
    await expect(starting.finally(() => other.close())).rejects.toMatchObject({
      code: 'DEMO_POSTGRES_FAILED',
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*could not bind`, 's')),
    });
  });

  test('because of a setting it does not know says so', async () => {
    await expect(
      startEmbeddedPostgres({ directory: join(scratch, 'setting'), settings: { no_such_setting: '1' } }),
    ).rejects.toMatchObject({
      code: 'DEMO_POSTGRES_FAILED',
      message: expect.stringContaining('no_such_setting'),
    });
  });
});

test('a start in a directory used before begins anew and touches nothing else there', async () => {
  const directory = join(scratch, 'again');
  await mkdir(join(directory, 'data'), { recursive: true });
  const first = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' } });
  await ask(first.superuserUrl(), 'create table old ()');
  await first.stop();
  const second = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' } });
  const [row] = await ask(second.superuserUrl(), "select to_regclass('old') as old");
  await second.stop();
  expect(row).toEqual({ old: null });
  expect(second.superuserUrl()).not.toBe(first.superuserUrl());
  await access(join(directory, 'data'));
});
