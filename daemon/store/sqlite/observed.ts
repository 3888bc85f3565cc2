import type { ObservedCollection, ObservedDelta, ObservedReader, ObservedWriter } from '../port/observed.js';
import { number, textColumn } from './columns.js';
import type { Statements } from './database.js';

export class SqliteObservedReader implements ObservedReader {
  constructor(protected readonly sql: Statements) {}

  collections(site: string): ObservedCollection[] {
    return this.sql.all('select * from observed where site = ? order by collection', site).map((row) => ({
      collection: textColumn(row, 'collection'),
      recordsDigest: textColumn(row, 'records_digest'),
      count: number(row, 'count'),
      observedAtMs: number(row, 'observed_at_ms'),
    }));
  }

  lines(site: string, collection: string): string[] | null {
    if (this.sql.get('select 1 from observed where site = ? and collection = ?', site, collection) === null) {
      return null;
    }
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
    if (delta.replace) {
      this.sql.run('delete from observed_record where site = ? and collection = ?', site, delta.collection);
    }
    for (const removal of delta.removals) this.#remove(site, delta.collection, removal);
    for (const upsert of delta.upserts) this.#upsert(site, delta.collection, upsert);
    this.#note(site, delta);
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

  /** The column `complete` is from when a collection could be saved in steps. */
  #note(site: string, delta: ObservedDelta): void {
    this.sql.run(
      `insert or replace into observed (site, collection, records_digest, count, observed_at_ms, complete)
       values (?, ?, ?, ?, ?, 1)`,
      site,
      delta.collection,
      delta.recordsDigest,
      delta.count,
      delta.observedAtMs,
    );
  }
}
