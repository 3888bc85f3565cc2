import type { CollectionSnapshot, Definition, RecordLine } from '../../baselines/index.js';
import type { Change } from '../drift/change.js';
import type { Logged } from '../finding.js';
import {
  type Bulk,
  bothBulks,
  bulkOf,
  createLogRegister,
  type LogNews,
  type LogRegister,
} from '../policy/log-news.js';
import { holds, judgeLog, lastWrites } from '../policy/logged.js';
import { judgeRows, rowKey } from '../policy/logged-rows.js';
import type { LoggedChange, LogReading, Source, SourceReading } from '../sources/source.js';
import type { TouchesOptions } from './touches.js';

/** Entries that wait for the next look at their collection. Of more of them the first are let go, which is told: they are where something can be buried. */
const MOST_WAITING = 20_000;

/** Entries of a table that wait for a look at it. */
interface Awaited {
  waiting: LoggedChange[];
  /** How many ever waited. */
  heard: number;
}

/** How many entries of each table had been heard when a look began. */
export type HeardBefore = ReadonlyMap<object, number>;

interface Followed extends Awaited {
  readonly definition: Definition;
  /** As it was read last. */
  snapshot: CollectionSnapshot | null;
  /** Entries of its table since then, and those that came while it was read. */
  waiting: LoggedChange[];
  /** Ids of those among them that were told. */
  told: ReadonlySet<number>;
  /** The log was heard before that: whatever came since has an entry. */
  isLogged: boolean;
  /** What is known of its records, by key. */
  readonly writers: Map<string, { readonly record: RecordLine | null; readonly logged: Logged }>;
  /** The last entry of each of its records from before the first look. */
  history: ReadonlyMap<string, LoggedChange>;
}

/** A table from which records are derived. */
interface FollowedTable extends Awaited {
  readonly source: string;
  readonly table: string;
  readonly derived: readonly Definition[];
  /** Entries since the last look, and those that came while it was taken. */
  waiting: LoggedChange[];
  /** Ids of those among them that were told. */
  told: ReadonlySet<number>;
}

/** Follows what change logs say beside what is read: who wrote what changed, what was there in between, and what no entry is of. */
export class LoggedChanges {
  readonly #options: TouchesOptions;
  readonly #register: LogRegister;
  readonly #followed = new Map<string, Followed>();
  readonly #tables: readonly FollowedTable[];
  readonly #logs = new Map<string, string>();

  constructor(options: TouchesOptions) {
    this.#options = options;
    this.#register = createLogRegister(options.rules);
    for (const definition of options.definitions) {
      if (definition.kind === 'sensor') continue;
      const fresh = {
        snapshot: null,
        ...{ waiting: [], heard: 0 },
        told: new Set<number>(),
        isLogged: false,
        writers: new Map(),
        history: new Map(),
      };
      this.#followed.set(definition.name, { definition, ...fresh });
    }
    this.#tables = derivedTables(options);
  }

