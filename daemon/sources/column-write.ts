/** One column of one table that a rule of containment sets to one value, and how many rows of it at most. Everything is configured. */
export interface ColumnWrite {
  /** As definitions name tables of this kind of database. */
  readonly table: string;
  readonly column: string;
  /** As text. */
  readonly value: string;
  /** The columns that conditions name. Never the one that is set. */
  readonly where: readonly string[];
  readonly mostRows: number;
}

/** The way to the database, by an account of its own. Times in milliseconds. */
export interface WriterSettings {
  /** Of the action. */
  readonly name: string;
  /** Secret. */
  readonly url: string;
  readonly tlsCaFile?: string | undefined;
  readonly allowUnverifiedTls: boolean;
  /** For all of it together. */
  readonly timeoutMs: number;
  /** For each lock that somebody else holds. */
  readonly lockTimeoutMs: number;
}

/** A value that a row must have. It may be the watched system's, hence an attacker's: it is bound, and never a part of a statement. */
export interface WriteCondition {
  readonly column: string;
  readonly value: string;
}

/** Rows are meant that fulfil every condition of any of these. */
export type WrittenRows = readonly (readonly WriteCondition[])[];

/** Why nothing was changed. Closed: each has its words in `alerts/announce-containment.ts`. */
export type WriteRefusal =
  /** The account may do anything besides. */
  | 'role-may-more'
  /** Something that is not ours runs when the table is written: a trigger, a rule, a function in a constraint. */
  | 'foreign-code'
  /** It is no plain table, or the column is none that can be set. */
  | 'not-writable'
  | 'too-many-rows'
  | 'no-row'
  /** The database cannot be reached, or refuses. What was begun was rolled back. */
  | 'server';

/** How a write ended. `detail` is in our words and configured names. */
export type WriteOutcome =
  /** `rows` were changed; in a rehearsal, would be. */
  | { readonly result: 'done'; readonly rows: number }
  | { readonly result: 'not-done'; readonly because: WriteRefusal; readonly detail: string }
  /** `commit`: the answer to it was lost. `reread`: some rows are not as they were written. */
  | { readonly result: 'failed'; readonly because: 'commit' | 'reread' };

/** Writes a column, by a connection of its own that is closed again. */
export interface ColumnWriter {
  /**
   * Changes the rows in one transaction, or none: it is rolled back when more would change than may. A rehearsal does everything but the change. Never
   * rejects with what a server or a setting can be guilty of.
   */
  write(
    settings: WriterSettings,
    write: ColumnWrite,
    request: { readonly rows: WrittenRows; readonly isRehearsal: boolean },
  ): Promise<WriteOutcome>;
  /** What keeps it from being done now, by the account and the table alone; null: nothing. */
  examine(
    settings: WriterSettings,
    write: ColumnWrite,
  ): Promise<Extract<WriteOutcome, { result: 'not-done' }> | null>;
}

export function notDone(
  because: WriteRefusal,
  detail: string,
): Extract<WriteOutcome, { result: 'not-done' }> {
  return { result: 'not-done', because, detail };
}

/** Why nothing is changed by the number of rows that would be; null: it may be. `count`: up to one more than may; null: no row is meant at all. */
export function refusalByCount(count: number | null, { mostRows, table }: ColumnWrite): WriteOutcome | null {
  if (count === null) return notDone('no-row', `no row of ${table} is meant`);
  return count > mostRows
    ? notDone('too-many-rows', `more than ${mostRows} rows of ${table} would change`)
    : null;
}
