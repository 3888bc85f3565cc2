import type { DerivedRows } from '../../relational/derive/derived-rows.js';
import { inLooks, isDerived, lookAtTable } from '../../relational/derive/look.js';
import { failedReading, ofTable, type ReadFailure } from '../../relational/failure.js';
import type { Batch, WatchedCollection } from '../../relational/reader.js';
import type { CollectionReading } from '../../source.js';
import { explainFailure } from '../failure.js';
import { type Column, type Identity, marksQuery, marksStand } from '../identify.js';
import { everyRowOf, parseRelation } from '../quote.js';
import { postgresRows } from '../read-derived.js';
import { type ReadPlan, type ReadTable, TRAVEL_MS } from '../read-plan.js';
import type { Rows, Session } from '../session.js';
import { beginReading } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';
import { limitMs } from './read-again.js';

/** Rows of a table that are gone through in a round trip that nobody can make wait. */
const MOST_ROWS = 20_000;

/** How a collection was read the last time. */
interface Known {
  readonly session: Session;
  readonly identity: Identity;
  readonly columns: readonly Column[];
}

/** The table is no longer what it was found to be. */
class Moved extends Error {}

/** The database answers with what was once. */
class Stale extends Error {
  constructor(readonly failure: ReadFailure) {
    super(failure.detail);
  }
}

/**
 * Looks again at a table for all that is derived from it, in two round trips when nothing its name and values are resolved through has moved: what chooses
 * rows, and the chosen rows. Believed for the same reason as what `ReadAgain` reads: the marks of then must stand in the snapshot and again after COMMIT.
 */
export class LookAgain {
  readonly #known = new Map<WatchedCollection, Known>();

  /** A collection was read whole: the next time it need not be found out what its table is. */
  remember(
    session: Session,
    one: WatchedCollection,
    { identity, columns }: Pick<ReadTable, 'identity' | 'columns'>,
  ): void {
    this.#known.delete(one);
    if (isDerived(one)) this.#known.set(one, { session, identity, columns });
  }

  /**
   * Null when it must be read the other way: it is not one table, was not read over this connection, has moved or grown, or something failed, which the other
   * way tells apart. Rejects when the connection is lost.
   */
  async read(session: Session, plan: Omit<ReadPlan, 'onRead'>): Promise<Batch | null> {
    const collections = plan.watched.filter(isDerived);
    const [first] = collections;
    const relation = parseRelation(first?.definition.table ?? '');
    const known = collections.flatMap((one) => this.#known.get(one) ?? []);
    const isOne = inLooks(plan.watched).length === 1 && known.length === plan.watched.length;
    const isSmall = collections.every(({ derived }) => (derived.rowsLookedAt ?? Infinity) <= MOST_ROWS);
    if (relation === null || !isOne || !isSmall || known.some((one) => one.session !== session)) return null;
    // Whatever comes now, only the other way makes them known again, unless this one succeeds.
    for (const one of collections) this.#known.delete(one);
    plan.onBegin(...collections.map(({ definition }) => definition.name));
    try {
      const looked = await look(session, plan, { collections, known, from: everyRowOf(relation) });
      collections.forEach((one, i) => {
        const before = known[i];
        if (before !== undefined) this.#known.set(one, before);
      });
      return { readings: looked, moved: new Set() };
    } catch (error) {
      const isOurs = error instanceof Moved || error instanceof Stale;
      if (!isOurs && (session.lost || explainFailure(error).cause === 'unreachable')) throw error;
      await session.run('ROLLBACK', plan.config.transactionTimeoutMs + TRAVEL_MS);
      if (!(error instanceof Stale)) return null;
      const stale = failedReading(error.failure);
      return { readings: new Map(collections.map((one) => [one, stale])), moved: new Set() };
    }
  }
}

/** Rejects with `Moved`, `Stale`, or what the driver said. */
async function look(
  session: Session,
  { config, standby, unreadKey, onBegin }: Omit<ReadPlan, 'onRead'>,
  table: {
    readonly collections: readonly (WatchedCollection & { readonly derived: DerivedRows })[];
    readonly known: readonly Known[];
    readonly from: string;
  },
): Promise<Map<WatchedCollection, CollectionReading>> {
  const identities = table.known.map(({ identity }) => identity);
  const marks = marksQuery(identities);
  const { serverVersion, encoding } = session;
  const begin = beginReading({ ...config, serverVersion, encoding });
  const needStanding = (rows: Rows): void => {
    if (!identities.every(marksStand(rows))) throw new Moved();
  };
  const opening = [...begin.split('; '), marks, STANDBY_QUERY];
  const rows = postgresRows(session, {
    ...{ from: table.from, unreadKey, timeoutMs: limitMs(config) },
    columns: table.known.flatMap(({ columns }) => columns),
    opening: {
      sql: opening,
      answered: (results) => {
        const [before = [], recovery = []] = results.slice(-2);
        const stale = standby.observe(recovery[0]);
        if (stale) throw new Stale(stale);
        needStanding(before);
      },
    },
    closing: {
      sql: ['COMMIT', ...begin.split('; '), marks, 'COMMIT'],
      answered: (results) => needStanding(results.at(-2) ?? []),
    },
  });
  const looked = await lookAtTable(table.collections, rows, config);
  const readings = new Map<WatchedCollection, CollectionReading>();
  for (const [one, snapshotOf] of looked) {
    onBegin(one.definition.name);
    const outcome = await snapshotOf();
    const isRead = !('cause' in outcome);
    readings.set(
      one,
      isRead ? { readable: true, snapshot: outcome } : failedReading(ofTable(one.definition.table, outcome)),
    );
  }
  return readings;
}