  /** Asks the log, before collections are read: what it says of now they show. */
  async before(source: Source, wanted: readonly string[] | undefined): Promise<HeardBefore> {
    if (source.changeLog === undefined) return new Map();
    // The sensor is read on the timer, with everything else.
    const names = new Set(wanted ?? source.collections);
    const thoroughly = this.#options.definitions.some(
      ({ kind, name }) => kind === 'sensor' && names.has(name),
    );
    this.#hear(source, await source.changeLog(thoroughly));
    return new Map([...this.#followed.values(), ...this.#tables].map((one) => [one, one.heard]));
  }

  /**
   * Judges what was read, and asks again where something changed. By collection, the keys of records that the log has an entry of. `heardBefore`: what else was heard
   * while it was read, by another look, may be of the next time.
   */
  async after(
    source: Source,
    { collections }: SourceReading,
    heardBefore: HeardBefore,
  ): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const written = new Map<string, ReadonlySet<string>>();
    if (source.changeLog === undefined) return written;
    const read = [...collections].flatMap(([name, reading]) => {
      const followed = this.#followed.get(name);
      if (followed === undefined || !reading.readable) return [];
      const known = takeHeard(followed, heardBefore);
      return [{ followed, snapshot: reading.snapshot, known }];
    });
    const tables = this.#tables
      .filter((one) => one.source === source.name && one.derived.some(({ name }) => collections.has(name)))
      .map((table) => {
        const known = takeHeard(table, heardBefore);
        return { table, known };
      });
    // What was written between the log's reading and this one has an entry by now.
    const mayDiffer = read.some(
      ({ followed, snapshot, known }) => followed.snapshot !== snapshot || known.length > 0,
    );
    const isWhole = !mayDiffer || this.#hear(source, await source.changeLog(false));
    for (const { followed, snapshot, known } of read) {
      written.set(followed.definition.name, this.#judge(source, followed, { now: snapshot, known, isWhole }));
    }
    for (const { table, known } of tables) this.#judgeRows(table, { known, isWhole });
    return written;
  }

  /** What the log says of a change; undefined where it says nothing. */
  loggedAt({ collection, key, after }: Change): Logged | undefined {
    const followed = this.#followed.get(collection);
    const [record = null, ...others] = after;
    if (followed === undefined || others.length > 0) return undefined;
    const known = followed.writers.get(key);
    if (known !== undefined) return sameRecord(known.record, record) ? known.logged : undefined;
    const last = followed.history.get(key);
    const log = this.#logs.get(followed.definition.source);
    if (last === undefined || log === undefined || !holds(record, last)) return undefined;
    return entryOf(last, log);
  }

  news(): LogNews {
    return this.#register.news(this.#options.clock());
  }

  told(news: LogNews): void {
    if (countOf(news) > 0) this.#register.told(news, this.#options.clock());
  }

  /** True when there is something to tell. */
  hasNews(): boolean {
    return countOf(this.news()) > 0;
  }

  /** True when all that there was to hear was heard. */
  #hear(source: Source, reading: LogReading | null): boolean {
    if (reading === null) return false;
    const { log, changes, isFirst, isBehind, faults } = reading;
    this.#logs.set(source.name, log);
    for (const { fault, count } of faults)
      this.#register.noteFault({ source: source.name, log, fault, count });
    for (const one of this.#followed.values()) {
      if (!isFirst || one.definition.source !== source.name) continue;
      one.history = lastWrites(
        one.definition,
        changes.filter(({ table }) => table === one.definition.table),
      );
    }
    const letGo = isFirst ? null : this.#wait(source.name, changes);
    if (letGo !== null) this.#register.noteFault({ source: source.name, log, fault: 'unjudged', ...letGo });
    return !isBehind;
  }

