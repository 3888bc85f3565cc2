import type { CollectionSnapshot, Definition } from '../../../baselines/index.js';
import { realTimers, within } from '../../time/timers.js';
import type { SourceContext } from '../context.js';
import {
  type CollectionReading,
  type Degradation,
  type Hint,
  type ReadOptions,
  SourceError,
} from '../source.js';
import { DerivedRows } from './derive/derived-rows.js';
import { inLooks, isDerived } from './derive/look.js';
import type { Endpoint } from './endpoint.js';
import { failedReading, type ReadFailure } from './failure.js';
import { createFingerprint, type Fingerprint } from './fingerprint.js';
import { IdleConnections, type ServerConnections } from './idle-connections.js';
import { type Connection, Lane } from './lane.js';
import { pause } from './listening.js';
import { RowCache, type RowLimits } from './row-cache.js';
import { isWitness, WitnessRows } from './witness.js';

/** A relation that moved during the read is read again at once, this often in all. */
const ROUNDS = 3;

/** Records beyond which a collection is read in a transaction of its own, and rows beyond which those derived from them are. */
const LARGE = 20_000;

type Signed = ReadonlyMap<string, CollectionSnapshot>;

/** A collection as a reader holds it. */
export interface WatchedCollection {
  readonly definition: Definition;
  readonly rows: Pick<RowCache, 'begin'> &
    Partial<Pick<RowCache, 'beginMoved' | 'lend' | 'hadTooMany' | 'stillTooMany'>>;
  /** In place of `rows` where records are derived. */
  readonly derived: DerivedRows | null;
  readonly fingerprint: Fingerprint | null;
}

/** The outcome of one transaction. */
export interface Batch {
  readonly readings: ReadonlyMap<WatchedCollection, CollectionReading>;
  /** Those that changed shape meanwhile: what was read of them says nothing. */
  readonly moved: ReadonlySet<WatchedCollection>;
}

/** How often a connection that the server refused is asked for again while another source gives up its own, and the first pause before that, in milliseconds; each further one is twice as long. */
const ROOM_TRIES = 4;
const CLOSING_MS = 50;

/** How long a second connection is not asked for again after it was not given, in milliseconds. */
const BESIDE_REST_MS = 5_000;

/** A new connection, with the degradations that its checks left. */
export interface Connected<C extends Connection> {
  readonly connection: C;
  readonly degradations: readonly Degradation[];
}

/** The part of reading that one database alone knows. */
export interface ReadableDatabase<C extends Connection> {
  /**
   * Connects and applies the checks of invariant 9. Rejects with `SourceError` for a refusal, and else with what kept it from connecting;
   * soon after the signal in any case.
   */
  connect(signal: AbortSignal): Promise<Connected<C>>;
  /** Reads collections in one transaction, one after another. Rejects only when the connection is lost or the transaction itself fails. */
  readBatch(
    connection: C,
    watched: readonly WatchedCollection[],
    options: Required<ReadOptions>,
  ): Promise<Batch>;
  /** Puts an error of the driver, the network or TLS into our words. */
  explain(error: unknown): ReadFailure;
  /** Whether connecting failed because the server gives no further connection. */
  isFull(error: unknown): boolean;
}

/** What an earlier round found touched is so, whatever became of that round. */
function withTouchedBefore(
  reading: CollectionReading,
  before: CollectionReading | undefined,
): CollectionReading {
  if (!reading.readable || !before?.readable || before.touched === undefined) return reading;
  const { count, records } = reading.touched ?? { count: 0, records: [] };
  return {
    ...reading,
    touched: { count: before.touched.count + count, records: [...before.touched.records, ...records] },
  };
}

function withUnmatched(reading: CollectionReading, derived: DerivedRows | null): CollectionReading {
  const unmatched = derived?.unmatched ?? null;
  return !reading.readable || unmatched === null ? reading : { ...reading, unmatched };
}

/** The connection was there and broke. */
class LostConnection extends Error {
  constructor(cause: unknown) {
    super('connection lost', { cause });
  }
}

/** What is read of a table as it lies there, behind what is derived from the same table where something is. */
function joinedByTable(
  looks: readonly (readonly WatchedCollection[])[],
): readonly (readonly WatchedCollection[])[] {
  const isOfDerived = ([first]: readonly WatchedCollection[]) => first !== undefined && isDerived(first);
  const tableOf = ([first]: readonly WatchedCollection[]) => first?.definition.table;
  const derived = looks.filter(isOfDerived);
  const plain = looks.filter((look) => !isOfDerived(look));
  const isOf = (look: readonly WatchedCollection[]) => (other: readonly WatchedCollection[]) =>
    tableOf(other) === tableOf(look);
  const withTheirs = derived.map((look) => [...look, ...plain.filter(isOf(look)).flat()]);
  return [...withTheirs, ...plain.filter((look) => !derived.some(isOf(look)))];
}

