import { inLooks, isDerived, lookAtTable } from '../relational/derive/look.js';
import { failedReading, ofTable, type ReadFailure } from '../relational/failure.js';
import { createIntake, type HoldingRoom } from '../relational/intake.js';
import type { Batch, WatchedCollection } from '../relational/reader.js';
import type { CollectionReading } from '../source.js';
import { HORIZON_QUERY, type Horizon, horizonOf } from './again/horizon.js';
import { holdingRows, type LightRows } from './again/light-rows.js';
import { copyStatement } from './copy-statement.js';
import { createLineSplitter, markedRows } from './copy-text.js';
import { explainFailure } from './failure.js';
import {
  type Column,
  type Identity,
  identityQuery,
  marksQueries,
  marksStand,
  readIdentities,
  withheldQuery,
} from './identify.js';
import { everyRowOf, parseRelation } from './quote.js';
import { postgresRows } from './read-derived.js';
import {
  beginCopyPass,
  isAloneAndMarked,
  isMarked,
  isSensor,
  type ReadPlan,
  sensorFirst,
  TRAVEL_MS,
} from './read-plan.js';
import { failureOfStatement, takeBack } from './recover.js';
import { occupiedQuery, sensorColumns, sensorStatement } from './sensor.js';
import type { Rows, Session } from './session.js';
import { beginReading, needPinned, PINNED_NOW } from './settings.js';
import { STANDBY_QUERY } from './standby.js';

/** Rows held back until their transaction is over, in bytes. */
const HELD_BYTES = 33_554_432;

/**
 * Reads collections in one REPEATABLE READ, READ ONLY transaction, each behind a savepoint, so that one that fails leaves the others
 * standing. Rejects only when the connection is lost or the transaction itself fails.
 *
 * No table is locked beforehand. TRUNCATE and ALTER are not bound by our snapshot, and names are not resolved in it, so the catalog rows
 * through which a name or a value's text is resolved are compared inside the snapshot and by a fresh one right after COMMIT.
 */
export async function readBatch(session: Session, plan: ReadPlan): Promise<Batch> {
  const arrived: ArrivedCollection[] = [];
  try {
    return await readArriving(session, plan, arrived);
  } catch (error) {
    for (const [, { abandon }] of arrived) abandon();
    throw error;
  }
}

type ArrivedCollection = readonly [WatchedCollection, Arrived];

