import type { JournalEvent } from '../journal/event.js';

/** An entry of the append-only, hash-chained journal. */
export interface JournalEntry {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly atMs: number;
  /** A `JournalType`, or one of another version's. */
  readonly type: string;
  /** Canonical JSON of what was decided and why. Holds no secret. */
  readonly body: string;
  /** Hex SHA-256 of the previous entry; 64 zeros for the first. */
  readonly previous: string;
  /** Hex SHA-256 over previous, seq, atMs, type and body, as `store/journal/chain.ts` lays them out. */
  readonly hash: string;
}

/** The first place where a journal is not what was written. */
export interface JournalBreak {
  readonly seq: number;
  /**
   * `missing`: there is no entry of this number, and later ones are. `changed`: what it says is not what its hash was made of.
   * `detached`: whole in itself, but it names another predecessor than the one before it; one of the two was replaced.
   */
  readonly what: 'missing' | 'changed' | 'detached';
}

/** Which entries are asked for: those that all of its members are true of. */
export interface JournalFilter {
  readonly type?: string;
  /** UTC milliseconds: from then on. */
  readonly sinceMs?: number;
  /** Its body names this incident somewhere: whoever needs it at the top looks for himself (`entryBody`). */
  readonly incident?: string;
}

/** What was decided, and why. */
export interface JournalReader {
  /** The first entries after one, oldest first, `limit` at most: of all, or of those that are asked for. */
  entries(afterSeq: number, limit: number, filter?: JournalFilter): JournalEntry[];
  /** Hash of the newest entry; 64 zeros when empty. */
  head(): string;
  /** Number of the newest entry; 0 when empty. */
  lastSeq(): number;
}

export interface JournalWriter extends JournalReader {
  /** Returns the new head's hash. */
  append(event: JournalEvent, atMs: number): string;
}
