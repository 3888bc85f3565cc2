import type { CollectionSnapshot } from '../../../../baselines/index.js';
import { failedReading } from '../../relational/failure.js';
import type { Batch, WatchedCollection } from '../../relational/reader.js';
import type { ReadPass } from '../../relational/row-cache.js';
import { isWitness } from '../../relational/witness.js';
import type { CollectionReading } from '../../source.js';
import type { PostgresConfig } from '../config.js';
import { copyStatement, LONG_FLAG } from '../copy-statement.js';
import { createLineSplitter, markedRows } from '../copy-text.js';
import { type Column, type Identity, marksQueries, marksStand } from '../identify.js';
import { everyRowOf, parseRelation } from '../quote.js';
import {
  areSmall,
  beginCopyPass,
  isMarked,
  MOST_SMALL_RECORDS,
  type ReadPlan,
  type ReadSensor,
  type ReadTable,
  sensorFirst,
  TRAVEL_MS,
} from '../read-plan.js';
import { takeBack } from '../recover.js';
import { occupiedQuery, sensorColumns, sensorStatement } from '../sensor.js';
import type { Rows, Session } from '../session.js';
import { beginReading, needPinned, PINNED_NOW } from '../settings.js';
import { STANDBY_QUERY } from '../standby.js';

/** How a collection was read the last time. */
interface Known {
  readonly session: Session;
  readonly snapshot: CollectionSnapshot;
  readonly columns: readonly Column[];
  /** Of a table what it was, and its COPY; of the sensor what its statement is made from. */
  readonly as: KnownTable | Pick<ReadSensor, 'knowsCluster' | 'occupied'>;
}

interface KnownTable {
  readonly identity: Identity;
  readonly copy: string;
  readonly marked: boolean;
  /** See `copyStatement`. */
  readonly flagsLong: boolean;
  /** Everything that reading it again alone takes. */
  readonly alone: Question;
}

/** What is sent in one round trip: the marks in the snapshot, the standby's row, for the sensor which catalogs hold anything, each COPY (of a table with the settings after it), and the marks after COMMIT. */
interface Question {
  readonly sql: string;
  /** Place of the marks in the snapshot among the answers, and how many these are; the standby's row follows. Those after COMMIT stand before the last. */
  readonly marksAt: number;
  readonly marks: number;
  /** Places of the COPY of each collection. */
  readonly copiesAt: readonly number[];
}

const LONG_FLAG_CODE = LONG_FLAG.charCodeAt(0);
/** Limits for one statement and one lock where more than one table is read, in milliseconds: what takes longer must not make the others wait. */
const TOGETHER = { transactionTimeoutMs: 2_000, lockTimeoutMs: 100 };
/** Reads of several collections that go the other way after one that failed. */
const RESTS = 10;

/**
 * Reads small collections in one round trip when nothing their names and values are resolved through has moved since they were last read whole: the marks
 * of then must stand in the snapshot that is read and again after COMMIT, which proves as much as finding out anew what they are, and costs a third.
 */
export class ReadAgain {
  readonly #known = new Map<WatchedCollection, Known>();
  /** Those in which a value was too long once: digests of such are asked for in the first place. */
  readonly #long = new Set<WatchedCollection>();
  /** Reads of several collections that still go the other way. */
  #rests = 0;

  /** A collection was read whole: the next time it need not be found out what it is. */
  remember(
    session: Session,
    one: WatchedCollection,
    { identity, columns, snapshot }: ReadTable,
    config: PostgresConfig,
  ): void {
    this.#known.delete(one);
    // A witness has few records of perhaps very many rows.
    if (one.derived !== null || isWitness(one.definition) || !areSmall([snapshot])) return;
    const flagsLong = !this.#long.has(one);
    const as = knownTable(session, one, { identity, columns, flagsLong }, config);
    if (as !== null) this.#known.set(one, { session, snapshot, columns, as });
  }

  /** The sensor was read: the next time it need not be found out what is to be asked for. */
  rememberSensor(session: Session, one: WatchedCollection, { snapshot, ...as }: ReadSensor): void {
    this.#known.set(one, { session, snapshot, columns: sensorColumns, as });
  }

