import type { DerivedRows } from '../../relational/derive/derived-rows.js';
import { isDerived, lookAtTable, type TableRows } from '../../relational/derive/look.js';
import { failedReading, ofTable, type ReadFailure } from '../../relational/failure.js';
import type { Batch, WatchedCollection } from '../../relational/reader.js';
import type { CollectionReading } from '../../source.js';
import { type Column, type Identity, marksQueries, marksStand } from '../identify.js';
import { everyRowOf, parseRelation } from '../quote.js';
import { LongValue, type PostgresRows, postgresRows } from '../read-derived.js';
import { isAloneAndMarked, type ReadPlan, type ReadTable, TRAVEL_MS } from '../read-plan.js';
import { takeBack } from '../recover.js';
import type { Rows, Session } from '../session.js';
import { beginReading, needPinned, PINNED_NOW } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';
import { HORIZON_QUERY, horizonOf } from './horizon.js';
import { holdingRows, type LightRows, MOST_HELD, movedRows } from './light-rows.js';
import { limitMs } from './read-again.js';
import type { MovedQuestion, ReadMoved } from './read-moved.js';
import { unmovedOf, unmovedQuery } from './unmoved.js';

/** How a collection was read the last time. */
interface Known {
  readonly session: Session;
  readonly identity: Identity;
  readonly columns: readonly Column[];
  /** The same for all that one look answers; null where nothing is held. */
  readonly light: LightRows | null;
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
 * rows, and the chosen rows. After a hint, of what chooses only those rows travel that were written since (ADR 120), and so do those of a collection that is read of the same table as it lies there
 * (ADR 156). Believed for the same reason as what `ReadAgain` reads: the marks of then must stand in the snapshot and again after COMMIT.
 */
export class LookAgain {
  readonly #known = new Map<WatchedCollection, Known>();
  /** Those in whose look a value was too long once: digests of such are asked for in the first place. */
  readonly #long = new Set<WatchedCollection>();

  /** A collection was read whole: the next time it need not be found out what its table is. */
  remember(
    session: Session,
    one: WatchedCollection,
    { identity, columns, light }: Pick<ReadTable, 'identity' | 'columns' | 'light'>,
  ): void {
    this.#known.delete(one);
    if (isDerived(one)) this.#known.set(one, { session, identity, columns, light });
  }

