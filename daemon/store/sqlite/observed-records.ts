import type { ObservedDelta } from '../store.js';
import type { Statements } from './database.js';

/** Rows written in one transaction of a slow save: about 10 ms. */
const ROWS_PER_SLICE = 2000;

/** Writes what was last observed. Every method runs inside a transaction that its caller began. */
export class ObservedRecords {
  /** Collections that are being saved slowly. */
  readonly #underWay = new Set<string>();

  constructor(private readonly sql: Statements) {}

  save(site: string, delta: ObservedDelta): void {
    this.#refuseUnderWay(site, delta.collection);
    if (delta.replace) {
      this.sql.run('delete from observed_record where site = ? and collection = ?', site, delta.collection);
    }
    for (const removal of delta.removals) this.#remove(site, delta.collection, removal);
    for (const upsert of delta.upserts) this.#upsert(site, delta.collection, upsert);
    this.#complete(site, delta, true);
  }

  /** Does what `save` does. The caller commits after each step; what is not complete is not shown. */
  *slices(site: string, delta: ObservedDelta): Generator<void, void> {
    const { collection } = delta;
    this.#refuseUnderWay(site, collection);
    const name = nameOf(site, collection);
    this.#underWay.add(name);
    try {
      this.#complete(site, delta, false);
      while (delta.replace && this.#removeSome(site, collection)) yield;
      let rows = 0;
      for (const removal of delta.removals) {
        this.#remove(site, collection, removal);
        if (++rows % ROWS_PER_SLICE === 0) yield;
      }
      for (const upsert of delta.upserts) {
        this.#upsert(site, collection, upsert);
        if (++rows % ROWS_PER_SLICE === 0) yield;
      }
      this.#complete(site, delta, true);
    } finally {
      this.#underWay.delete(name);
    }
  }

  #removeSome(site: string, collection: string): boolean {
    const removed = this.sql.run(
      `delete from observed_record where site = ?1 and collection = ?2 and (key, ordinal) in
         (select key, ordinal from observed_record where site = ?1 and collection = ?2 limit ?3)`,
      site,
      collection,
      ROWS_PER_SLICE,
    );
    return removed === ROWS_PER_SLICE;
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

  #complete(site: string, delta: ObservedDelta, complete: boolean): void {
    this.sql.run(
      `insert or replace into observed (site, collection, records_digest, count, observed_at_ms, complete)
       values (?, ?, ?, ?, ?, ?)`,
      site,
      delta.collection,
      delta.recordsDigest,
      delta.count,
      delta.observedAtMs,
      complete ? 1 : 0,
    );
  }

  #refuseUnderWay(site: string, collection: string): void {
    if (this.#underWay.has(nameOf(site, collection))) {
      throw new RangeError(`${collection} is being saved already`);
    }
  }
}

const nameOf = (site: string, collection: string): string => JSON.stringify([site, collection]);
