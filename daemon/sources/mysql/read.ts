import { type CollectionSnapshot, type Definition, tableColumns } from '../../../baselines/index.js';
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
import { readDerivedRows } from './read-derived.js';
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

/** A table of which the metadata lock is held. */
interface Locked {
  readonly one: WatchedCollection;
  readonly relation: TableName;
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
  const fail = (one: WatchedCollection, failure: ReadFailure, withheld: readonly string[] = []): void => {
    const { kind, table } = one.definition;
    readings.set(one, failedReading(kind === 'sensor' ? failure : ofTable(table, failure, withheld)));
    if (failure.cause === 'moving') moved.add(one);
  };

  // A connection that died unnoticed shows here, so this waits no longer than a connection attempt.
  await session.run(BEGIN, config.connectTimeoutMs);
  const locked: Locked[] = [];
  for (const one of watched.filter(({ definition }) => definition.kind !== 'sensor')) {
    plan.onBegin(one.definition.name);
    const relation = parseTableName(one.definition.table);
    const columns =
      relation === null
        ? ({ cause: 'missing', detail: 'the table does not exist' } as const)
        : await attempt(session, () => lockTable(session, config, one, relation, remainingMs()));
    if ('cause' in columns) {
      const isDenied = columns.cause === 'denied' && relation !== null;
      fail(one, columns, isDenied ? await withheldNames(session, one, relation, remainingMs()) : []);
    } else if (relation !== null) locked.push({ one, relation, columns });
  }

  const relations = locked.map(({ relation }) => relation);
  const [identities] = await session.run(tableIdentityQuery(relations), remainingMs());
  if (!isOurSession(identities?.rows ?? [], session.word)) throw notOurSession();
  const judged = judgeIdentities(relations, identities?.rows ?? []);
  for (const [i, { one, relation, columns }] of locked.entries()) {
    plan.onBegin(one.definition.name);
    const outcome =
      judged[i] ??
      (performance.now() > deadline
        ? ({ cause: 'timeout', detail: 'the time limit of the whole transaction passed' } as const)
        : await attempt(session, () => readRows(session, plan, one, relation, columns, remainingMs())));
    if ('cause' in outcome) fail(one, outcome);
    else readings.set(one, { readable: true, snapshot: outcome });
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
  // The sensor, when it was among them, has just said how old all of this is.
  const stale = plan.replica.failure();
  if (stale)
    return { readings: new Map(watched.map((one) => [one, failedReading(stale)])), moved: new Set() };
  return { readings, moved };
}

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

async function lockTable(
  session: PinnedSession,
  config: MysqlConfig,
  { definition }: WatchedCollection,
  relation: TableName,
  timeoutMs: number,
): Promise<readonly TableColumn[]> {
  const names = tableColumns(definition);
  const fields = await session.describe(probeStatement(relation, names), timeoutMs);
  return names.map((name, i) => {
    const field = fields[i];
    if (!field) throw new Error('the server described fewer columns than it was asked for');
    return columnOf(name, field, config.maxValueBytes, session.charsets);
  });
}

async function readRows(
  session: PinnedSession,
  plan: Pick<ReadPlan, 'config' | 'unreadKey'>,
  one: WatchedCollection,
  relation: TableName,
  columns: readonly TableColumn[],
  timeoutMs: number,
): Promise<CollectionSnapshot | ReadFailure> {
  const { derived } = one;
  const { config, unreadKey } = plan;
  if (derived)
    return readDerivedRows(session, { one, derived, relation, columns, config, unreadKey, timeoutMs });
  const form = columns.map((column) => column.form).join(',');
  const pass = one.rows.begin(
    form,
    createRowDecode(one.definition, columns, one.fingerprint, plan.unreadKey),
    UNDECODABLE,
  );
  try {
    const statement = selectStatement({ ...config, relation, columns });
    await session.stream(statement, timeoutMs, () => pass);
  } catch (error) {
    pass.abandon();
    throw error;
  }
  return pass.finish();
}
