import type { Severity } from '../../notifiers/index.js';

/** What tillwarden itself says of a log: its past is not what it was. */
export const CONTINUITY_EVENTS = ['log-shrank', 'log-replaced', 'log-rewritten', 'log-lost'] as const;
export type ContinuityEvent = (typeof CONTINUITY_EVENTS)[number];

/** Something that a line of a log says, or that is to be said of the log. */
export interface LogEvent {
  /** Unique within its log: which of its files, and where in there. */
  readonly id: string;
  /** Name of the source. */
  readonly source: string;
  /** Path of the log, as configured. */
  readonly log: string;
  /** As configured, or one of `CONTINUITY_EVENTS`. */
  readonly event: string;
  /** When it was read, in UTC milliseconds: what a line says of time is its writer's. */
  readonly atMs: number;
  /** How many lines this stands for: 1, unless there were too many at once to keep. */
  readonly count: number;
  /** The line, cut where it is long; empty for what is said of the log itself. Text of the watched system. */
  readonly line: string;
  /** Whom and whence it names, where its pattern has such parts. Text of the watched system. */
  readonly user: string | null;
  readonly address: string | null;
  /** How severe it is by itself; null: it is kept beside incidents, and tells nobody. */
  readonly alert: Severity | null;
}

/** What a store keeps of a source of logs: where it is in each, and what it found there lately. */
export interface LogMemory {
  /** By path. */
  readonly positions: Readonly<Record<string, LogPosition>>;
  /** Oldest first. */
  readonly events: readonly LogEvent[];
}

/** How far a log was read, and by what its file is known again. */
export interface LogPosition {
  /** Null where the place of the log knows none: over SFTP. */
  readonly device: number | null;
  readonly inode: number | null;
  /** Bytes; the beginning of a line, unless `inLine`. */
  readonly offset: number;
  /** Which of the files that were this log: counted up whenever it begins anew. */
  readonly generation: number;
  /** True in the middle of a line that is too long: what is left of it is passed over. */
  readonly inLine: boolean;
  /** The first bytes of the file and those before the offset: how many, and their hex SHA-256. */
  readonly head: Excerpt;
  readonly tail: Excerpt;
  /** When the file was written last as it was when its reading began, in milliseconds: what was the log after it is not older. */
  readonly modifiedMs?: number;
  /** The first bytes of the file that was the log before it; absent where that is not known. */
  readonly former?: Excerpt;
}

export interface Excerpt {
  readonly length: number;
  readonly sha256: string;
}

/** The event of a line that only an indicator's pattern matches. */
export const KNOWN_LINE = 'known-line';

/** Events that are kept of one source; older ones are forgotten first. */
export const EVENTS_KEPT = 200;

/** The memory that a text is; null for any other text. */
export function logMemoryOf(text: string): LogMemory | null {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isMemory(value) ? value : null;
}

/** No more than its shape: nobody but us writes the store, and what is none of ours began anew. */
function isMemory(value: unknown): value is LogMemory {
  if (typeof value !== 'object' || value === null || !('positions' in value) || !('events' in value))
    return false;
  const { positions, events } = value;
  return typeof positions === 'object' && positions !== null && Array.isArray(events);
}
