import { JOURNAL_START, journalBody, journalHash } from '../journal/chain.js';
import type { JournalEvent } from '../journal/event.js';
import type { JournalEntry, JournalReader, JournalWriter } from '../port/journal.js';
import { number, textColumn } from './columns.js';
import type { Statements } from './database.js';
import { journalEntryIn } from './rows.js';

export class SqliteJournalReader implements JournalReader {
  constructor(protected readonly sql: Statements) {}

  entries(afterSeq: number, limit: number): JournalEntry[] {
    return this.sql
      .all('select * from journal where seq > ? order by seq limit ?', afterSeq, limit)
      .map(journalEntryIn);
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
  append({ type, body }: JournalEvent, atMs: number): string {
    const { seq, hash: previous } = this.last();
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
    return hash;
  }
}
