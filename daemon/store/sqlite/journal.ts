import { JOURNAL_START, journalBody, journalHash } from '../journal/chain.js';
import type { JournalEvent } from '../journal/event.js';
import type { JournalEntry, JournalFilter, JournalReader, JournalWriter } from '../port/journal.js';
import { number, textColumn } from './columns.js';
import type { Row, Statements } from './database.js';
import { journalEntryIn } from './rows.js';

const TEXTS = ['type', 'body', 'previous', 'hash'] as const;
/** Bytes of the texts of an entry: the driver gives a text up to its first NUL, and we never write one. */
const BYTES = TEXTS.map((name) => `octet_length(${name})`).join(' + ');

/** Bytes of the texts as the driver gave them. */
function bytesOf(row: Row): number {
  return TEXTS.reduce((sum, name) => sum + Buffer.byteLength(String(row[name] ?? '')), 0);
}

const decoded = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8');

export class SqliteJournalReader implements JournalReader {
  constructor(protected readonly sql: Statements) {}

  entries(afterSeq: number, limit: number, { type, sinceMs, incident }: JournalFilter = {}): JournalEntry[] {
    // The type stands before the body on a page: of other entries the body, which is long, is never fetched.
    const conditions: (readonly [sql: string, value: string | number])[] = [
      ['seq > ?', afterSeq],
      ...(type === undefined ? [] : [['type = ?', type] as const]),
      ...(sinceMs === undefined ? [] : [['at_ms >= ?', sinceMs] as const]),
      ...(incident === undefined ? [] : [['instr(body, ?) > 0', `"incident":"${incident}"`] as const]),
    ];
    const where = conditions.map(([sql]) => sql).join(' and ');
    return this.sql
      .all(
        `select *, ${BYTES} as bytes from journal where ${where} order by seq limit ?`,
        ...conditions.map(([, value]) => value),
        limit,
      )
      .map((row) => journalEntryIn(row['bytes'] === bytesOf(row) ? row : this.#whole(row)));
  }

  /** A row with all the bytes of its texts: what was written behind a NUL belongs to what is compared. */
  #whole(row: Row): Row {
    const hex = this.sql.get(
      `select ${TEXTS.map((name) => `hex(${name}) as ${name}`)} from journal where seq = ?`,
      number(row, 'seq'),
    );
    const texts = TEXTS.map((name) => [name, hex === null ? null : decoded(textColumn(hex, name))]);
    return { ...row, ...Object.fromEntries(texts) };
  }

  head(): string {
    return this.last().hash;
  }

  lastSeq(): number {
    return this.last().seq;
  }

  protected last(): Pick<JournalEntry, 'seq' | 'hash'> {
    const row = this.sql.get('select seq, hash from journal order by seq desc limit 1');
    return row === null
      ? { seq: 0, hash: JOURNAL_START }
      : { seq: number(row, 'seq'), hash: textColumn(row, 'hash') };
  }
}

/** Appends to the journal, in the transaction of its caller. */
export class SqliteJournalWriter extends SqliteJournalReader implements JournalWriter {
  /** The newest entry while a transaction is under way that has read or written it. */
  #newest: Pick<JournalEntry, 'seq' | 'hash'> | null = null;

  /** A transaction begins: another one may have been rolled back. */
  begin(): void {
    this.#newest = null;
  }

  append({ type, body }: JournalEvent, atMs: number): string {
    const { seq, hash: previous } = this.#newest ?? this.last();
    const entry = { seq: seq + 1, atMs, type, body: journalBody(body), previous };
    const hash = journalHash(entry);
    this.sql.run(
      'insert into journal (seq, at_ms, type, body, previous, hash) values (?, ?, ?, ?, ?, ?)',
      entry.seq,
      entry.atMs,
      entry.type,
      entry.body,
      entry.previous,
      hash,
    );
    this.#newest = { seq: entry.seq, hash };
    return hash;
  }
}