  /**
   * Null when it must be read the other way: it is not one table, was not read over this connection, has moved or grown, or something failed, which the other
   * way tells apart. Rejects when the connection is lost.
   */
  async read(
    session: Session,
    plan: Omit<ReadPlan, 'onRead' | 'onSensor'>,
    { isMovedEnough, byMarks }: { readonly isMovedEnough: boolean; readonly byMarks: Pick<ReadMoved, 'ask'> },
  ): Promise<Batch | null> {
    const collections = plan.watched.filter(isDerived);
    const [first] = collections;
    const table = first?.definition.table ?? '';
    const relation = parseRelation(table);
    const known = collections.flatMap((one) => this.#known.get(one) ?? []);
    const isOne =
      plan.watched.every(({ definition }) => definition.table === table) &&
      known.length === collections.length;
    const isSmall = collections.every(({ derived }) => (derived.rowsLookedAt ?? Infinity) <= MOST_HELD);
    if (relation === null || !isOne || !isSmall || known.some((one) => one.session !== session)) return null;
    // Whatever comes now, only the other way makes them known again, unless this one succeeds.
    for (const one of collections) this.#known.delete(one);
    const held = isMovedEnough ? (known[0]?.light ?? null) : null;
    const before = known.every(({ light }) => light === held) ? held : null;
    const others = plan.watched.filter((one) => !isDerived(one));
    const along =
      before === null
        ? []
        : others.flatMap((one): Along[] => {
            const question = byMarks.ask(session, one, plan);
            return question === null ? [] : [{ one, question }];
          });
    if (along.length < others.length) return null;
    plan.onBegin(...plan.watched.map(({ definition }) => definition.name));
    try {
      const { readings, light } = await look(session, plan, {
        ...{ collections, known, before, along },
        from: everyRowOf(relation),
        flagsLong: !collections.some((one) => this.#long.has(one)),
      });
      collections.forEach((one, i) => {
        const own = known[i];
        if (own !== undefined) this.#known.set(one, { ...own, light });
      });
      return { readings, moved: new Set() };
    } catch (error) {
      if (error instanceof LongValue) for (const one of collections) this.#long.add(one);
      await takeBack(session, error, {
        to: 'ROLLBACK',
        timeoutMs: plan.config.transactionTimeoutMs + TRAVEL_MS,
      });
      if (!(error instanceof Stale)) return null;
      const stale = failedReading(error.failure);
      return { readings: new Map(plan.watched.map((one) => [one, stale])), moved: new Set() };
    }
  }
}

/** A collection that is read as it lies in the table, with what is derived from it: what of it moved. */
interface Along {
  readonly one: WatchedCollection;
  readonly question: MovedQuestion;
}

/** Rejects with `Moved`, `Stale`, or what the driver said. */
async function look(
  session: Session,
  { config, standby, unreadKey, onBegin }: Omit<ReadPlan, 'onRead' | 'onSensor'>,
  table: {
    readonly collections: readonly (WatchedCollection & { readonly derived: DerivedRows })[];
    readonly known: readonly Known[];
    readonly from: string;
    /** What is held of its rows, where those that moved are enough. */
    readonly before: LightRows | null;
    readonly along: readonly Along[];
    /** See `copyStatement`. */
    readonly flagsLong: boolean;
  },
): Promise<{
  readonly readings: Map<WatchedCollection, CollectionReading>;
  readonly light: LightRows | null;
}> {
  const identities = [...table.known, ...table.along.map(({ question }) => question)].map(
    ({ identity }) => identity,
  );
  const marks = marksQueries(identities);
  const { serverVersion, encoding } = session;
  const begin = beginReading({ ...config, serverVersion, encoding });
  const needStanding = (rows: Rows): void => {
    if (!identities.every(marksStand(rows))) throw new Moved();
  };
  const light = lightLook(identities, table);
  const rows = postgresRows(session, {
    ...{ from: table.from, flagsLong: table.flagsLong, unreadKey, timeoutMs: limitMs(config) },
    columns: table.known.flatMap(({ columns }) => columns),
    opening: {
      sql: [...begin.split('; '), ...marks, STANDBY_QUERY, light.sql, PINNED_NOW],
      answered: (results) => {
        const [recovery = [], answers = [], settings = []] = results.slice(-3);
        const stale = standby.observe(recovery[0]);
        if (stale) throw new Stale(stale);
        needPinned(settings, encoding);
        needStanding(results.slice(-3 - marks.length, -3).flat());
        light.answered(answers);
      },
    },
    closing: {
      sql: [
        ...table.along.flatMap(({ question }) => [question.copy, PINNED_NOW]),
        'COMMIT',
        ...begin.split('; '),
        ...marks,
        'COMMIT',
      ],
      row: (line, place) => table.along[place / 2]?.question.row(line),
      answered: (results) => {
        for (const i of table.along.keys()) needPinned(results[2 * i + 1] ?? [], encoding);
        needStanding(results.slice(-1 - marks.length, -1).flat());
      },
    },
  });
  const own = light.over(rows);
  const looked = await lookAtTable(table.collections, own.table, config);
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
  for (const { one, question } of table.along) {
    onBegin(one.definition.name);
    const reading = await question.finish(light.answer());
    if (reading === null) throw new Moved();
    readings.set(one, reading);
  }
  return { readings, light: own.held() };
}

/** How what chooses is read: all of it, held until the next read where that can be; or what moved of it since the last one. */
interface LightLook {
  /** A statement of one row, in the snapshot and before what chooses. */
  readonly sql: string;
  readonly answered: (rows: Rows) => void;
  /** Its row, once it was answered. */
  readonly answer: () => Rows[number] | undefined;
  /** `held`: once everything was read. */
  readonly over: (rows: PostgresRows) => {
    readonly table: TableRows;
    readonly held: () => LightRows | null;
  };
}

function lightLook(
  identities: readonly Identity[],
  {
    from,
    before,
    along,
  }: { readonly from: string; readonly before: LightRows | null; readonly along: readonly Along[] },
): LightLook {
  const [identity] = identities;
  let answer: Rows[number] | undefined;
  const answered = (rows: Rows): void => {
    [answer] = rows;
  };
  if (before === null || identity === undefined) {
    const over = (rows: PostgresRows) => {
      if (!identities.every(isAloneAndMarked)) return { table: rows, held: () => null };
      const { table, held } = holdingRows(rows);
      return { table, held: () => held(horizonOf(answer)) };
    };
    return { sql: HORIZON_QUERY, answered, answer: () => answer, over };
  }
  const unmoved = () => {
    const others = unmovedOf(answer, before.horizon);
    if (others === null) throw new Moved();
    return others;
  };
  const over = (rows: PostgresRows) => {
    const { table, held } = movedRows(rows, before, {
      unmoved,
      refuse: () => {
        throw new Moved();
      },
    });
    return { table, held: () => held(unmoved().horizon) };
  };
  const keys = [before.columns, ...along.map(({ one }) => one.definition.key)];
  return { sql: unmovedQuery({ from, keys, identity }), answered, answer: () => answer, over };
}
