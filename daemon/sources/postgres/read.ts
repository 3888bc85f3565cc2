import { failedReading, ofTable, type ReadFailure } from '../relational/failure.js';
import type { Batch, WatchedCollection } from '../relational/reader.js';
import type { CollectionReading, ReadCollection } from '../source.js';
import { copyStatement } from './copy-statement.js';
import { createLineSplitter, markedRows } from './copy-text.js';
import { explainFailure } from './failure.js';
import {
  type Column,
  type Identity,
  identityQuery,
  marksQuery,
  marksStand,
  readIdentities,
  withheldQuery,
} from './identify.js';
import { parseRelation, quoteRelation } from './quote.js';
import { readDerived } from './read-derived.js';
import { beginCopyPass, isMarked, type ReadPlan, TRAVEL_MS } from './read-plan.js';
import { sensorColumns, sensorStatement } from './sensor.js';
import type { Session } from './session.js';
import { beginReading } from './settings.js';
import { STANDBY_QUERY } from './standby.js';

/**
 * Reads collections in one REPEATABLE READ, READ ONLY transaction, each behind a savepoint, so that one that fails leaves the others
 * standing. Rejects only when the connection is lost or the transaction itself fails.
 *
 * No table is locked beforehand. TRUNCATE and ALTER are not bound by our snapshot, and names are not resolved in it, so the catalog rows
 * through which a name or a value's text is resolved are compared inside the snapshot and by a fresh one right after COMMIT.
 */
export async function readBatch(session: Session, plan: ReadPlan): Promise<Batch> {
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
    `${begin}; SAVEPOINT one; ${identityQuery(definitions)}; ${STANDBY_QUERY}`,
    config.connectTimeoutMs,
  );
  const [own = [], descendants = [], recovery = []] = begun.slice(-3);
  const stale = plan.standby.observe(recovery[0]);
  if (stale) {
    await session.run('ROLLBACK', limitMs + TRAVEL_MS);
    return { readings: new Map(watched.map((one) => [one, failedReading(stale)])), moved: new Set() };
  }
  const identities = readIdentities(definitions, own, descendants);
  const readings = new Map<WatchedCollection, CollectionReading>();
  const moved = new Set<WatchedCollection>();
  let savepoint: 'fresh' | 'used' | 'failed' = 'fresh';
  for (const one of watched) {
    const shape = shapeOf(one, identities[relational.indexOf(one)], session, plan);
    const remainingMs = Math.floor(deadline - performance.now());
    if ('cause' in shape) {
      readings.set(one, failedReading(ofTable(one.definition.table, shape)));
    } else if (remainingMs < 1) {
      readings.set(
        one,
        failedReading({ cause: 'timeout', detail: 'the time limit of the whole transaction passed' }),
      );
    } else {
      if (savepoint !== 'fresh') {
        const anew =
          savepoint === 'failed' ? 'ROLLBACK TO SAVEPOINT one' : 'RELEASE SAVEPOINT one; SAVEPOINT one';
        await session.run(`${anew}; SET LOCAL statement_timeout = ${remainingMs}`, remainingMs + TRAVEL_MS);
      }
      const outcome = await readOne(session, one, shape, { plan, timeoutMs: remainingMs + TRAVEL_MS });
      savepoint = 'cause' in outcome ? 'failed' : 'used';
      readings.set(
        one,
        'cause' in outcome
          ? await explained(session, one, outcome, remainingMs + TRAVEL_MS)
          : { readable: true, ...outcome },
      );
      // An object that is dropped while the catalog is read makes its functions fail.
      if (one.definition.kind === 'sensor' && 'cause' in outcome && outcome.cause === 'failed')
        moved.add(one);
    }
  }

  const ended = await session.run(`COMMIT; ${begin}; ${marksQuery(identities)}; COMMIT`, limitMs + TRAVEL_MS);
  const stands = marksStand(ended.at(-2) ?? []);
  relational.forEach((one, i) => {
    const identity = identities[i];
    const reading = readings.get(one);
    if (!identity || !stands(identity)) moved.add(one);
    else if (reading?.readable && !('cause' in identity.columns)) {
      plan.onRead(one, { identity, columns: identity.columns, snapshot: reading.snapshot });
    }
  });
  return { readings, moved };
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

/** How a collection is to be read. */
interface Shape {
  readonly columns: readonly Column[];
  readonly statement: string;
  /** Whether each line ends in the mark of its row. */
  readonly marked: boolean;
}

function shapeOf(
  one: WatchedCollection,
  identity: Identity | undefined,
  session: Session,
  plan: ReadPlan,
): Shape | ReadFailure {
  const { definition } = one;
  if (definition.kind === 'sensor') {
    const statement = sensorStatement({
      ...plan.config,
      definitions: plan.tables,
      serverVersion: session.serverVersion,
    });
    return { columns: sensorColumns, statement, marked: false };
  }
  const relation = parseRelation(definition.table);
  if (!relation || !identity) return { cause: 'missing', detail: 'the table does not exist' };
  const { columns } = identity;
  if ('cause' in columns) return columns;
  const marked = isMarked(one, identity);
  const from = quoteRelation(relation);
  return { columns, marked, statement: copyStatement({ ...plan.config, columns, from, marked }) };
}

/** Rejects when the connection is lost; whatever else goes wrong is this collection's failure. */
async function readOne(
  session: Session,
  one: WatchedCollection,
  { columns, statement, marked }: Shape,
  { plan, timeoutMs }: { readonly plan: ReadPlan; readonly timeoutMs: number },
): Promise<Pick<ReadCollection, 'snapshot' | 'touched'> | ReadFailure> {
  const { derived } = one;
  const { config, unreadKey } = plan;
  if (derived) {
    const outcome = await mended(session, () =>
      readDerived(session, { one, derived, columns, config, unreadKey, timeoutMs }),
    );
    return 'cause' in outcome ? outcome : { snapshot: outcome };
  }
  const readPass = beginCopyPass(one, columns, plan);
  const splitter = createLineSplitter(marked ? markedRows(readPass) : readPass.row);
  const arrived = await mended(session, () =>
    session.copy(statement, timeoutMs, (chunk) => {
      splitter.push(chunk);
      return readPass.pause();
    }),
  ).catch((error) => {
    readPass.abandon();
    throw error;
  });
  if (arrived) {
    readPass.abandon();
    return arrived;
  }
  return readPass.finishTouched();
}

/** What `work` resolves with; its failure in our words, unless the connection is lost: then it rejects. */
async function mended<T>(session: Session, work: () => Promise<T>): Promise<T | ReadFailure> {
  try {
    return await work();
  } catch (error) {
    const failure = explainFailure(error);
    if (session.lost || failure.cause === 'unreachable') throw error;
    return failure;
  }
}
