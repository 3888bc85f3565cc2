import {
  type CollectionSnapshot,
  collectionSnapshot,
  compareRecords,
  type Definition,
  encodeValue,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import { errorCode } from '../../error-code.js';
import {
  type ContinuityEvent,
  EVENTS_KEPT,
  type LogEvent,
  type LogMemory,
  type LogPosition,
} from '../../logs/event.js';
import { type LinePattern, parseLinePattern } from '../../logs/pattern.js';
import { LineScanner } from '../../logs/scanner.js';
import { createExclusive } from '../../time/exclusive.js';
import { counted } from '../../wording.js';
import type { SourceContext } from '../context.js';
import { ReachFailure } from '../machine/failure.js';
import type {
  Activity,
  CollectionReading,
  FollowedLogs,
  Hint,
  Source,
  SourceReading,
  Stillness,
  UnreadRecords,
} from '../source.js';
import type { LogConfig } from './config.js';
import { Follower, type LogFacts } from './follow/follower.js';
import { localLogs } from './follow/local-logs.js';
import type { LogPlace } from './follow/log-place.js';
import { SftpLogs } from './follow/sftp-logs.js';
import { HeardLines } from './heard-lines.js';

type Context = Pick<SourceContext, 'name' | 'clock' | 'logMemory' | 'logIndicators'>;

/** Users that are told as active. */
const MOST_ACTIVE = 10;
/** A log that is put aside is not there for a moment, in milliseconds. */
const MISSING_FOR_MS = 10_000;
/** The same list each time. */
const NO_PATTERNS: readonly LinePattern[] = [];
/** Bytes that may be read again after a crash rather than be written down at every look. */
const UNWRITTEN_BYTES = 16 * 1024 * 1024;
/** Logs as a source. */
export function createLogSource(context: Context, config: LogConfig, definition: Definition): Source {
  const logs = new Logs(context, config, definition);
  const exclusive = createExclusive();
  let polling: NodeJS.Timeout | undefined;
  return {
    kind: 'log',
    name: context.name,
    collections: [definition.name],
    hasHints: true,
    tellsOfOthers: true,
    open: async () => [],
    degradations: () => [],
    read: () => exclusive(() => logs.read()),
    activity: () => exclusive(() => logs.activity()),
    watch: (onHint: (hint: Hint) => void) => {
      const poll = pollOf(logs, definition.name, onHint);
      polling = setInterval(() => void poll(), config.pollIntervalMs);
      polling.unref();
      void poll();
    },
    close: async () => {
      clearInterval(polling);
      await exclusive(async () => logs.close());
    },
  };
}

/** Looks whether a log moved, and says whether that can be seen: of a machine that is not reached until the next read reaches it again. */
function pollOf(logs: Logs, collection: string, onHint: (hint: Hint) => void): () => Promise<void> {
  let isPolling = false;
  let isHeard: boolean | null = null;
  return async () => {
    if (isPolling) return;
    isPolling = true;
    try {
      const moved = await logs.moved();
      if (isHeard !== true) onHint({ type: 'listening' });
      else if (moved) onHint({ type: 'changed', collections: [collection] });
      isHeard = true;
    } catch (error) {
      const reason = error instanceof ReachFailure ? error.detail : 'an internal error';
      if (isHeard === true) onHint({ type: 'disconnected', reason });
      isHeard = false;
    } finally {
      isPolling = false;
    }
  };
}

interface One {
  readonly path: string;
  readonly maxStillMs: number | undefined;
  readonly follower: Follower;
  /** By a clock that never goes back. */
  movedAtMs: number;
  seen: string;
  missingSinceMs: number | null;
  /** Why it could not be read, by the code of the system; null where it was. */
  unread: string | null;
  /** Where it was when that was written down. */
  writtenAt: string;
  record: RecordLine | null;
}

class Logs {
  readonly #context: Context;
  readonly #config: LogConfig;
  readonly #definition: Definition;
  #logs: readonly One[] | null = null;
  #recent: readonly LogEvent[] = [];
  /** Found, and not written down yet. */
  #pending: LogEvent[] = [];
  #readings = 0;
  #unread: { readonly text: string; readonly records: UnreadRecords } | null = null;
  #snapshot: CollectionSnapshot | null = null;
  #scanner: { readonly known: readonly LinePattern[]; readonly scanner: LineScanner } | null = null;
  readonly #patterns: readonly LinePattern[];
  readonly #place: LogPlace;
  /** Why the machine could not be reached; null where it was. */
  #unreached: ReachFailure | null = null;

  constructor(context: Context, config: LogConfig, definition: Definition) {
    this.#context = context;
    this.#config = config;
    this.#definition = definition;
    this.#place = config.sftp === undefined ? localLogs() : new SftpLogs(config.sftp);
    this.#patterns = config.patterns.flatMap(({ text }) => {
      const pattern = parseLinePattern(text);
      return typeof pattern === 'string' ? [] : [pattern];
    });
  }

  /** At the first look and not before: while another configuration takes over, the source before this one still writes. */
  #remembered(): readonly One[] {
    if (this.#logs !== null) return this.#logs;
    const memory = this.#context.logMemory?.() ?? null;
    this.#recent = memory?.events ?? [];
    this.#logs = this.#config.logs.map(({ path, maxStillMs }) => ({
      ...{ path, maxStillMs, movedAtMs: performance.now(), seen: '', missingSinceMs: null, record: null },
      unread: null,
      follower: new Follower(this.#place, path, memory?.positions[path] ?? null),
      writtenAt: placeOf(memory?.positions[path] ?? null),
    }));
    return this.#logs;
  }

  close(): void {
    for (const { follower } of this.#logs ?? []) follower.close();
    this.#place.close();
  }

  /** Whether one of them is another than when it was looked at last. Rejects with `ReachFailure` where nobody can say. */
  async moved(): Promise<boolean> {
    if (!this.#place.isReached) throw new ReachFailure('unreachable', 'there is no connection');
    const all = await Promise.all(
      (this.#logs ?? []).map(async ({ path, seen }) => (await this.#place.seenAt(path)) !== seen),
    );
    return all.includes(true);
  }

  async read(): Promise<SourceReading> {
    const { name } = this.#context;
    const observedAtMs = this.#now();
    await this.#look();
    return {
      source: name,
      observedAtMs,
      collections: new Map([[this.#definition.name, this.#collection()]]),
      stillness: this.#stillness(),
      followed: this.#reading(),
    };
  }

  #collection(): CollectionReading {
    if (this.#unreached !== null) {
      const { because: cause, detail } = this.#unreached;
      return { readable: false, cause, detail };
    }
    const unread = this.#unreadRecords();
    return { readable: true, snapshot: this.#records(), ...(unread === null ? {} : { unread }) };
  }

  /** Who was named lately. What was written just now is read first. */
  async activity(): Promise<Activity | null> {
    await this.#look();
    const { activeForMs } = this.#config;
    const nowMs = this.#now();
    const named = [...this.#recent, ...this.#pending].filter(
      ({ user, atMs }) => user !== null && nowMs - atMs <= activeForMs,
    );
    const latest = new Map(named.map((event) => [JSON.stringify([event.user, event.address]), event]));
    const users = [...latest.values()].reverse().slice(0, MOST_ACTIVE);
    if (users.length === 0) return null;
    return {
      table: this.#context.name,
      withinMs: activeForMs,
      users: users.map(({ user, address, atMs }) => ({
        user: user ?? '',
        address,
        agoMs: Math.max(0, nowMs - atMs),
      })),
    };
  }

  async #look(): Promise<void> {
    try {
      await this.#place.reach();
      for (const one of this.#remembered()) {
        // What could not be written down is not made more of without end.
        if (this.#pending.length >= EVENTS_KEPT) break;
        await this.#lookAt(one);
      }
      this.#unreached = null;
    } catch (error) {
      if (!(error instanceof ReachFailure)) throw error;
      this.#unreached = error;
    }
  }

  /** Rejects with `ReachFailure` alone: then there is no need to ask for the next one. */
  async #lookAt(one: One): Promise<void> {
    const before = placeOf(one.follower.position());
    const lines = new HeardLines(this.#config.patterns, this.#context.logIndicators?.());
    try {
      const seen = await this.#place.seenAt(one.path);
      const facts = await one.follower.look(this.#scannerNow(), {
        line: (line, id) => {
          const kept = lines.take(line);
          if (kept !== null) this.#find(one, id, { ...kept, count: 1 });
        },
        said: (event, id) => this.#say(one, event, id),
      });
      one.missingSinceMs = facts === null ? (one.missingSinceMs ?? performance.now()) : null;
      if (facts !== null) one.record = recordOf(one.path, facts);
      else if (performance.now() - (one.missingSinceMs ?? 0) > MISSING_FOR_MS) one.record = null;
      one.seen = seen;
      one.unread = null;
    } catch (error) {
      if (error instanceof ReachFailure) throw error;
      one.unread = errorCode(error) ?? 'an internal error';
    } finally {
      const id = `${placeOf(one.follower.position())}:more`;
      for (const event of lines.counted()) this.#find(one, id, event);
    }
    if (placeOf(one.follower.position()) !== before) one.movedAtMs = performance.now();
  }

  /** One log that cannot be read hides no other. The same object for as long as it is the same. */
  #unreadRecords(): UnreadRecords | null {
    const unread = this.#remembered().filter((one) => one.unread !== null);
    const codes = [...new Set(unread.map((one) => one.unread))].sort().join(', ');
    const text = JSON.stringify([codes, ...unread.map(({ path }) => path)]);
    if (unread.length === 0) this.#unread = null;
    else if (this.#unread?.text !== text) {
      const keys = new Set(unread.map(({ path }) => keyOf(path)));
      const detail = `${counted(unread.length, 'log')} could not be read (${codes})`;
      const cause = codes.includes('EACCES') ? 'denied' : 'failed';
      const records = {
        count: unread.length,
        cause,
        detail,
        covers: (key: string) => keys.has(key),
      } as const;
      this.#unread = { text, records };
    }
    return this.#unread?.records ?? null;
  }

  /** Said once of one place, also where the look that said it was broken off and comes again. */
  #say(one: One, event: ContinuityEvent, id: string): void {
    const isSaid = (said: LogEvent) => said.log === one.path && said.event === event && said.id === id;
    if (this.#pending.some(isSaid) || this.#recent.some(isSaid)) return;
    this.#find(one, id, { event, count: 1, line: '', user: null, address: null, alert: 'high' });
  }

  /** So many events as are kept. What tells nobody goes first, then the oldest. */
  #kept(events: readonly LogEvent[]): readonly LogEvent[] {
    const indicators = this.#context.logIndicators?.();
    let over = events.length - EVENTS_KEPT;
    if (over <= 0) return events;
    const telling = events.filter((event) => {
      const isTelling = event.alert !== null || (indicators?.isIndicated(event) ?? false);
      return isTelling || over-- <= 0;
    });
    return telling.slice(-EVENTS_KEPT);
  }

  #find(one: One, id: string, event: Omit<LogEvent, 'source' | 'log' | 'atMs' | 'id'>): void {
    this.#pending.push({ source: this.#context.name, log: one.path, atMs: this.#now(), id, ...event });
  }

  #records(): CollectionSnapshot {
    const records = this.#remembered()
      .flatMap(({ record, unread }) => (unread === null ? (record ?? []) : []))
      .sort(compareRecords);
    const next = collectionSnapshot(this.#definition, records);
    // What did not change is the same object from read to read.
    if (this.#snapshot?.recordsDigest !== next.recordsDigest) this.#snapshot = next;
    return this.#snapshot ?? next;
  }

  #stillness(): Stillness | null {
    for (const { path, maxStillMs, movedAtMs } of this.#remembered()) {
      if (maxStillMs === undefined || performance.now() - movedAtMs <= maxStillMs) continue;
      return { table: path, maxStillMs, detail: 'the log does not grow' };
    }
    return null;
  }

  /** What is to be written down: what was found, with how far everything was read, or how far alone where that is worth it. */
  #reading(): FollowedLogs {
    const found = [...this.#pending];
    const events = this.#kept([...this.#recent, ...found]);
    const positions = this.#remembered().flatMap(({ path, follower }) => {
      const position = follower.position();
      return position === null ? [] : [[path, position] as const];
    });
    const places = this.#remembered().map(({ follower }) => placeOf(follower.position()));
    const memory: LogMemory = { positions: Object.fromEntries(positions), events };
    const isFar = this.#remembered().some((one) => farFrom(one.writtenAt, placeOf(one.follower.position())));
    return {
      memory,
      sequence: ++this.#readings,
      found,
      isNew: found.length > 0 || isFar,
      recorded: () => {
        this.#recent = events;
        this.#pending = this.#pending.filter((event) => !found.includes(event));
        for (const [index, one] of this.#remembered().entries())
          one.writtenAt = places[index] ?? one.writtenAt;
      },
    };
  }

  /** The configured patterns come first, then those of indicators, which are known once they are asked for. */
  #scannerNow(): LineScanner {
    const known = this.#context.logIndicators?.().patterns() ?? NO_PATTERNS;
    if (this.#scanner?.known !== known) {
      this.#scanner = { known, scanner: new LineScanner([...this.#patterns, ...known]) };
    }
    return this.#scanner.scanner;
  }

  #now(): number {
    return (this.#context.clock ?? Date.now)();
  }
}

function placeOf(place: LogPosition | null): string {
  return place === null ? '' : `${place.device} ${place.inode} ${place.generation} ${place.offset}`;
}

/** Another file, or so many bytes further that they are not to be read again. */
function farFrom(written: string, now: string): boolean {
  const [file, offset] = [/^(.*) (\d+)$/.exec(written), /^(.*) (\d+)$/.exec(now)];
  if (file?.[1] !== offset?.[1]) return true;
  return Number(offset?.[2] ?? 0) - Number(file?.[2] ?? 0) > UNWRITTEN_BYTES;
}

/** The canonical text of the key of a log's record. */
function keyOf(path: string): string {
  return JSON.stringify([encodeValue({ form: 'text', text: path })]);
}

function recordOf(path: string, { mode, owner, group }: LogFacts): RecordLine {
  const plain = (text: string) => encodeValue({ form: 'text', text });
  return recordLine({
    key: [plain(path)],
    fields: new Map([
      ['mode', plain(mode.toString(8).padStart(4, '0'))],
      ['owner', plain(String(owner))],
      ['group', plain(String(group))],
    ]),
  });
}
