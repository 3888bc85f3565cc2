import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { type CliWorld, createCliWorld, writeSecret } from './run-cli.js';

/** A site whose first baseline alice and bob signed: one of the two may sign for terminals, both must for wallet routes. Eve's key counts for nothing. */
export interface SignedSite {
  readonly world: CliWorld;
  readonly database: TestDatabase;
  close(): Promise<void>;
}

export async function openSignedSite(): Promise<SignedSite> {
  // Not the shared server: its sensor would tell of the roles that other test files make.
  const [world, postgres]: [CliWorld, OwnPostgres] = await Promise.all([
    createCliWorld(['alice', 'bob', 'eve']),
    startOwnPostgres(),
  ]);
  let database: TestDatabase | null = null;
  const close = async () => {
    await world.close();
    await database?.drop();
    await postgres.close();
  };
  try {
    database = await postgres.createDatabase();
    await signFirst(world, database);
    return { world, database, close };
  } catch (error) {
    // Its server would outlive the tests.
    await close();
    throw error;
  }
}

/** Sets the site up, and has both sign what is there. */
async function signFirst(world: CliWorld, database: TestDatabase): Promise<void> {
  const role = await database.createRole('tillwarden');
  const site = join(world.directory, 'site');
  await world.as(
    'alice',
    'init',
    ...['--key', world.publicKey('alice'), '--name', 'alice', '--key', world.publicKey('bob')],
    ...['--name', 'bob', '--directory', site, '--site', 'prague-1'],
  );
  await writeSecret(join(site, 'secrets/cas_url'), database.urlAs(role));
  await database.query((await world.as('alice', 'sql', '--role', role)).stdout);
  await world.as('alice', 'approve', '--only', 'all');
  expect((await world.as('bob', 'approve', '--only', 'all')).stdout).toContain('Installed: baseline 1');
}

/** The excuses of the site that `expect --list` or `mute --list` names, waiting ones among them. */
export async function listedExcuses(world: CliWorld, command: 'expect' | 'mute') {
  const { stdout } = await world.as('alice', command, '--list', '--json');
  return (
    JSON.parse(stdout) as {
      excuses: { id: string; state: string; signers: string[]; changes?: object[] }[];
    }
  ).excuses;
}
