import type { CollectionSnapshot, RecordLine } from '../../baselines/index.js';
import type { LogEvent, LogMemory } from '../logs/event.js';

/** Why a collection could not be read or trusted. Closed: every cause has its words in `policy/` and in docs/errors.md. */
export type UnreadableCause =
  /** The source cannot be reached or the connection was lost on the way. */
  | 'unreachable'
  /** The role may not read the table or a column. */
  | 'denied'
  /** Row security would hide rows. */
  | 'row-security'
  /** A lock or the time limit. */
  | 'timeout'
  /** More records or bytes than the configured limit. */
  | 'too-large'
  /** The table or a column does not exist. */
  | 'missing'
  /** Not a table whose rows and types are the database's own: a view, a foreign table, a domain … */
  | 'not-a-table'
  /** The table was swapped, truncated or altered while it was being read, repeatedly. */
  | 'moving'
  /** Anything else the source said. */
  | 'failed';

/** A collection that was read. What is found out about it besides its records is a member of its own, beside the snapshot. */
export interface ReadCollection {
  readonly readable: true;
  readonly snapshot: CollectionSnapshot;
  /** Rows that were written since they were last read and hold what they held then; absent when there are none, or the source has no such marks. */
  readonly touched?: TouchedRecords;
  /** Records of which nobody knows what they are now. They are left out of `snapshot`. Absent, there are none. */
  readonly unread?: UnreadRecords;
  /** What of the rules by which records are derived found nothing. Absent: all did, or there are none. */
  readonly unmatched?: UnmatchedRules;
}

/** Rules of a derivation that found nothing: a mistake in them, or settings that this server does not have. */
export interface UnmatchedRules {
  /** True: no row of the table counts, so no path was tried. */
  readonly noRow: boolean;
  /** Paths of members, as configured, that nothing matches. */
  readonly paths: readonly string[];
}

/** Records that were written and are as before. */
export interface TouchedRecords {
  readonly count: number;
  /** Some of them, 100 at most. */
  readonly records: readonly RecordLine[];
}

/** Records of a collection that could not be read while the others could: neither as signed nor changed (invariant 14). */
export interface UnreadRecords {
  /** How many places were met that could not be read; a place may hold many records. */
  readonly count: number;
  /** True for the canonical key of a record that is one of them, or lies below one. */
  readonly covers: (key: string) => boolean;
  /** The worst of the causes. */
  readonly cause: UnreadableCause;
  /** As of an unread collection. */
  readonly detail: string;
}

/** A collection that could not be read. */
export interface UnreadCollection {
  readonly readable: false;
  readonly cause: UnreadableCause;
  /** Our words, configured names and error codes of the database only; no text of the watched system. */
  readonly detail: string;
  /** How long its reading had gone on when this was said, in milliseconds; absent where that was no time worth a word. */
  readonly unreadForMs?: number;
}

/** The outcome of one read for one collection. */
export type CollectionReading = ReadCollection | UnreadCollection;

/** Something that the application writes all the time has stood still for longer than it may: is this still the database that it writes to? */
export interface Stillness {
  /** As configured. */
  readonly table: string;
  /** In milliseconds. */
  readonly maxStillMs: number;
  /** Our words and configured names only. */
  readonly detail: string;
}

/** The same reading where nothing but all records will do: of a collection that was read in part nobody can say what it is. */
export function wholeReading(reading: CollectionReading): CollectionReading {
  if (!reading.readable || reading.unread === undefined) return reading;
  const { cause, detail } = reading.unread;
  return { readable: false, cause, detail };
}

/** Somebody whom the watched system has seen shortly before a look. */
export interface ActiveUser {
  /** Name and address are text of the watched system. */
  readonly user: string;
  readonly address: string | null;
  /** How long before the look, in milliseconds by the watched system's own clock. */
  readonly agoMs: number;
}

/** Who was active before a look, by what the watched system notes of its users. It says who may have made a change, never who did. */
export interface Activity {
  /** The table that says so, as configured. */
  readonly table: string;
  /** How far back it was looked, in milliseconds. */
  readonly withinMs: number;
  /** Most recent first. Empty: nobody. */
  readonly users: readonly ActiveUser[];
}