/** `arrived`: takes what must be abandoned when this rejects. */
async function readArriving(session: Session, plan: ReadPlan, arrived: ArrivedCollection[]): Promise<Batch> {
  const { config, watched } = plan;
  const limitMs = config.transactionTimeoutMs;
  const deadline = performance.now() + limitMs;
  const relational = watched.filter((one) => one.definition.kind !== 'sensor');
  const definitions = relational.map((one) => one.definition);
  const begin = beginReading({
    ...config,
    serverVersion: session.serverVersion,
    encoding: session.encoding,
  });

  // A connection that died unnoticed shows here, so this waits no longer than a connection attempt.
  const begun = await session.run(
    `${begin}; SAVEPOINT one; ${identityQuery(definitions)}; ${STANDBY_QUERY}; ${HORIZON_QUERY}`,
    config.connectTimeoutMs,
  );
  const [own = [], descendants = [], recovery = [], at = []] = begun.slice(-4);
  const horizon = horizonOf(at[0]);
  const stale = plan.standby.observe(recovery[0]);
  if (stale) {
    await session.run('ROLLBACK', limitMs + TRAVEL_MS);
    return { readings: new Map(watched.map((one) => [one, failedReading(stale)])), moved: new Set() };
  }
  const knowsCluster = recovery[0]?.[6] === 't';
  const identities = readIdentities(definitions, own, descendants);
  const readings = new Map<WatchedCollection, CollectionReading>();
  const moved = new Set<WatchedCollection>();
  const under: Underway = {
    ...{ session, plan, deadline, readings, arrived, room: { left: HELD_BYTES } },
    ...{ light: new Map(), savepoint: 'fresh', occupied: [] },
  };
  for (const look of inLooks(sensorFirst(watched))) {
    plan.onBegin(...look.map(({ definition }) => definition.name));
    const refused = look.some(isSensor) ? await askOccupied(under) : null;
    const { occupied } = under;
    const shapes = look.flatMap((one): [WatchedCollection, Shape][] => {
      const shape =
        refused ??
        shapeOf(one, identities[relational.indexOf(one)], session, { ...plan, knowsCluster, occupied });
      if (!('cause' in shape)) return [[one, shape]];
      readings.set(one, failedReading(isSensor(one) ? shape : ofTable(one.definition.table, shape)));
      return [];
    });
    await readLook(under, shapes);
  }
  for (const [one, reading] of readings) {
    // An object that is dropped while the catalog is read makes its functions fail.
    if (isSensor(one) && !reading.readable && reading.cause === 'failed') moved.add(one);
  }

  const marks = marksQueries(identities);
  const ended = await session.run(['COMMIT', begin, ...marks, 'COMMIT'].join('; '), limitMs + TRAVEL_MS);
  for (const [one, { finish }] of arrived) {
    if (isDerived(one)) plan.onBegin(one.definition.name);
    readings.set(one, await finish(one));
  }
  for (const [one, reading] of readings) {
    if (!isSensor(one) || !reading.readable) continue;
    plan.onSensor(one, { snapshot: reading.snapshot, knowsCluster, occupied: under.occupied });
  }
  const stands = marksStand(ended.slice(-1 - marks.length, -1).flat());
  relational.forEach((one, i) => {
    const identity = identities[i];
    const reading = readings.get(one);
    if (!identity || !stands(identity)) moved.add(one);
    else if (reading?.readable && !('cause' in identity.columns)) {
      const light = under.light.get(one)?.(horizon) ?? null;
      plan.onRead(one, { identity, columns: identity.columns, snapshot: reading.snapshot, horizon, light });
    }
  });
  return { readings, moved };
}

/** A reading transaction under way. */
interface Underway {
  readonly session: Session;
  readonly plan: ReadPlan;
  /** By the clock of `performance`. */
  readonly deadline: number;
  readonly room: HoldingRoom;
  readonly readings: Map<WatchedCollection, CollectionReading>;
  readonly arrived: ArrivedCollection[];
  /** What is held of the tables that were looked at, once they are read. */
  readonly light: Map<WatchedCollection, (horizon: Horizon | null) => LightRows | null>;
  savepoint: 'fresh' | 'used' | 'failed';
  /** What `occupiedQuery` answered. */
  occupied: Rows[number];
}

/** Asks `occupiedQuery` behind the savepoint of the sensor; why it was refused, else null. Rejects when the connection is lost. */
async function askOccupied(under: Underway): Promise<ReadFailure | null> {
  const { session, deadline } = under;
  const timeoutMs = Math.max(1, Math.floor(deadline - performance.now())) + TRAVEL_MS;
  const answered = await mended(session, () => session.run(occupiedQuery(session.serverVersion), timeoutMs));
  if ('cause' in answered) {
    under.savepoint = 'failed';
    return answered;
  }
  under.occupied = answered[0]?.[0] ?? [];
  return null;
}

