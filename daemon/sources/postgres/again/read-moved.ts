import { failedReading } from '../../relational/failure.js';
import type { Batch, WatchedCollection } from '../../relational/reader.js';
import type { MovedPass } from '../../relational/row-cache.js';
import type { CollectionReading } from '../../source.js';
import { copyStatement, LONG_FLAG } from '../copy-statement.js';
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
import type { Rows, Session } from '../session.js';
import { beginReading, needPinned, PINNED_NOW } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';
import { type Horizon, writtenSince } from './horizon.js';
import { unmovedOf, unmovedQuery } from './unmoved.js';

const LONG_FLAG_CODE = LONG_FLAG.charCodeAt(0);
/** Rows beyond which a table is rather read whole. */
const MOST_MOVED = 10_000;

/** How a table was read the last time. */
interface Known {
  readonly session: Session;
  readonly identity: Identity;
  readonly columns: readonly Column[];
  readonly horizon: Horizon;
  /** All of it is read again as fast. */
  readonly isSmall: boolean;
}

/** What is asked for to read what moved of a table. */
export interface MovedQuestion {
  /** What the table was: it must be so in the snapshot and after COMMIT, or nothing of it may be believed. */
  readonly identity: Identity;
  /** SQL of ours: where its rows come from. */
  readonly from: string;
  /** A statement to be followed by the question for the pinned settings. */
  readonly copy: string;
  /** Takes a line that it sent. */
  row(line: Buffer): void;
  /**
   * The reading, by the row of `unmovedQuery` of the same snapshot, with the key of the collection among its keys; null where the table must be read whole. What moved after it is enough the
   * next time.
   */
  finish(unmoved: Rows[number] | undefined): Promise<CollectionReading | null>;
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
  /** Those in which a value was too long once: digests of such are asked for in the first place. */
  readonly #long = new Set<WatchedCollection>();

  /** A collection was read whole: the next time what moved since is enough. */
  remember(
    session: Session,
    one: WatchedCollection,
    { identity, columns, snapshot, horizon }: ReadTable,
  ): void {
    this.#known.delete(one);
    const isAlone = identity.family.length === 1;
    if (horizon === null || !isAlone || !isMarked(one, identity)) return;
    this.#known.set(one, { session, identity, columns, horizon, isSmall: areSmall([snapshot]) });
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
    if (one === undefined || others.length > 0 || this.#known.get(one)?.isSmall === true) return null;
    const question = this.ask(session, one, plan);
    if (question === null) return null;
    try {
      const { marks, recovery, unmoved } = await answersOf(session, one, question, plan);
      const stale = plan.standby.observe(recovery);
      if (stale) return { readings: new Map([[one, failedReading(stale)]]), moved: new Set() };
      if (!marks.every((rows) => marksStand(rows)(question.identity))) return null;
      const reading = await question.finish(unmoved);
      return reading && { readings: new Map([[one, reading]]), moved: new Set() };
    } catch (error) {
      await takeBack(session, error, {
        to: 'ROLLBACK',
        timeoutMs: plan.config.transactionTimeoutMs + TRAVEL_MS,
      });
      return null;
    }
  }

  /** What to ask for within a transaction whose marks somebody else compares. Null where a table must be read whole. Whatever comes then, only a whole reading makes it known again, unless this one is finished. */
  ask(
    session: Session,
    one: WatchedCollection,
    plan: Pick<ReadPlan, 'config' | 'unreadKey'>,
  ): MovedQuestion | null {
    const known = this.#known.get(one);
    this.#known.delete(one);
    const relation = parseRelation(one.definition.table);
    if (known === undefined || known.session !== session || relation === null) return null;
    const pass = beginMovedPass(one, known.columns, plan);
    if (pass === null) return null;
    const { identity, columns, horizon } = known;
    const most = Math.min(plan.config.maxRecords, MOST_MOVED);
    const from = everyRowOf(relation);
    const flagsLong = !this.#long.has(one);
    let isLong = false;
    const row: MovedPass['row'] = (buffer, start, end, mark) => {
      if (flagsLong && buffer[end - 1] === LONG_FLAG_CODE) isLong = true;
      else pass.row(buffer, start, end, mark);
    };
    return {
      identity,
      from,
      // One more is asked for: if it comes, not all of them did.
      copy: copyStatement({
        ...plan.config,
        ...{ maxRecords: most, columns, from, flagsLong, marked: true, condition: writtenSince(horizon) },
      }),
      row: createLineSplitter(markedRows({ row })).push,
      finish: async (answer) => {
        if (isLong) this.#long.add(one);
        const others = unmovedOf(answer, horizon);
        if (isLong || others === null) return null;
        const read = await pass.finish({ ...others, most });
        if (read === null) return null;
        this.#known.set(one, { ...known, horizon: others.horizon, isSmall: areSmall([read.snapshot]) });
        return { readable: true, ...read };
      },
    };
  }
}

/** What the statements of a reading answered, beside the rows. */
interface Answers {
  readonly marks: readonly Rows[];
  readonly recovery: Rows[number] | undefined;
  readonly unmoved: Rows[number] | undefined;
}

async function answersOf(
  session: Session,
  { definition }: WatchedCollection,
  { identity, from, copy, row }: MovedQuestion,
  { config }: Pick<ReadPlan, 'config'>,
): Promise<Answers> {
  const { serverVersion, encoding } = session;
  const begin = beginReading({ ...config, serverVersion, encoding });
  const marks = marksQueries([identity]);
  const unmoved = unmovedQuery({ from, keys: [definition.key], identity });
  const read = [unmoved, PINNED_NOW, copy, PINNED_NOW];
  const statements = [begin, ...marks, STANDBY_QUERY, ...read, 'COMMIT', begin, ...marks, 'COMMIT'];
  const limitMs = config.transactionTimeoutMs + TRAVEL_MS;
  const results = await session.runCopying(statements.join('; '), limitMs, row);
  const [before, after] = [begin.split('; ').length, results.length - 1];
  const [recovery = [], unmovedRows = [], settings = [], , settingsAfter = []] = results.slice(
    before + marks.length,
  );
  for (const rows of [settings, settingsAfter]) needPinned(rows, encoding);
  const stood = [before, after - marks.length].map((at) => results.slice(at, at + marks.length).flat());
  return { marks: stood, recovery: recovery[0], unmoved: unmovedRows[0] };
}
