import { type CollectionSnapshot, type Definition, tableColumns } from '../../../baselines/index.js';
import { inLooks, isDerived, lookAtTable } from '../relational/derive/look.js';
import { failedReading, ofTable, type ReadFailure } from '../relational/failure.js';
import type { Batch, WatchedCollection } from '../relational/reader.js';
import type { CollectionReading, OnBegin } from '../source.js';
import { columnOf, type TableColumn } from './column.js';
import type { MysqlConfig } from './config.js';
import { createRowDecode, UNDECODABLE } from './decode.js';
import { explainMysqlError } from './failure.js';
import { isOurSession, judgeIdentities, readableColumnsQuery, tableIdentityQuery } from './identify.js';
import { notOurSession, type PinnedSession } from './pinned-session.js';
import { parseTableName, type TableName } from './quote.js';
import { mysqlRows } from './read-derived.js';
import type { ReplicaWatch } from './replica.js';
import { probeStatement, selectStatement } from './select.js';
import { readSensor } from './sensor/read.js';
import { BEGIN } from './settings.js';

/** Room for an answer to travel after the server's own limit. */
const TRAVEL_MS = 2000;

/** Everything that reading some collections of one source needs. */
interface ReadPlan {
  readonly config: MysqlConfig;
  readonly watched: readonly WatchedCollection[];
  /** Definitions of all the source's tables, of which the sensor tells. */
  readonly tables: readonly Definition[];
  /** See `parseOverflow`. */
  readonly unreadKey: string;
  readonly replica: ReplicaWatch;
  readonly onBegin: OnBegin;
}

/** A reading transaction under way. */
interface Underway {
  readonly session: PinnedSession;
  readonly plan: ReadPlan;
  readonly remainingMs: () => number;
  readonly fail: (one: WatchedCollection, failure: ReadFailure, withheld?: readonly string[]) => void;
}

/** A table of which the metadata lock is held. */
interface Locked {
  readonly one: WatchedCollection;
  readonly relation: TableName;
  /** What is read by itself has its own, as `tableColumns` orders them; what one look answers has those of all. */
  readonly columns: readonly TableColumn[];
}

/**
 * Reads collections in one REPEATABLE READ, READ ONLY transaction. An error ends its own statement alone, so that one that fails leaves the
 * others standing. Rejects only when the connection is lost or the transaction itself fails.
 *
 * First each table's metadata lock is taken by a read of no rows, which opens no read view; then names are looked up, and from there to COMMIT
 * no table can be altered, emptied or exchanged under them; then the first read of rows opens one view of all tables. (WITH CONSISTENT SNAPSHOT
 * opens the view first: MySQL 5.7 then reads an empty table after a TRUNCATE, and both read the thief's table after a swap by rename.)
 */
export async function readInTransaction(session: PinnedSession, plan: ReadPlan): Promise<Batch> {
  const { config, watched } = plan;
  const deadline = performance.now() + config.transactionTimeoutMs;
  const remainingMs = () => Math.max(0, deadline - performance.now()) + TRAVEL_MS;
  const readings = new Map<WatchedCollection, CollectionReading>();
  const moved = new Set<WatchedCollection>();
  const arrived: Arrived[] = [];
  const fail = (one: WatchedCollection, failure: ReadFailure, withheld: readonly string[] = []): void => {
    const { kind, table } = one.definition;
    readings.set(one, failedReading(kind === 'sensor' ? failure : ofTable(table, failure, withheld)));
    if (failure.cause === 'moving') moved.add(one);
  };

  // A connection that died unnoticed shows here, so this waits no longer than a connection attempt.
  await session.run(BEGIN, config.connectTimeoutMs);
  const under: Underway = { session, plan, remainingMs, fail };
  const locked: Locked[] = [];
  for (const look of inLooks(watched.filter(({ definition }) => definition.kind !== 'sensor'))) {
    locked.push(...(await lockLook(under, look)));
  }

  const relations = locked.map(({ relation }) => relation);
  const [identities] = await session.run(tableIdentityQuery(relations), remainingMs());
  if (!isOurSession(identities?.rows ?? [], session.word)) throw notOurSession();
  const judged = judgeIdentities(relations, identities?.rows ?? []);
  const sound = new Map(locked.flatMap((table, i) => (judged[i] ? [] : [[table.one, table] as const])));
  for (const [i, { one }] of locked.entries()) {
    const failure = judged[i];
    if (failure) fail(one, failure);
  }
  for (const look of inLooks([...sound.keys()])) {
    arrived.push(
      ...(await readLook(
        under,
        look.flatMap((one) => sound.get(one) ?? []),
      )),
    );
  }

  for (const one of watched.filter(({ definition }) => definition.kind === 'sensor')) {
    plan.onBegin(one.definition.name);
    const outcome = await attempt(session, () => readSensor(session, one, plan, remainingMs()));
    if ('cause' in outcome) {
      fail(one, outcome);
      // An object that is dropped while the catalogs are read can make a statement fail.
      if (outcome.cause === 'failed') moved.add(one);
    } else readings.set(one, { readable: true, snapshot: outcome });
  }
  await session.run('COMMIT', remainingMs());
  if (watched.some(({ definition }) => definition.kind === 'sensor')) {
    // A procedure that is ours no longer could have left a table before a watched one. Where that cannot be undone, the connection has ended, and what was read is read.
    await session.renew().catch(() => undefined);
  }
  for (const [one, snapshotOf] of arrived) {
    plan.onBegin(one.definition.name);
    const outcome = await snapshotOf();
    if ('cause' in outcome) fail(one, outcome);
    else readings.set(one, { readable: true, snapshot: outcome });
  }
  // The sensor, when it was among them, has just said how old all of this is.
  const stale = plan.replica.failure();
  if (stale)
    return { readings: new Map(watched.map((one) => [one, failedReading(stale)])), moved: new Set() };
  return { readings, moved };
}

