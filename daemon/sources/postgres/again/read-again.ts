import { failedReading } from '../../relational/failure.js';
import type { Batch, WatchedCollection } from '../../relational/reader.js';
import type { ReadPass } from '../../relational/row-cache.js';
import { isWitness } from '../../relational/witness.js';
import type { PostgresConfig } from '../config.js';
import { copyStatement, LONG_FLAG } from '../copy-statement.js';
import { createLineSplitter, markedRows } from '../copy-text.js';
import { type Column, type Identity, marksQueries, marksStand } from '../identify.js';
import { everyRowOf, parseRelation } from '../quote.js';
import {
  beginCopyPass,
  isMarked,
  isSmall,
  MOST_SMALL_RECORDS,
  type ReadPlan,
  type ReadTable,
  TRAVEL_MS,
} from '../read-plan.js';
import { takeBack } from '../recover.js';
import type { Session } from '../session.js';
import { beginReading, needPinned, PINNED_NOW } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';

/** How a collection was read the last time. */
interface Known {
  readonly session: Session;
  readonly identity: Identity;
  readonly columns: readonly Column[];
  /** Everything that reading it again takes, for one round trip. */
  readonly statements: string;
  /** Place of the marks in the snapshot among the answers, and how many these are; the standby's row, the COPY and the settings follow. Those after COMMIT stand before the last. */
  readonly marksAt: number;
  readonly marks: number;
  readonly marked: boolean;
  /** See `copyStatement`. */
  readonly flagsLong: boolean;
}

const LONG_FLAG_CODE = LONG_FLAG.charCodeAt(0);

/**
 * Reads a small collection in one round trip when nothing its name and values are resolved through has moved since it was last read whole: the marks
 * of then must stand in the snapshot that is read and again after COMMIT, which proves as much as finding out anew what they are, and costs a third.
 */
export class ReadAgain {
  readonly #known = new Map<WatchedCollection, Known>();
  /** Those in which a value was too long once: digests of such are asked for in the first place. */
  readonly #long = new Set<WatchedCollection>();

  /** A collection was read whole: the next time it need not be found out what it is. */
  remember(
    session: Session,
    one: WatchedCollection,
    { identity, columns, snapshot }: ReadTable,
    config: PostgresConfig,
  ): void {
    this.#known.delete(one);
    // A witness has few records of perhaps very many rows.
    if (one.derived !== null || isWitness(one.definition) || !isSmall(snapshot)) return;
    const known = knownOf(session, one, { identity, columns, flagsLong: !this.#long.has(one) }, config);
    if (known !== null) this.#known.set(one, known);
  }

  /**
   * Null when it must be read the other way: it was not read over this connection, has moved or grown, or something failed, which the other way tells
   * apart. Rejects when the connection is lost.
   */
  async read(session: Session, plan: Omit<ReadPlan, 'onRead' | 'onBegin'>): Promise<Batch | null> {
    const [one, ...others] = plan.watched;
    const known = one === undefined || others.length > 0 ? undefined : this.#known.get(one);
    if (one === undefined || known === undefined || known.session !== session) return null;
    // Whatever comes now, only the other way makes it known again, unless this one succeeds.
    this.#known.delete(one);
    const pass = beginCopyPass(one, known.columns, plan);
    let rows = 0;
    let isLong = false;
    const row: ReadPass['row'] = (buffer, start, end, mark) => {
      if (buffer[end - 1] === LONG_FLAG_CODE) isLong = true;
      else pass.row(buffer, start, end, mark);
    };
    const takeRow = known.marked ? markedRows({ row }) : row;
    const splitter = createLineSplitter((buffer, start, end) => {
      rows++;
      takeRow(buffer, start, end);
    });
    try {
      const results = await session.runCopying(known.statements, limitMs(plan.config), splitter.push);
      const { marksAt, marks } = known;
      const [recovery = [], , settings = []] = results.slice(marksAt + marks);
      const stale = plan.standby.observe(recovery[0]);
      if (stale) {
        pass.abandon();
        return { readings: new Map([[one, failedReading(stale)]]), moved: new Set() };
      }
      needPinned(settings, session.encoding);
      const stands = [results.slice(marksAt, marksAt + marks), results.slice(-1 - marks, -1)].every((rows) =>
        marksStand(rows.flat())(known.identity),
      );
      if (isLong && known.flagsLong) this.#long.add(one);
      const isWhole = rows <= MOST_SMALL_RECORDS && !isLong;
      const read = stands && isWhole ? await pass.finishTouched() : null;
      if (read === null) pass.abandon();
      if (read === null || 'cause' in read) return null;
      this.#known.set(one, known);
      return { readings: new Map([[one, { readable: true, ...read }]]), moved: new Set() };
    } catch (error) {
      pass.abandon();
      await takeBack(session, error, {
        to: 'ROLLBACK',
        timeoutMs: plan.config.transactionTimeoutMs + TRAVEL_MS,
      });
      return null;
    }
  }
}

/** A connection that died unnoticed shows here, as at the beginning of a longer read; a lock is waited for as long as it may be. */
export function limitMs({ connectTimeoutMs, lockTimeoutMs }: PostgresConfig): number {
  return Math.max(connectTimeoutMs, lockTimeoutMs + TRAVEL_MS);
}

/** Null for what is no table. */
function knownOf(
  session: Session,
  one: WatchedCollection,
  { identity, columns, flagsLong }: Pick<Known, 'identity' | 'columns' | 'flagsLong'>,
  config: PostgresConfig,
): Known | null {
  const relation = parseRelation(one.definition.table);
  if (relation === null) return null;
  const { serverVersion, encoding } = session;
  const begin = beginReading({ ...config, serverVersion, encoding });
  const marks = marksQueries([identity]);
  // One more than may be is asked for: then it has grown.
  const maxRecords = Math.min(config.maxRecords, MOST_SMALL_RECORDS);
  const marked = isMarked(one, identity);
  const rows = { maxRecords, columns, from: everyRowOf(relation), marked, flagsLong };
  const copy = copyStatement({ ...config, ...rows });
  const after = ['COMMIT', begin, ...marks, 'COMMIT'];
  const statements = [begin, ...marks, STANDBY_QUERY, copy, PINNED_NOW, ...after].join('; ');
  const places = { marksAt: begin.split('; ').length, marks: marks.length };
  return { session, identity, columns, statements, marked, flagsLong, ...places };
}
