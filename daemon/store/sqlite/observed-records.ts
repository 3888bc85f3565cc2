import type { ObservedDelta } from '../store.js';
import type { Statements } from './database.js';

/** Writes what was last observed. Every method runs inside a transaction that its caller began. */
export class ObservedRecords {
  constructor(private readonly sql: Statements) {}

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