  /** Keeps entries for the next look at what they are of. How many of those that waited were let go: each once, however many collections read its table; null for none. */
  #wait(source: string, changes: readonly LoggedChange[]): { count: number; bulk?: Bulk } | null {
    const letGo = new Map<string, { readonly over: number; readonly all: readonly LoggedChange[] }>();
    /** True when some were let go. */
    const keep = (one: FollowedTable | Followed, table: string): boolean => {
      const more = changes.filter((change) => change.table === table);
      // Most looks bring nothing, and thousands may wait.
      if (more.length === 0) return false;
      const all = [...one.waiting, ...more];
      const over = Math.max(0, all.length - MOST_WAITING);
      one.waiting = over === 0 ? all : all.slice(over);
      one.heard += more.length;
      if (over > (letGo.get(table)?.over ?? 0)) letGo.set(table, { over, all });
      return over > 0;
    };
    for (const one of this.#followed.values()) {
      const { table, source: own } = one.definition;
      if (own === source && keep(one, table)) one.isLogged = false;
    }
    for (const one of this.#tables) {
      if (one.source === source) keep(one, one.table);
    }
    const each = [...letGo.values()];
    if (each.length === 0) return null;
    const bulk = each.reduce<Bulk | undefined>(
      (sum, { all }) => bothBulks(sum, bulkOf(all) ?? undefined),
      undefined,
    );
    return {
      count: each.reduce((sum, { over }) => sum + over, 0),
      ...(bulk === undefined ? {} : { bulk }),
    };
  }

  /** `known`: entries of it that were read before the look. Those that came later may be of the next time, too. */
  #judgeRows(
    table: FollowedTable,
    { known, isWhole }: { readonly known: readonly LoggedChange[]; readonly isWhole: boolean },
  ): void {
    const log = this.#logs.get(table.source);
    const all = [...known, ...table.waiting];
    if (!isWhole) table.waiting = all;
    if (log === undefined || all.length === 0) return;
    const rows = judgeRows(table.derived, all);
    const news = rows.filter(({ change }) => !table.told.has(change.id));
    table.told = new Set(rows.map(({ change }) => change.id));
    const { source, table: name, derived } = table;
    this.#register.noteRows({ source, table: name, key: rowKey(derived) }, log, news);
  }

  #judge(
    { name: source }: Source,
    followed: Followed,
    look: {
      readonly now: CollectionSnapshot;
      readonly known: readonly LoggedChange[];
      readonly isWhole: boolean;
    },
  ): ReadonlySet<string> {
    const { now, known, isWhole } = look;
    const { definition, snapshot: before, waiting: later, isLogged, writers } = followed;
    const log = this.#logs.get(source);
    const all = [...known, ...later];
    followed.snapshot = now;
    followed.isLogged = log !== undefined;
    if (before === null || log === undefined || (before === now && all.length === 0)) return new Set();
    const { writers: found, transients, written } = judgeLog({ definition, before, now, all });
    const news = transients.filter(({ change }) => !followed.told.has(change.id));
    if (!isWhole) followed.waiting = all;
    followed.told = new Set(transients.map(({ change }) => change.id));
    const records = new Map(
      found.size === 0 ? [] : now.records.map((record) => [record.key, record] as const),
    );
    for (const [key, change] of found) {
      const record = records.get(key) ?? null;
      if (change !== null) writers.set(key, { record, logged: entryOf(change, log) });
      else if (isWhole && isLogged) writers.set(key, { record, logged: { entry: 'missing', log } });
      else writers.delete(key);
    }
    if (!this.#options.touchOff.has(definition.name)) {
      this.#register.noteTransients(definition, log, news);
    }
    return written;
  }
}

/** Of the collections that people want to hear of as well when nothing differs. */
function derivedTables({ definitions, touchOff }: TouchesOptions): readonly FollowedTable[] {
  const tables = new Map<string, Definition[]>();
  for (const one of definitions) {
    if (one.derive === undefined || touchOff.has(one.name)) continue;
    const id = JSON.stringify([one.source, one.table]);
    tables.set(id, [...(tables.get(id) ?? []), one]);
  }
  return [...tables.values()].flatMap((derived) => {
    const [first] = derived;
    if (first === undefined) return [];
    return [
      { source: first.source, table: first.table, derived, waiting: [], heard: 0, told: new Set<number>() },
    ];
  });
}

/** Takes those that wait and were heard before a look; the others wait on. */
function takeHeard(one: Awaited, heardBefore: HeardBefore): readonly LoggedChange[] {
  const since = one.heard - (heardBefore.get(one) ?? one.heard);
  const known = one.waiting.slice(0, Math.max(0, one.waiting.length - since));
  one.waiting = one.waiting.slice(known.length);
  return known;
}

function countOf({ transients, rows, faults }: LogNews): number {
  return transients.length + rows.length + faults.length;
}

function sameRecord(a: RecordLine | null, b: RecordLine | null): boolean {
  return a?.digest === b?.digest;
}

function entryOf({ by, atMs }: LoggedChange, log: string): Logged {
  return { entry: 'there', log, atMs, by };
}