/** What makes a collection's snapshot out of rows that have arrived: it needs their table no more. */
type Arrived = readonly [WatchedCollection, () => Promise<CollectionSnapshot | ReadFailure>];

/** Names of the columns that the account may not read; none when it may read no column of the table, which is said without them. */
async function withheldNames(
  session: PinnedSession,
  { definition }: WatchedCollection,
  relation: TableName,
  timeoutMs: number,
): Promise<string[]> {
  const [seen] = await session.run(readableColumnsQuery(relation), timeoutMs);
  const readable = new Set((seen?.rows ?? []).map(([name]) => name));
  return readable.size === 0 ? [] : tableColumns(definition).filter((name) => !readable.has(name));
}

/** Turns an error into a failure, unless the connection was lost by it. */
async function attempt<T>(session: PinnedSession, work: () => Promise<T>): Promise<T | ReadFailure> {
  try {
    return await work();
  } catch (error) {
    const failure = explainMysqlError(error);
    if (session.lost || failure.cause === 'unreachable') throw error;
    return failure;
  }
}

/** Locks the table of what one look answers, and finds out its columns. */
async function lockLook(under: Underway, look: readonly WatchedCollection[]): Promise<Locked[]> {
  const { session, plan, remainingMs, fail } = under;
  const [first] = look;
  if (first === undefined) return [];
  plan.onBegin(...look.map(({ definition }) => definition.name));
  const relation = parseTableName(first.definition.table);
  if (relation === null) {
    for (const one of look) fail(one, { cause: 'missing', detail: 'the table does not exist' });
    return [];
  }
  const names = [...new Set(look.flatMap(({ definition }) => tableColumns(definition)))];
  const columns = await attempt(session, () =>
    describeColumns(session, plan.config, relation, names, remainingMs()),
  );
  if (!('cause' in columns)) return look.map((one) => ({ one, relation, columns }));
  // What one of them names may be what failed: that costs it alone.
  if (look.length > 1 && columns.cause !== 'timeout') {
    const locked: Locked[] = [];
    for (const one of look) locked.push(...(await lockLook(under, [one])));
    return locked;
  }
  for (const one of look) {
    const isDenied = columns.cause === 'denied';
    fail(one, columns, isDenied ? await withheldNames(session, one, relation, remainingMs()) : []);
  }
  return [];
}

/** Takes the table's metadata lock. */
async function describeColumns(
  session: PinnedSession,
  config: MysqlConfig,
  relation: TableName,
  names: readonly string[],
  timeoutMs: number,
): Promise<readonly TableColumn[]> {
  const fields = await session.describe(probeStatement(relation, names), timeoutMs);
  return names.map((name, i) => {
    const field = fields[i];
    if (!field) throw new Error('the server described fewer columns than it was asked for');
    return columnOf(name, field, config.maxValueBytes, session.charsets);
  });
}

/** Reads what one look answers; what cannot be read has failed then. */
async function readLook(under: Underway, look: readonly Locked[]): Promise<readonly Arrived[]> {
  const { session, plan, remainingMs, fail } = under;
  plan.onBegin(...look.map(({ one }) => one.definition.name));
  const outcome =
    remainingMs() <= TRAVEL_MS
      ? ({ cause: 'timeout', detail: 'the time limit of the whole transaction passed' } as const)
      : await attempt(session, () => readRows(session, plan, look, remainingMs()));
  if (!('cause' in outcome)) return outcome;
  if (look.length === 1 || outcome.cause === 'timeout') {
    for (const { one } of look) fail(one, outcome);
    return [];
  }
  const arrived: Arrived[] = [];
  for (const own of look) arrived.push(...(await readLook(under, [own])));
  return arrived;
}

/** Reads what one look answers: all that is derived from a table, or one collection. Rejects with what the driver said. */
async function readRows(
  session: PinnedSession,
  { config, unreadKey }: Pick<ReadPlan, 'config' | 'unreadKey'>,
  look: readonly Locked[],
  timeoutMs: number,
): Promise<readonly Arrived[]> {
  const [first] = look;
  if (first === undefined) return [];
  const { one, relation, columns } = first;
  if (isDerived(one)) {
    const collections = look.map(({ one }) => one).filter(isDerived);
    const all = look.flatMap((table) => table.columns);
    const rows = mysqlRows(session, { relation, columns: all, unreadKey, timeoutMs });
    return [...(await lookAtTable(collections, rows, config))];
  }
  const form = columns.map((column) => column.form).join(',');
  const pass = one.rows.begin(
    form,
    createRowDecode(one.definition, columns, one.fingerprint, unreadKey),
    UNDECODABLE,
  );
  try {
    const statement = selectStatement({ ...config, relation, columns });
    await session.stream(statement, timeoutMs, () => pass);
  } catch (error) {
    pass.abandon();
    throw error;
  }
  const outcome = await pass.finish();
  return [[one, async () => outcome]];
}
