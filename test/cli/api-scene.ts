import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import type { Incident } from '../../daemon/incident.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { type CliWorld, createCliWorld, writeSecret } from './run-cli.js';

/** A daemon over a database of its own, and people whose machines know its address, a token and a pin, and nothing else of it. */
export interface ApiScene {
  readonly world: CliWorld;
  readonly database: TestDatabase;
  readonly watched: WatchedSite;
  /** `http://127.0.0.1:…` */
  readonly server: string;
  token(person: string): Promise<string>;
  /** The newest incident by the daemon's own memory. Throws where there is none. */
  incident(): Incident;
  close(): Promise<void>;
}

/**
 * `scopes`: of each person's token, as `[read, acknowledge]`. `environment`: of every command, beside the person's own. `more`: lines of the
 * configuration.
 */
export async function openApiScene(
  scopes: Readonly<Record<string, string>>,
  options: {
    readonly environment?: () => Readonly<Record<string, string | undefined>>;
    readonly more?: (watched: WatchedSite) => Promise<string>;
  } = {},
): Promise<ApiScene> {
  const people = Object.keys(scopes);
  // The sensor sees all roles of a server: other tests must not make any there.
  const [world, postgres]: [CliWorld, OwnPostgres] = await Promise.all([
    createCliWorld(people, options.environment ?? (() => ({ TILLWARDEN_CONFIG: undefined }))),
    startOwnPostgres(),
  ]);
  const database = await postgres.createDatabase();
  const watched = await prepareWatchedSite(database);
  const { site, directory } = watched;
  await approveSite(site, site.approvers, 'first');
  const folderOf = (person: string) => join(world.home(person), '.config', 'tillwarden');
  const lines: string[] = [];
  for (const [person, allowed] of Object.entries(scopes)) {
    const made = await world.as(person, 'token', person);
    await mkdir(folderOf(person), { recursive: true });
    await writeSecret(join(folderOf(person), 'token'), made.stdout.trim());
    lines.push(made.stderr.slice(made.stderr.indexOf('    - name')).replace(/\[read, .*\]/, allowed));
  }
  const config = await readFile(site.configFile, 'utf8');
  const more = (await options.more?.(watched)) ?? '';
  await writeFile(site.configFile, `${config}${more}api:\n  port: 0\n  people:\n${lines.join('')}`);
  const daemon: Daemon = await watched.start();
  const server = await waitFor(() => /"api":"(http:[^"]+)"/.exec(watched.logged.join(''))?.[1], {
    what: 'the API to be served',
  });
  for (const person of people) {
    await writeFile(
      join(folderOf(person), 'approver.yaml'),
      `server: ${server}\ntoken_file: ./token\ntrustRoot: "sha256:${site.pin}"\n`,
    );
  }
  return {
    ...{ world, database, watched, server },
    token: async (person) => (await readFile(join(folderOf(person), 'token'), 'utf8')).trim(),
    incident: () => {
      const store = openStoreReadOnly(join(directory, 'state'));
      try {
        const [found] = store?.incidents.list({}) ?? [];
        if (found === undefined) throw new Error('no incident');
        return found;
      } finally {
        store?.close();
      }
    },
    close: async () => {
      await daemon.stop();
      await watched.close();
      await world.close();
      await database.drop();
      await postgres.close();
    },
  };
}
