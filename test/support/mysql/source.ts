import type { Definition, TillRecord } from '../../../baselines/index.js';
import { parseRecordLine } from '../../../baselines/index.js';
import type { SourceContext } from '../../../daemon/sources/context.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { OUR_SCHEMA, PROCEDURES } from '../../../daemon/sources/mysql/names.js';
import type { CollectionReading, Hint, Source } from '../../../daemon/sources/source.js';
import { sourceKindOf } from '../../../daemon/sources/source-kind.js';
import { FINGERPRINT_KEY } from '../postgres-source.js';
import { waitFor } from '../wait.js';
import type { MysqlDatabase } from './databases.js';

/** A collection of a table of the test's database. */
export function table(
  db: MysqlDatabase,
  name: string,
  key: readonly string[],
  columns: readonly string[],
  more: Partial<Definition> = {},
): Definition {
  return {
    name,
    kind: 'config',
    source: 'cas',
    table: `${db.name}.${name}`,
    key,
    columns,
    secret: [],
    ...more,
  };
}

/** A source at work on a test database, with what it hinted and logged. */
export interface MysqlTestSource {
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

type Config = Readonly<Record<string, unknown>>;

const readers = new WeakMap<MysqlDatabase, string>();

/** The account that the printed SQL is for, one for each database. */
export function readerAccount(db: MysqlDatabase): string {
  const account = readers.get(db) ?? db.reserveAccount('reader');
  readers.set(db, account);
  return account;
}

/**
 * Runs the printed SQL as an administrator, and gives the account its password. What is printed replaces parts that are the whole server's: procedures made anew
 * lose the rights of other accounts, and the account they run as its sight of other databases. So on a server that test files share these are made once, by whoever comes first,
 * and afterwards only what is this account's is run.
 */
export async function install(
  db: MysqlDatabase,
  collections: readonly Definition[],
  settings: Config = {},
): Promise<string> {
  const account = readerAccount(db);
  const text = installText(db, collections, settings);
  await db.exclusively(async () => {
    const isMade = db.isShared && (await db.queryAdmin(MADE)).length >= PROCEDURES.length;
    await db.queryAdmin(isMade ? ownParts(text) : text);
  });
  const password = new URL(db.urlAs(account)).password;
  await db.queryAdmin(`ALTER USER '${account}'@'127.0.0.1' IDENTIFIED BY '${password}' ACCOUNT UNLOCK`);
  return account;
}

const MADE = `SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${OUR_SCHEMA}'`;

/** Of what is printed, by its numbered parts: what is about one account and its tables. */
function ownParts(text: string): string {
  const [settings, account, definer, canaries, procedures, seeing] = text.split(/^(?=-- [1-5]\. )/m);
  if (seeing === undefined || canaries === undefined) throw new Error('the printed SQL has other parts now');
  const lines = (part: string | undefined, wanted: RegExp) =>
    (part ?? '').split('\n').filter((line) => wanted.test(line));
  const sight = lines(definer, / -- shows the text of its views$/);
  const calls = lines(procedures, /^GRANT EXECUTE ON PROCEDURE /);
  if (sight.length === 0 || calls.length === 0) throw new Error('the printed SQL has other grants now');
  return [settings, account, ...sight, ...calls, seeing].join('\n');
}

/** What `tillwarden sql` prints. */
export function installText(
  db: MysqlDatabase,
  definitions: readonly Definition[],
  settings: Config = {},
): string {
  const { sql, configSchema } = sourceKindOf(sourceKinds, 'mysql');
  const { url: _, ...config } = configSchema.parse({
    kind: 'mysql',
    name: 'cas',
    url: 'mysql://u@h/x',
    ...settings,
  });
  if (sql === null) throw new Error('the kind prints no SQL');
  return sql.install({ role: readerAccount(db), config, definitions });
}

/** Runs the printed SQL, and opens a source with the account it is for. */
export async function openMysqlSource(
  db: MysqlDatabase,
  collections: readonly Definition[],
  config: Config = {},
): Promise<MysqlTestSource> {
  const account = await install(db, collections);
  return openMysqlSourceAs(db.urlAs(account), collections, config);
}

/** Opens a source with a URL of the test's own. */
export async function openMysqlSourceAs(
  url: string,
  collections: readonly Definition[],
  config: Config = {},
  context: Partial<SourceContext> = {},
): Promise<MysqlTestSource> {
  const hints: Hint[] = [];
  const logged: string[] = [];
  const source = newMysqlSource(url, collections, config, {
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
      await waitFor(() => hints.some(({ type }) => type === 'listening'), { what: 'the source to listen' });
    },
    close: () => source.close(),
  };
}

/** A source that is not open yet. */
export function newMysqlSource(
  url: string,
  collections: readonly Definition[],
  config: Config = {},
  context: Partial<SourceContext> = {},
): Source {
  const kind = sourceKindOf(sourceKinds, 'mysql');
  return kind.create(
    {
      site: 'prague-1',
      name: 'cas',
      collections,
      fingerprintKey: FINGERPRINT_KEY,
      log: () => undefined,
      ...context,
    },
    kind.configSchema.parse({ kind: 'mysql', name: 'cas', url, ...config }),
  );
}
