import { spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../../daemon/demo/server/free-port.js';
import {
  guardAgainstOurDeath,
  outputOf,
  serverAccount,
  serverEnvironment,
} from '../../../daemon/demo/server/process.js';
import { waitFor } from '../wait.js';

/** A PostgreSQL of Debian with the programs that dump and restore. Everybody on loopback is let in as whoever they say. */
export interface DumpingServer {
  /** Where dumps may lie. */
  readonly folder: string;
  query(database: string, sql: string): Promise<Record<string, unknown>[]>;
  /** Connection string of a role, which needs no password here. */
  urlAs(role: string, database: string): string;
  /** Runs one of its programs by a shell line with the connection in the environment; the last words of it when it failed, else null. */
  run(line: string): Promise<string | null>;
  close(): Promise<void>;
}

/** `bin`: see `dumpingPostgres`. */
export async function startDumpingServer(bin: string): Promise<DumpingServer> {
  const folder = await mkdtemp(join(tmpdir(), `tillwarden-jest-${process.pid}-dump-`));
  const account = serverAccount();
  const data = join(folder, 'data');
  await mkdir(data);
  if (account) for (const place of [folder, data]) await chown(place, account.uid, account.gid);
  const cluster = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync'];
  const { failure } = await outputOf(
    join(bin, 'initdb'),
    [...cluster, '--encoding', 'UTF8'],
    account,
    folder,
  );
  if (failure !== null) throw new Error(failure);
  const port = await freePort('127.0.0.1');
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...account,
      cwd: folder,
      env: serverEnvironment(),
      stdio: 'ignore',
    },
  );
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const callOff = guardAgainstOurDeath(server.pid ?? 0, 'INT');
  const query: DumpingServer['query'] = async (database, sql) => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return [await client.query(sql)].flat().at(-1)?.rows ?? [];
    } finally {
      await client.end();
    }
  };
  const isUp = () =>
    query('postgres', 'select 1').then(
      () => true,
      () => false,
    );
  await waitFor(isUp, { what: 'the server to start' });
  return {
    folder,
    query,
    urlAs: (role, database) => `postgres://${role}:none@127.0.0.1:${port}/${database}`,
    run: async (line) => {
      const connection = `export PATH='${bin}':"$PATH" PGHOST=127.0.0.1 PGPORT=${port} PGUSER=postgres`;
      return (await outputOf('/bin/sh', ['-c', `${connection}; ${line}`], account, folder)).failure;
    },
    close: async () => {
      server.kill('SIGINT');
      await ended;
      callOff();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
