import type { Definition, TillRecord } from '../../baselines/index.js';
import { parseRecordLine } from '../../baselines/index.js';
import type { SourceContext } from '../../daemon/sources/context.js';
import { sourceKinds } from '../../daemon/sources/index.js';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import type { CollectionReading, Hint, Source } from '../../daemon/sources/source.js';
import type { TestDatabase } from './postgres.js';
import { waitFor } from './wait.js';

/** A collection of a table of the schema `public`, with the defaults a test needs not say. */
export function table(
  name: string,
  key: readonly string[],
  columns: readonly string[],
  more: Partial<Definition> = {},
): Definition {
  return { name, kind: 'config', source: 'cas', table: `public.${name}`, key, columns, secret: [], ...more };
}

/** A source at work on a test database, with what it hinted and logged. */
export interface TestSource {
  readonly source: Source;
  readonly hints: Hint[];
  readonly logged: string[];
  /** Reads one collection. */
  read(collection: string): Promise<CollectionReading>;
  /** Records of a collection that must be readable. */
  records(collection: string): Promise<TillRecord[]>;
  /** Starts hints and waits until they are heard. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

export const FINGERPRINT_KEY = new Uint8Array(32).fill(7);

const readers = new WeakMap<TestDatabase, Promise<string>>();

/** The role that the printed SQL is for, one for each database. */
export function readerRole(db: TestDatabase): Promise<string> {
  const role = readers.get(db) ?? db.createRole('reader');
  readers.set(db, role);
  return role;
}

/** The text that the reader sent last to this database: several statements sent as one are one text. */
export async function lastQuery(db: TestDatabase): Promise<string> {
  const [last] = await db.querySuperuser<{ query: string }>(
    `select query from pg_stat_activity where usename = '${await readerRole(db)}' and datname = '${db.name}'
     order by state_change desc limit 1`,
  );
  if (last === undefined) throw new Error('no session of the reader is there');
  return last.query;
}

/** Runs the printed SQL as the owner, and opens a source with the role it is for. */
export async function openTestSource(
  db: TestDatabase,
  collections: readonly Definition[],
  config: Readonly<Record<string, unknown>> = {},
): Promise<TestSource> {
  const role = await readerRole(db);
  await db.query(installSql({ role, channel: 'tillwarden', definitions: collections }));
  return openSourceAs(db.urlAs(role), collections, config);
}

/** Opens a source with a URL of the test's own. */
export async function openSourceAs(
  url: string,
  collections: readonly Definition[],
  config: Readonly<Record<string, unknown>> = {},
  context: Partial<SourceContext> = {},
): Promise<TestSource> {
  const hints: Hint[] = [];
  const logged: string[] = [];
  const source = newSource(url, collections, config, {
    log: (level, message, details) => logged.push(JSON.stringify({ level, message, ...details })),
    ...context,
  });
  await source.open();
  const read = async (collection: string): Promise<CollectionReading> => {
    const reading = (await source.read([collection])).collections.get(collection);
    if (!reading) throw new Error(`no reading of ${collection}`);
    return reading;
  };
  return {
    source,
    hints,
    logged,
    read,
    records: async (collection) => {
      const reading = await read(collection);
      if (!reading.readable)
        throw new Error(`${collection} is unreadable: ${reading.cause} ${reading.detail}`);
      return reading.snapshot.records.map(({ line }) => parseRecordLine(line));
    },
    listen: async () => {
      source.watch((hint) => hints.push(hint));
      await waitFor(() => hints.at(-1)?.type === 'listening', { what: 'the source to listen' });
    },
    close: () => source.close(),
  };
}

/** A source that is not open yet. */
export function newSource(
  url: string,
  collections: readonly Definition[],
  config: Readonly<Record<string, unknown>> = {},
  context: Partial<SourceContext> = {},
): Source {
  const kind = sourceKinds.get('postgres');
  if (!kind) throw new Error('the registry lacks postgres');
  return kind.create(
    {
      site: 'prague-1',
      name: 'cas',
      collections,
      fingerprintKey: FINGERPRINT_KEY,
      log: () => undefined,
      ...context,
    },
    kind.configSchema.parse({ kind: 'postgres', name: 'cas', url, ...config }),
  );
}