/** Reads what one look answers, behind a savepoint. Rejects when the connection is lost. */
async function readLook(
  under: Underway,
  look: readonly (readonly [WatchedCollection, Shape])[],
): Promise<void> {
  const [first] = look;
  if (first === undefined) return;
  const { session, readings, arrived } = under;
  const remainingMs = Math.floor(under.deadline - performance.now());
  if (remainingMs < 1) {
    const late = failedReading({
      cause: 'timeout',
      detail: 'the time limit of the whole transaction passed',
    });
    for (const [one] of look) readings.set(one, late);
    return;
  }
  if (under.savepoint !== 'fresh') {
    const anew =
      under.savepoint === 'failed' ? 'ROLLBACK TO SAVEPOINT one' : 'RELEASE SAVEPOINT one; SAVEPOINT one';
    await session.run(`${anew}; SET LOCAL statement_timeout = ${remainingMs}`, remainingMs + TRAVEL_MS);
  }
  const timeoutMs = remainingMs + TRAVEL_MS;
  const outcome = isDerived(first[0])
    ? await readTable(under, look, timeoutMs)
    : await readOne(session, first[0], first[1], { ...under, timeoutMs });
  under.savepoint = 'cause' in outcome ? 'failed' : 'used';
  if (!('cause' in outcome)) arrived.push(...outcome);
  else if (look.length === 1 || outcome.cause === 'timeout') {
    for (const [one] of look) readings.set(one, await explained(session, one, outcome, timeoutMs));
  } else {
    // What one of them names may be what failed: that costs it alone.
    for (const own of look) await readLook(under, [own]);
  }
}

/** The failure of a collection in the names of the configuration; a refusal with the columns that are refused. */
async function explained(
  session: Session,
  { definition }: WatchedCollection,
  failure: ReadFailure,
  timeoutMs: number,
): Promise<CollectionReading> {
  if (definition.kind === 'sensor') return failedReading(failure);
  if (failure.cause !== 'denied') return failedReading(ofTable(definition.table, failure));
  const withheld = await session.run(`ROLLBACK TO SAVEPOINT one; ${withheldQuery(definition)}`, timeoutMs);
  const names = new Set((withheld.at(-1) ?? []).map(([name]) => name));
  const columns = [...definition.key, ...definition.columns].filter((name) => names.has(name));
  return failedReading(ofTable(definition.table, failure, columns));
}

/** What came of a collection, to be worked on when its table is free again. */
interface Arrived {
  readonly finish: (one: WatchedCollection) => Promise<CollectionReading>;
  readonly abandon: () => void;
}

/** How a collection is to be read. */
interface Shape {
  readonly columns: readonly Column[];
  /** SQL of ours. */
  readonly from: string;
  readonly statement: string;
  /** Whether each line ends in the mark of its row. */
  readonly marked: boolean;
  /** Whether what chooses of its rows can be held until the next read. */
  readonly holds: boolean;
}

function shapeOf(
  one: WatchedCollection,
  identity: Identity | undefined,
  session: Session,
  plan: ReadPlan & { readonly knowsCluster: boolean; readonly occupied: Rows[number] },
): Shape | ReadFailure {
  const { definition } = one;
  if (definition.kind === 'sensor') {
    const statement = sensorStatement({
      ...plan.config,
      knowsCluster: plan.knowsCluster,
      occupied: plan.occupied,
      definitions: plan.tables,
      serverVersion: session.serverVersion,
    });
    return { columns: sensorColumns, from: '', statement, marked: false, holds: false };
  }
  const relation = parseRelation(definition.table);
  if (!relation || !identity) return { cause: 'missing', detail: 'the table does not exist' };
  const { columns } = identity;
  if ('cause' in columns) return columns;
  const marked = isMarked(one, identity);
  const from = everyRowOf(relation);
  const statement = copyStatement({ ...plan.config, columns, from, marked });
  return { columns, from, marked, holds: isAloneAndMarked(identity), statement };
}

