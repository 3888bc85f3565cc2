import type {
  ObservedCollection,
  ObservedDelta,
  ObservedReader,
  ObservedRows,
  ObservedWriter,
} from '../port/observed.js';
import { number, textColumn } from './columns.js';
import type { Statements } from './database.js';

export class SqliteObservedReader implements ObservedReader {
  constructor(protected readonly sql: Statements) {}

  collections(site: string): ObservedCollection[] {
    return this.sql
      .all('select * from observed where site = ? and complete = 1 order by collection', site)
      .map((row) => ({
        collection: textColumn(row, 'collection'),
        recordsDigest: textColumn(row, 'records_digest'),
        count: number(row, 'count'),
        observedAtMs: number(row, 'observed_at_ms'),
      }));
  }

  lines(site: string, collection: string): string[] | null {
    const sql = 'select 1 from observed where site = ? and collection = ? and complete = 1';
    if (this.sql.get(sql, site, collection) === null) return null;
    return this.sql
      .all(
        'select line from observed_record where site = ? and collection = ? order by key, ordinal',
        site,
        collection,
      )
      .map((row) => textColumn(row, 'line'));
  }
}

/** Writes what was last observed, in the transaction of its caller. */
export class SqliteObservedWriter extends SqliteObservedReader implements ObservedWriter {
  save(site: string, delta: ObservedDelta): void {
    this.#write(site, delta);
    this.#note(site, delta, 1);
  }

  saveRows(site: string, rows: ObservedRows): void {
    this.#write(site, rows);
    this.#note(site, { collection: rows.collection, recordsDigest: '', count: 0, observedAtMs: 0 }, 0);
  }

  #write(site: string, { collection, replace, removals, upserts }: ObservedRows): void {
    if (replace) {
      this.sql.run('delete from observed_record where site = ? and collection = ?', site, collection);
    }
    for (const removal of removals) this.#remove(site, collection, removal);
    for (const upsert of upserts) this.#upsert(site, collection, upsert);
  }

  #remove(site: string, collection: string, row: ObservedDelta['removals'][number]): void {
    this.sql.run(
      'delete from observed_record where site = ? and collection = ? and key = ? and ordinal = ?',
      site,
      collection,
      row.key,
      row.ordinal,
    );
  }

  #upsert(site: string, collection: string, row: ObservedDelta['upserts'][number]): void {
    this.sql.run(
      'insert or replace into observed_record (site, collection, key, ordinal, line) values (?, ?, ?, ?, ?)',
      site,
      collection,
      row.key,
      row.ordinal,
      row.line,
    );
  }

  #note(site: string, observed: ObservedCollection, complete: 0 | 1): void {
    this.sql.run(
      `insert or replace into observed (site, collection, records_digest, count, observed_at_ms, complete)
       values (?, ?, ?, ?, ?, ?)`,
      site,
      observed.collection,
      observed.recordsDigest,
      observed.count,
      observed.observedAtMs,
      complete,
    );
  }
}