/** Who wrote a row. All of it is text of the watched system. */
export interface Writer {
  /** The user that its session was opened by, and whom it acted as where that is another: by the database itself. */
  readonly user: string;
  readonly role: string | null;
  /** Null for a local connection. */
  readonly address: string | null;
  /** What its client calls itself and its user: claimed. */
  readonly application: string | null;
  readonly person: string | null;
}

/** Values of the columns of a row that a log keeps. */
export type LoggedRow = ReadonlyMap<string, string | null>;

/** One committed write of a row, or of all rows of a table, by the change log of the watched system. */
export interface LoggedChange {
  /** Unique in its log; a later write of a row has a higher one. */
  readonly id: number;
  /** The same for what became so at once. */
  readonly transaction: string;
  /** As configured. */
  readonly table: string;
  readonly operation: 'insert' | 'update' | 'delete' | 'truncate';
  /** UTC milliseconds, by the watched system's clock. */
  readonly atMs: number;
  /** Null where there was no row; undefined where nobody can say what it was. */
  readonly before: LoggedRow | null | undefined;
  readonly after: LoggedRow | null | undefined;
  /** The row was too long: its last columns are not kept. */
  readonly isCut?: boolean;
  /** Names of secret columns that changed. */
  readonly secrets: readonly string[];
  readonly by: Writer;
}

/** What is wrong with a log. `unjudged`: more came between two looks than is kept for one. */
export type LogFault = 'gone' | 'altered' | 'unlinked' | 'unread' | 'unjudged';

/** What a change log says that it did not say before. */
export interface LogReading {
  /** The table that it is, ours. */
  readonly log: string;
  /** In the order of their ids. */
  readonly changes: readonly LoggedChange[];
  /** The first reading: what was written before it may be of any age. */
  readonly isFirst: boolean;
  /** There is more than is read at once; it comes with the next readings. */
  readonly isBehind: boolean;
  /** Each with how many entries it is about, and once. */
  readonly faults: readonly { readonly fault: LogFault; readonly count: number }[];
}

/** The outcome of one read of one source. Holds an entry for every collection that was asked for. */
export interface SourceReading {
  readonly source: string;
  /** UTC milliseconds when the reading transaction took its snapshot, by our own clock. */
  readonly observedAtMs: number;
  readonly collections: ReadonlyMap<string, CollectionReading>;
  /** Of a source that follows logs. */
  readonly followed?: FollowedLogs;
  /** Null: the witness moves. Absent: there is none, or nobody knows yet. */
  readonly stillness?: Stillness | null;
}

/** What was found in logs, and how far they were read: both are written down together or not at all, so that nothing is found twice or never. */
export interface FollowedLogs {
  /** What is to be kept. */
  readonly memory: LogMemory;
  /** Rises with every reading: one that comes late is none. */
  readonly sequence: number;
  /** Those of its events that are not kept yet. */
  readonly found: readonly LogEvent[];
  /** False where nothing is lost if it is not written down: what was read without finding anything may be read again. */
  readonly isNew: boolean;
  /** To be called once it is written down. Until then the next reading has the same again. */
  recorded(): void;
}

/** A wake-up. Never evidence (invariant 1). */
export type Hint =
  /** Something may have changed: read these collections now. */
  | { readonly type: 'changed'; readonly collections: readonly string[] }
  /** Listening began, or began anew: what was said meanwhile is lost, read everything. */
  | { readonly type: 'listening' }
  /** Hints do not arrive: polling alone until `listening`. `reason` is in our words. */
  | { readonly type: 'disconnected'; readonly reason: string };

/** Something wrong with a source although it works: shown as degraded everywhere, e.g. an override of a refusal. */
export interface Degradation {
  readonly code: string;
  readonly message: string;
}

/** Takes the name of the collection that is being read from now on, or the names of those that are read at once. */
export type OnBegin = (...collections: readonly string[]) => void;