/**
 * Reads collections over one connection that is kept, one thing at a time; and, while a read over it goes on, over a second one what can be read beside
 * that, for as long as it goes on.
 */
export class Reader<C extends Connection> {
  readonly #context: SourceContext;
  readonly #database: ReadableDatabase<C>;
  readonly #connections: ServerConnections;
  readonly #watched: ReadonlyMap<string, WatchedCollection>;
  /** Collections that ran into a limit last time: each in a transaction of its own, so that it delays nothing else. */
  readonly #slow = new Set<WatchedCollection>();
  /** Collections of many records, likewise: nobody waits for the lock of another table meanwhile. */
  readonly #large: Set<WatchedCollection>;
  /** Those of which nothing was read: how large they are only what people signed says. */
  readonly #unread: Set<WatchedCollection>;
  readonly #main: Lane<C>;
  /** Open only while a read over the other one goes on. */
  readonly #beside: Lane<C>;
  /** What is being read over the first connection. */
  #underWay: ReadonlySet<WatchedCollection> = new Set();
  #besideRestsUntilMs = 0;
  #degradations: readonly Degradation[] = [];
  readonly #ending = new AbortController();

  constructor(options: {
    readonly context: SourceContext;
    /** The configured collections and the sensor. */
    readonly definitions: readonly Definition[];
    readonly limits: RowLimits & { readonly maxValueBytes: number };
    readonly database: ReadableDatabase<C>;
    readonly place: Pick<Endpoint, 'host' | 'port'>;
  }) {
    const { context, definitions, limits, place } = options;
    this.#context = context;
    this.#database = options.database;
    const connections = context.connections ?? new IdleConnections();
    const server = `${place.host} ${place.port}`;
    this.#connections = connections.at(server);
    this.#main = new Lane(() => this.#connect(ROOM_TRIES), this.#connections);
    // Nobody else gives up a connection for it.
    this.#beside = new Lane(() => this.#connect(0), connections.at(server));
    this.#watched = new Map(
      definitions.map((definition) => {
        const key = definition.secret.length > 0 ? context.fingerprintKey : null;
        const fingerprint = key ? createFingerprint(key, context.site, definition.name) : null;
        const derived = definition.derive ? new DerivedRows(definition, limits, fingerprint) : null;
        const rows = isWitness(definition) ? new WitnessRows(definition) : new RowCache(definition, limits);
        return [definition.name, { definition, fingerprint, rows, derived }];
      }),
    );
    // How many they are is not known before the first read, unless people signed it.
    this.#large = new Set(
      [...this.#watched.values()].filter((one) => one.definition.kind !== 'sensor' && !isDerived(one)),
    );
    this.#unread = new Set(this.#large);
  }

  /** Degradations that the checks of the newest connection left, and that connections are shared. */
  get degradations(): readonly Degradation[] {
    return [...this.#degradations, ...this.#connections.degradations(this.#context.name)];
  }

  /** The server gave none to listen with: closes an idle one, unless too few would be left to read. */
  makeRoomToListen(error: unknown): void {
    if (this.#database.isFull(error)) this.#connections.makeRoom('listening');
  }

  /** `onHint`, which is told after it was noted that the server gave a connection to listen with. */
  noting(onHint: (hint: Hint) => void): (hint: Hint) => void {
    return (hint) => {
      if (hint.type === 'listening') this.#connections.given();
      onHint(hint);
    };
  }

  /**
   * Connects and checks, as `Source.open` promises: rejects with `SourceError` alone, and is closed then. A server that is silent for
   * `openWithinMs` is still being connected to when this resolves: reads wait for that, and a refusal that comes late is theirs to tell.
   */
  async open(): Promise<void> {
    const { openWithinMs, log, name } = this.#context;
    const first = this.use(async () => undefined);
    try {
      if (openWithinMs === undefined) await first;
      else if (!(await within(realTimers, openWithinMs, first))) {
        log('warn', 'source has not answered yet', { source: name, waitedMs: openWithinMs });
      }
    } catch (error) {
      if (error instanceof SourceError) {
        await this.close();
        throw error;
      }
      log('warn', 'source cannot be reached yet', { source: name, ...this.#database.explain(error) });
    }
  }

  /** What `Source.groups` promises. The witness is none: it is read with the sensor. */
  groups(wanted?: readonly string[], signed: Signed = new Map()): readonly (readonly string[])[] {
    this.#expect(signed);
    const all = [...this.#watched.values()].filter(({ definition }) => !isWitness(definition));
    const groups =
      wanted === undefined
        ? this.#grouped(all)
        : this.#looks(wanted.flatMap((name) => this.#watched.get(name) ?? []));
    return groups.map((group) => group.map(({ definition }) => definition.name));
  }

  /** Takes what was never read to be as large as people signed it. Whoever made it larger since slows one read down, which finds that out. */
  #expect(signed: Signed): void {
    for (const one of this.#unread) {
      const expected = signed.get(one.definition.name);
      if (expected === undefined || isWitness(one.definition)) continue;
      if (expected.records.length <= LARGE) this.#large.delete(one);
    }
  }

  #noteSize(one: WatchedCollection, reading: CollectionReading): void {
    if (reading.readable) {
      this.#unread.delete(one);
      // Of a witness no record is kept, and it may have any number.
      if (reading.snapshot.records.length > LARGE || isWitness(one.definition)) this.#large.add(one);
      else this.#large.delete(one);
    } else if (reading.cause !== 'unreachable' && this.#unread.delete(one)) {
      // It is not what was signed: until it was read it holds up nothing else.
      this.#large.add(one);
    }
  }

  #isAlone(one: WatchedCollection): boolean {
    return this.#slow.has(one) || this.#large.has(one);
  }

  /** Those that one look at their table answers in one part, and with them what is read of it as it lies there; each other one by itself. */
  #looks(wanted: readonly WatchedCollection[]): readonly (readonly WatchedCollection[])[] {
    const alone = wanted.filter((one) => this.#isAlone(one)).map((one) => [one]);
    const looks = joinedByTable(inLooks(wanted.filter((one) => !this.#isAlone(one))));
    const places = new Map(wanted.map((one, place) => [one, place]));
    const placeOf = ([first]: readonly WatchedCollection[]) => (first && places.get(first)) ?? 0;
    return [...looks, ...alone].sort((a, b) => placeOf(a) - placeOf(b));
  }

  #isTogether(one: WatchedCollection): boolean {
    // Going through so many rows takes long, or nobody knows yet how many they are.
    const isWide = isDerived(one) && (one.derived.rowsLookedAt ?? Number.POSITIVE_INFINITY) > LARGE;
    return !this.#isAlone(one) && !isWide;
  }

  #grouped(wanted: readonly WatchedCollection[]): readonly (readonly WatchedCollection[])[] {
    const together = wanted.filter((one) => this.#isTogether(one));
    const apart = this.#looks(wanted.filter((one) => !this.#isTogether(one)));
    return together.length === 0 ? apart : [together, ...apart];
  }

  /** What `Source.beside` promises. */
  async beside(names: readonly string[]): Promise<readonly string[]> {
    const able = names.filter((name) => {
      const one = this.#watched.get(name);
      return one !== undefined && this.#isQuick(one) && !this.#underWay.has(one);
    });
    if (able.length === 0 || this.#underWay.size === 0 || this.#beside.isOpen) return able;
    if (performance.now() < this.#besideRestsUntilMs) return [];
    try {
      await this.#beside.use(async () => undefined);
      return able;
    } catch (error) {
      this.#besideRestsUntilMs = performance.now() + BESIDE_REST_MS;
      const failure =
        error instanceof SourceError ? { detail: error.message } : this.#database.explain(error);
      const { name, log } = this.#context;
      log('warn', 'nothing can be read beside a long read', { source: name, ...failure });
      return [];
    }
  }

  /** Whether reading it takes so little that others may wait for it. */
  #isQuick(one: WatchedCollection): boolean {
    return one.definition.kind !== 'sensor' && !this.#unread.has(one) && this.#isTogether(one);
  }

  /** Reads the named collections, and the witness by its name. Never rejects: what went wrong stands in the readings. */
  read(
    names: readonly string[],
    { onBegin = () => undefined, extent = 'all', signed = new Map() }: ReadOptions = {},
  ): Promise<Map<string, CollectionReading>> {
    this.#expect(signed);
    const wanted = names.flatMap((name) => this.#watched.get(name) ?? []);
    const isBeside =
      this.#isDivided() && wanted.every((one) => this.#isQuick(one) && !this.#underWay.has(one));
    const lane = isBeside ? this.#beside : this.#main;
    return lane.inTurn(async () => {
      const readings = new Map<string, CollectionReading>();
      for (const { definition, rows } of wanted) await rows.lend?.(signed.get(definition.name));
      for (const group of this.#grouped(wanted)) {
        const read = () => this.#readGroup(lane, group, readings, { onBegin, extent, signed });
        await (isBeside ? read() : this.#apart(group, read));
      }
      return readings;
    });
  }

  /** Something is read over the first connection, and the second one is there. */
  #isDivided(): boolean {
    return this.#underWay.size > 0 && this.#beside.isOpen;
  }

  /** Nothing is read twice at once: what is read beside is over before the next group begins, and with the group the second connection is. */
  async #apart(group: readonly WatchedCollection[], read: () => Promise<void>): Promise<void> {
    await this.#beside.idle();
    this.#underWay = new Set(group);
    try {
      await read();
    } finally {
      this.#underWay = new Set();
      void this.#beside.close();
    }
  }

  /** Does something else, between reads. Rejects with what `work` or connecting rejects with. */
  use<T>(work: (connection: C) => Promise<T>): Promise<T> {
    return (this.#isDivided() ? this.#beside : this.#main).use(work);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#main.close(), this.#beside.close()]);
  }

  /** `roomTries`: how often a connection of another source is closed for it. */
  async #connect(roomTries: number): Promise<C> {
    const { signal } = this.#ending;
    for (let tries = 0; ; tries++) {
      try {
        const { connection, degradations } = await this.#database.connect(signal);
        this.#degradations = degradations;
        return connection;
      } catch (error) {
        const isFull = tries < roomTries && this.#database.isFull(error);
        if (!isFull || !this.#connections.makeRoom('reading')) throw error;
        await pause(CLOSING_MS * 2 ** tries, signal);
      }
    }
  }

  async #readGroup(
    lane: Lane<C>,
    group: readonly WatchedCollection[],
    readings: Map<string, CollectionReading>,
    options: Required<ReadOptions>,
  ): Promise<void> {
    let waiting = group;
    let mayRetry = true;
    for (let round = 1; waiting.length > 0; ) {
      let batch: Batch;
      try {
        batch = await this.#readOnce(lane, waiting, options);
      } catch (error) {
        // A connection that died since the last read says nothing about the source: a new one is tried, once.
        if (mayRetry && error instanceof LostConnection) {
          mayRetry = false;
          continue;
        }
        this.#failAll(waiting, error instanceof LostConnection ? error.cause : error, readings);
        return;
      }
      for (const [one, reading] of batch.readings) {
        const name = one.definition.name;
        readings.set(name, withUnmatched(withTouchedBefore(reading, readings.get(name)), one.derived));
        if (!reading.readable && reading.cause === 'timeout') this.#slow.add(one);
        else this.#slow.delete(one);
        this.#noteSize(one, reading);
        if (round === ROUNDS && batch.moved.has(one) && one.definition.kind !== 'sensor') {
          const detail = 'the table was swapped, truncated or altered during each of our reads';
          readings.set(name, failedReading({ cause: 'moving', detail }));
        }
      }
      waiting = round === ROUNDS ? [] : waiting.filter((one) => batch.moved.has(one));
      round++;
    }
  }

  async #readOnce(
    lane: Lane<C>,
    watched: readonly WatchedCollection[],
    options: Required<ReadOptions>,
  ): Promise<Batch> {
    const connection = await lane.connected();
    try {
      return await this.#database.readBatch(connection, watched, options);
    } catch (cause) {
      connection.destroy();
      throw this.#database.explain(cause).cause === 'unreachable' ? new LostConnection(cause) : cause;
    }
  }

  #failAll(
    group: readonly WatchedCollection[],
    error: unknown,
    readings: Map<string, CollectionReading>,
  ): void {
    // A role that became dangerous is refused like one that was so at the start.
    const failure: ReadFailure =
      error instanceof SourceError
        ? { cause: 'denied', detail: error.message }
        : this.#database.explain(error);
    for (const one of group) {
      const reading = failedReading(failure);
      this.#noteSize(one, reading);
      readings.set(one.definition.name, reading);
    }
    this.#context.log('warn', 'source cannot be read', { source: this.#context.name, ...failure });
  }
}
