/** Old records that left the store for files: the journal from its oldest entry on, and the details of incidents that are long over. */
export interface Fold {
  /** 1, 2, 3 … */
  readonly number: number;
  /** The last entry that went. */
  readonly through: number;
  /** Hex SHA-256: its hash. */
  readonly head: string;
}

/** A fold that begins: its files are written. Digests are hex SHA-256. */
export interface NewFold extends Fold {
  /** The first entry that goes. */
  readonly from: number;
  /** UTC milliseconds: everything that goes is from before. */
  readonly untilMs: number;
  /** Over the hashes of the entries that stay among them, each followed by a line feed. */
  readonly kept: string;
  /** Of the file of entries. */
  readonly journalFile: string;
  /** Of the file of incidents and announcements. */
  readonly detailsFile: string;
  /** Ids of the incidents whose details are in that file. */
  readonly incidents: readonly string[];
}

/** Rows as they lie in the store, by table. */
export type StoredRows = Readonly<Record<string, unknown>>;

export interface FoldReader {
  /** The newest; null while there is none. */
  last(): Fold | null;
  /** When the newest was made, in UTC milliseconds, and the number of the fold that holds an incident's details; null: they are in the store. */
  ofIncident(incident: string): { readonly number: number; readonly atMs: number } | null;
  /** The earlier of an instant and the beginning of anything that is open or waits to be sent, in UTC milliseconds. */
  nothingOpenBefore(beforeMs: number): number;
  /** Ids of incidents that were over before, that nothing waits of, and that are still in the store, the one that was over first first. */
  incidents(beforeMs: number, limit: number): string[];
  /** Everything the store holds of an incident. */
  rowsOfIncident(incident: string): StoredRows;
  /** Ids of alerts about no incident that were made before and of which nothing waits, oldest first. */
  announcements(beforeMs: number, limit: number): string[];
  rowsOfAnnouncement(alert: string): StoredRows;
}

export interface FoldWriter extends FoldReader {
  /** Journals it; from then on what it covers counts as folded and may be removed. */
  begin(fold: NewFold, atMs: number): void;
  /** Removes some of what is folded. Returns whether anything is left. */
  removeSome(rows: number): boolean;
  /** Removes announcements with their messages. */
  removeAnnouncements(alerts: readonly string[]): void;
  /** Removes what was last observed, before an instant, at sites that are none of these. */
  removeObserved(sites: readonly string[], beforeMs: number): void;
}