  /**
   * Null when they must be read the other way: one was not read over this connection, has moved or grown, or something failed, which the other way tells
   * apart. Rejects when the connection is lost.
   */
  async read(session: Session, plan: Omit<ReadPlan, 'onRead' | 'onSensor'>): Promise<Batch | null> {
    const { config } = plan;
    const watched = sensorFirst(plan.watched);
    const known = watched.flatMap((one) => this.#known.get(one) ?? []);
    const isKnown = known.length === watched.length && known.every((one) => one.session === session);
    if (known.length === 0 || !isKnown) return null;
    const isTogether = aloneOf(known) === null;
    if (isTogether && this.#rests > 0) {
      this.#rests--;
      return null;
    }
    if (isTogether && !areSmall(known.map(({ snapshot }) => snapshot))) return null;
    // Whatever comes now, only the other way makes them known again, unless this one succeeds.
    for (const one of watched) this.#known.delete(one);
    const asked = questionOf(session, known, plan);
    if (isTogether) plan.onBegin(...watched.map(({ definition }) => definition.name));
    const passes = watched.map((one, i) => new Pass(one, known[i] as Known, plan));
    const byPlace = new Map(passes.map((pass, i) => [asked.copiesAt[i], pass]));
    try {
      const results = await session.runCopying(asked.sql, limitMs(config), (line, at) =>
        byPlace.get(at)?.push(line),
      );
      const stale = plan.standby.observe(results[asked.marksAt + asked.marks]?.[0]);
      if (stale) {
        for (const pass of passes) pass.abandon();
        return { readings: new Map(watched.map((one) => [one, failedReading(stale)])), moved: new Set() };
      }
      for (const [i, { known }] of passes.entries()) {
        if ('identity' in known.as) needPinned(results[(asked.copiesAt[i] ?? 0) + 1] ?? [], session.encoding);
      }
      for (const pass of passes) if (pass.isLong && pass.flagsLong) this.#long.add(pass.one);
      if (!stands(results, asked, known) || !passes.every(({ isWhole }) => isWhole)) {
        for (const pass of passes) pass.abandon();
        return null;
      }
      return await this.#finish(passes);
    } catch (error) {
      if (isTogether) this.#rests = RESTS;
      for (const pass of passes) pass.abandon();
      await takeBack(session, error, {
        to: 'ROLLBACK',
        timeoutMs: plan.config.transactionTimeoutMs + TRAVEL_MS,
      });
      return null;
    }
  }

  /** Null when none could be told; one of several that could not is to be read the other way. */
  async #finish(passes: readonly Pass[]): Promise<Batch | null> {
    const readings = new Map<WatchedCollection, CollectionReading>();
    const moved = new Set<WatchedCollection>();
    for (const { one, known, finish } of passes) {
      const read = await finish();
      if ('cause' in read) {
        moved.add(one);
        continue;
      }
      readings.set(one, { readable: true, ...read });
      this.#known.set(one, { ...known, snapshot: read.snapshot });
    }
    return readings.size === 0 ? null : { readings, moved };
  }
}

/** One collection as its rows come in. */
class Pass {
  readonly #pass: ReadPass;
  readonly push: (chunk: Buffer) => void;
  #rows = 0;
  isLong = false;

  constructor(
    readonly one: WatchedCollection,
    readonly known: Known,
    plan: Pick<ReadPlan, 'unreadKey'>,
  ) {
    const pass = beginCopyPass(one, known.columns, plan);
    this.#pass = pass;
    const row: ReadPass['row'] = (buffer, start, end, mark) => {
      if (this.flagsLong && buffer[end - 1] === LONG_FLAG_CODE) this.isLong = true;
      else pass.row(buffer, start, end, mark);
    };
    const takeRow = 'marked' in known.as && known.as.marked ? markedRows({ row }) : row;
    const splitter = createLineSplitter((buffer, start, end) => {
      this.#rows++;
      takeRow(buffer, start, end);
    });
    this.push = splitter.push;
  }

  get flagsLong(): boolean {
    return 'flagsLong' in this.known.as && this.known.as.flagsLong;
  }

  get isWhole(): boolean {
    return this.#rows <= MOST_SMALL_RECORDS && !this.isLong;
  }

  readonly finish = (): ReturnType<ReadPass['finishTouched']> => this.#pass.finishTouched();

  abandon(): void {
    this.#pass.abandon();
  }
}