/** How a read goes about it. */
export interface ReadOptions {
  readonly onBegin?: OnBegin;
  /**
   * `moved`: what a source can prove to stand as it was read before need not be read again. `all`, and when absent: everything is, whatever its marks say; what is read
   * on the timer is read like that (invariant 1).
   */
  readonly extent?: 'all' | 'moved';
  /**
   * What people signed, by collection. Records that are as signed may be handed out as the signed ones: nobody needs a hundred thousand of them twice, and
   * one that is the same object need not be compared.
   */
  readonly signed?: ReadonlyMap<string, CollectionSnapshot>;
}

/** A place settings are read from. */
export interface Source {
  readonly name: string;
  readonly kind: string;
  /** Names of all collections, the sensor included. */
  readonly collections: readonly string[];
  /** The promise that `watch` says whether hints arrive. Without it, `watch` is never called and the timed read is all there is. */
  readonly hasHints: boolean;
  /**
   * Connects once and applies the start-up refusals of invariant 9. Throws `SourceError` for a refusal or a mistake in
   * the configuration; an unreachable source is not a refusal and resolves: reads will say `unreachable`, and the
   * checks are applied on the first connection that succeeds. One that has said nothing for `openWithinMs` of its context counts as that.
   */
  open(): Promise<readonly Degradation[]>;
  /** Degradations at this moment; asked anew whenever they are shown, for they come and go with connections. */
  degradations(): readonly Degradation[];
  /**
   * Reads the named collections (all when absent) in one transaction. Never throws for what the source did: each
   * collection carries its own outcome. Snapshots that did not change since the last read are the same objects. `onBegin` is told of each
   * collection when its own part begins, where a source reads one after another: whoever waits then knows for which.
   */
  read(collections?: readonly string[], options?: ReadOptions): Promise<SourceReading>;
  /**
   * All collections in the groups that are read together: those of one group at one moment, and what costs much apart, the cheap ones first.
   * Whoever reads everything group by group need not wait for the last one to look at the first. Absent: all are one group. Of `wanted` each is a group of its
   * own, in their order, but those that one look at their table answers, and what is read of that table as it lies there. `signed` is that of `ReadOptions`: what was never read is taken to be as large as what people signed.
   */
  groups?(
    wanted?: readonly string[],
    signed?: ReadonlyMap<string, CollectionSnapshot>,
  ): readonly (readonly string[])[];
  /**
   * Of some collections those that a read answers promptly now, although another read of the source may go on; makes ready for it. Whoever goes by it reads
   * them before the read under way is followed by the next one. Never rejects and never waits long. Absent: none, whatever is read is read in turn.
   */
  beside?(wanted: readonly string[]): Promise<readonly string[]>;
  /** Who was active just now; null where nobody can say. Asked only when a change was seen; never rejects and never waits long. Absent where nothing is configured. */
  activity?(): Promise<Activity | null>;
  /**
   * What the change log says since it was asked last; null where it could not be asked. `thoroughly`: also whether what was read before still stands there. Never
   * rejects and never waits long. Absent where there is no log.
   */
  readonly changeLog?: ((thoroughly: boolean) => Promise<LogReading | null>) | undefined;
  /**
   * Which of some addresses the watched system has as customers'; null where nobody can say. Asked only when a destination changed; never rejects and never
   * waits long. Absent where nothing is configured.
   */
  customersAmong?(addresses: readonly string[]): Promise<ReadonlySet<string> | null>;
  /** True where those whom `activity` names may have changed what other sources of the site read: a log of the application does not say where it wrote. */
  readonly tellsOfOthers?: true;
  /** Starts hints, once; until `close`. Returns at once; never throws for what the source does. */
  watch(onHint: (hint: Hint) => void): void;
  close(): Promise<void>;
}

/** The refusal of a source to start: a mistake of configuration or a dangerous role. `code` is documented in docs/errors.md. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whose error it is, for who tells it without loading its class. */
  get domain(): 'source' {
    return 'source';
  }
}
