import { failedReading } from '../../relational/failure.js';
import type { Batch, WatchedCollection } from '../../relational/reader.js';
import type { MovedPass } from '../../relational/row-cache.js';
import { copyStatement } from '../copy-statement.js';
import { createLineSplitter, markedRows } from '../copy-text.js';
import { type Column, type Identity, marksQueries, marksStand } from '../identify.js';
import { everyRowOf, parseRelation } from '../quote.js';
import {
  areSmall,
  beginMovedPass,
  isMarked,
  type ReadPlan,
  type ReadTable,
  TRAVEL_MS,
} from '../read-plan.js';
import { takeBack } from '../recover.js';
import type { Session } from '../session.js';
import { beginReading, needPinned, PINNED_NOW } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';
import { type Horizon, writtenSince } from './horizon.js';
import { unmovedOf, unmovedQuery } from './unmoved.js';

/** Rows beyond which a table is rather read whole. */
const MOST_MOVED = 10_000;

/** How a table was read the last time. */
interface Known {
  readonly session: Session;
  readonly identity: Identity;
  readonly columns: readonly Column[];
  readonly horizon: Horizon;
}

/** What the statements of a reading answered, beside the rows. */
interface Answers {
  readonly marks: readonly (readonly (readonly (string | null)[])[])[];
  readonly recovery: readonly (string | null)[] | undefined;
  readonly unmoved: readonly (string | null)[] | undefined;
}

/**
 * Reads of a large table the rows that were written since it was read the last time, and counts the others (ADR 99).
 *
 * A row that both snapshots see is the same row, letter by letter: PostgreSQL writes another one in its place and marks it with the transaction (`xmin`). So
 * the rows marked before the horizon of then are some of those that were read then, and when they are as many as are left of these without the ones
 * that were written anew, they are exactly these. The primary key, looked up in the same snapshot, makes sure that no row stands beside its successor.
 */
export class ReadMoved {
  readonly #known = new Map<WatchedCollection, Known>();

  /** A collection was read whole: the next time what moved since is enough. */
  remember(
    session: Session,
    one: WatchedCollection,
    { identity, columns, snapshot, horizon }: ReadTable,
  ): void {
    this.#known.delete(one);
    const isAlone = identity.family.length === 1;
    if (horizon === null || !isAlone || !isMarked(one, identity) || areSmall([snapshot])) return;
    this.#known.set(one, { session, identity, columns, horizon });
  }

  /** Collections are read in another way, which may come to nothing. */
  forget(watched: readonly WatchedCollection[]): void {
    for (const one of watched) this.#known.delete(one);
  }

  /**
   * Null when it must be read whole: it was not read over this connection, is another table than then, rows are gone, or too many are new, or something failed, which
   * the other way tells apart. Rejects when the connection is lost.
   */
  async read(
    session: Session,
    plan: Omit<ReadPlan, 'onRead' | 'onSensor' | 'onBegin'>,
  ): Promise<Batch | null> {
    const [one, ...others] = plan.watched;
    const known = one === undefined || others.length > 0 ? undefined : this.#known.get(one);
    if (one === undefined || known === undefined || known.session !== session) return null;
    // Whatever comes now, only the other way makes it known again, unless this one succeeds.
    this.#known.delete(one);
    const pass = beginMovedPass(one, known.columns, plan);
    if (pass === null) return null;
    try {
      const { marks, recovery, unmoved } = await answersOf(session, one, known, plan, pass);
      const stale = plan.standby.observe(recovery);
      if (stale) return { readings: new Map([[one, failedReading(stale)]]), moved: new Set() };
      const others = unmovedOf(unmoved, known.horizon);
      const stands = marks.every((rows) => marksStand(rows)(known.identity));
      if (!stands || others === null) return null;
      const read = await pass.finish({ ...others, most: mostMoved(plan.config) });
      if (read === null) return null;
      this.#known.set(one, { ...known, horizon: others.horizon });
      return { readings: new Map([[one, { readable: true, ...read }]]), moved: new Set() };
    } catch (error) {
      await takeBack(session, error, {
        to: 'ROLLBACK',
        timeoutMs: plan.config.transactionTimeoutMs + TRAVEL_MS,
      });
      return null;
    }
  }
}

function mostMoved({ maxRecords }: ReadPlan['config']): number {
  return Math.min(maxRecords, MOST_MOVED);
}

async function answersOf(
  session: Session,
  { definition }: WatchedCollection,
  { identity, columns, horizon }: Known,
  { config }: Pick<ReadPlan, 'config'>,
  pass: Pick<MovedPass, 'row'>,
): Promise<Answers> {
  const relation = parseRelation(definition.table);
  if (relation === null) throw new Error('a table that was read has no name');
  const from = everyRowOf(relation);
  const { serverVersion, encoding } = session;
  const begin = beginReading({ ...config, serverVersion, encoding });
  const marks = marksQueries([identity]);
  const condition = writtenSince(horizon);
  // One more is asked for: if it comes, not all of them did.
  const copy = copyStatement({
    ...config,
    maxRecords: mostMoved(config),
    columns,
    from,
    marked: true,
    condition,
  });
  const unmoved = unmovedQuery({ from, key: definition.key, identity });
  const read = [unmoved, PINNED_NOW, copy, PINNED_NOW];
  const statements = [begin, ...marks, STANDBY_QUERY, ...read, 'COMMIT', begin, ...marks, 'COMMIT'];
  const splitter = createLineSplitter(markedRows(pass));
  const limitMs = config.transactionTimeoutMs + TRAVEL_MS;
  const results = await session.runCopying(statements.join('; '), limitMs, splitter.push);
  const [before, after] = [begin.split('; ').length, results.length - 1];
  const [recovery = [], unmovedRows = [], settings = [], , settingsAfter = []] = results.slice(
    before + marks.length,
  );
  for (const rows of [settings, settingsAfter]) needPinned(rows, encoding);
  const stood = [before, after - marks.length].map((at) => results.slice(at, at + marks.length).flat());
  return { marks: stood, recovery: recovery[0], unmoved: unmovedRows[0] };
}