/** A connection that died unnoticed shows here, as at the beginning of a longer read; a lock is waited for as long as it may be. */
export function limitMs({ connectTimeoutMs, lockTimeoutMs }: PostgresConfig): number {
  return Math.max(connectTimeoutMs, lockTimeoutMs + TRAVEL_MS);
}

const identitiesOf = (known: readonly Known[]): Identity[] =>
  known.flatMap(({ as }) => ('identity' in as ? [as.identity] : []));

/** Whether everything is as it was known: the marks before and after, and what the sensor's statement was made from. */
function stands(results: readonly Rows[], { marksAt, marks }: Question, known: readonly Known[]): boolean {
  const before = results.slice(marksAt, marksAt + marks);
  const [recovery = [], occupied = []] = results.slice(marksAt + marks);
  const identities = identitiesOf(known);
  const sensors = known.flatMap(({ as }) => ('occupied' in as ? [as] : []));
  return (
    [before, results.slice(-1 - marks, -1)].every((rows) => identities.every(marksStand(rows.flat()))) &&
    sensors.every(
      (as) =>
        as.knowsCluster === (recovery[0]?.[6] === 't') && as.occupied.join() === (occupied[0] ?? []).join(),
    )
  );
}

/** The question for one table and nothing else; null where more is asked for. */
function aloneOf([first, ...others]: readonly Known[]): Question | null {
  return first !== undefined && others.length === 0 && 'alone' in first.as ? first.as.alone : null;
}

function questionOf(
  session: Session,
  known: readonly Known[],
  plan: Pick<ReadPlan, 'config' | 'tables'>,
): Question {
  const alone = aloneOf(known);
  if (alone !== null) return alone;
  const { config } = plan;
  const limits = {
    transactionTimeoutMs: Math.min(config.transactionTimeoutMs, TOGETHER.transactionTimeoutMs),
    lockTimeoutMs: Math.min(config.lockTimeoutMs, TOGETHER.lockTimeoutMs),
  };
  const { serverVersion } = session;
  // One more than may be is asked for: then it has grown.
  const maxRecords = Math.min(config.maxRecords, MOST_SMALL_RECORDS);
  const sensor = { ...config, maxRecords, serverVersion, definitions: plan.tables };
  const copies = known.map(({ as }) =>
    'copy' in as ? [as.copy, PINNED_NOW] : [sensorStatement({ ...sensor, ...as })],
  );
  const hasSensor = known.some(({ as }) => 'occupied' in as);
  return question(
    session,
    limits,
    identitiesOf(known),
    hasSensor ? [occupiedQuery(serverVersion)] : [],
    copies,
  );
}

function question(
  { serverVersion, encoding }: Session,
  limits: Pick<PostgresConfig, 'transactionTimeoutMs' | 'lockTimeoutMs'>,
  identities: readonly Identity[],
  before: readonly string[],
  copies: readonly (readonly string[])[],
): Question {
  const begin = beginReading({ ...limits, serverVersion, encoding });
  const marks = marksQueries(identities);
  const marksAt = begin.split('; ').length;
  let place = marksAt + marks.length + 1 + before.length;
  const copiesAt = copies.map((one) => {
    place += one.length;
    return place - one.length;
  });
  const inSnapshot = [begin, ...marks, STANDBY_QUERY, ...before, ...copies.flat(), 'COMMIT'];
  const sql = [...inSnapshot, begin, ...marks, 'COMMIT'].join('; ');
  return { sql, marksAt, marks: marks.length, copiesAt };
}

/** Null for what is no table. */
function knownTable(
  session: Session,
  one: WatchedCollection,
  { identity, columns, flagsLong }: Pick<KnownTable, 'identity' | 'flagsLong'> & Pick<Known, 'columns'>,
  config: PostgresConfig,
): KnownTable | null {
  const relation = parseRelation(one.definition.table);
  if (relation === null) return null;
  // One more than may be is asked for: then it has grown.
  const maxRecords = Math.min(config.maxRecords, MOST_SMALL_RECORDS);
  const marked = isMarked(one, identity);
  const rows = { maxRecords, columns, from: everyRowOf(relation), marked, flagsLong };
  const copy = copyStatement({ ...config, ...rows });
  const alone = question(session, config, [identity], [], [[copy, PINNED_NOW]]);
  return { identity, copy, marked, flagsLong, alone };
}