/** Looks at a table for all that is derived from it. Rejects when the connection is lost; whatever else goes wrong is the failure of all of them. */
async function readTable(
  { session, plan, light }: Underway,
  look: readonly (readonly [WatchedCollection, Shape])[],
  timeoutMs: number,
): Promise<readonly ArrivedCollection[] | ReadFailure> {
  const columns = look.flatMap(([, shape]) => shape.columns);
  const collections = look.map(([one]) => one).filter(isDerived);
  const from = look[0]?.[1].from ?? '';
  const rows = postgresRows(session, { from, columns, unreadKey: plan.unreadKey, timeoutMs });
  const holding = look.every(([, { holds }]) => holds) ? holdingRows(rows) : null;
  const looked = await mended(session, () => lookAtTable(collections, holding?.table ?? rows, plan.config));
  if ('cause' in looked) return looked;
  for (const one of collections) if (holding !== null) light.set(one, holding.held);
  return [...looked].map(([one, snapshotOf]): ArrivedCollection => {
    const finish = async (): Promise<CollectionReading> => {
      const outcome = await snapshotOf();
      if (!('cause' in outcome)) return { readable: true, snapshot: outcome };
      return failedReading(ofTable(one.definition.table, outcome));
    };
    return [one, { finish, abandon: () => undefined }];
  });
}

/** Rejects when the connection is lost; whatever else goes wrong is this collection's failure. */
async function readOne(
  session: Session,
  one: WatchedCollection,
  { columns, statement, marked, from }: Shape,
  {
    plan,
    room,
    timeoutMs,
  }: { readonly plan: ReadPlan; readonly room: HoldingRoom; readonly timeoutMs: number },
): Promise<readonly ArrivedCollection[] | ReadFailure> {
  const tooMany = await stillTooMany(session, one, { from, maxRecords: plan.config.maxRecords, timeoutMs });
  if (tooMany !== null) return tooMany;
  const readPass = beginCopyPass(one, columns, plan);
  const splitter = createLineSplitter(marked ? markedRows(readPass) : readPass.row);
  const intake = createIntake(room, (chunk) => {
    splitter.push(chunk);
    return readPass.pause();
  });
  const failure = await mended(session, async () => {
    await session.copy(statement, timeoutMs, intake.take);
    // The sensor names no table that anybody but the server's administrator owns.
    if (isSensor(one)) return;
    const [settings = []] = await session.run(PINNED_NOW, timeoutMs);
    needPinned(settings, session.encoding);
  }).catch((error) => {
    readPass.abandon();
    throw error;
  });
  if (failure) {
    readPass.abandon();
    return failure;
  }
  const finish = async (one: WatchedCollection): Promise<CollectionReading> => {
    await intake.release();
    const outcome = await readPass.finishTouched();
    if (!('cause' in outcome)) return { readable: true, ...outcome };
    return failedReading(isSensor(one) ? outcome : ofTable(one.definition.table, outcome));
  };
  return [[one, { finish, abandon: readPass.abandon }]];
}

/** A table that had too many rows is counted first: as long as it has, none of them travels, and nothing is kept of them. */
async function stillTooMany(
  session: Session,
  { rows }: WatchedCollection,
  { from, maxRecords, timeoutMs }: { from: string; maxRecords: number; timeoutMs: number },
): Promise<ReadFailure | null> {
  if (rows.hadTooMany !== true || from === '') return null;
  const sql = `SELECT count(*) FROM (SELECT FROM ${from} LIMIT ${maxRecords + 1}) AS counted`;
  const counted = await mended(session, async () => {
    const results = await session.run(`${sql}; ${PINNED_NOW}`, timeoutMs);
    needPinned(results[1] ?? [], session.encoding);
    return results;
  });
  if ('cause' in counted) return counted;
  return rows.stillTooMany?.(Number(counted[0]?.[0]?.[0])) ?? null;
}

/** What `work` resolves with; its failure in our words, unless the connection is lost: then it rejects. */
async function mended<T>(session: Session, work: () => Promise<T>): Promise<T | ReadFailure> {
  try {
    return await work();
  } catch (error) {
    if (explainFailure(error).cause === 'unreachable') {
      await takeBack(session, error, { to: 'ROLLBACK TO SAVEPOINT one' });
    }
    if (session.lost) throw error;
    return failureOfStatement(error);
  }
}
