import type { Store, StoreTransaction } from '../store.js';
import { SqliteBaselines, SqliteSuppressions } from './approved.js';
import type { Statements } from './database.js';
import { SqliteDeliveryWriter } from './delivery-writer.js';
import { SqliteFindingWriter } from './finding-writer.js';
import { SqliteFoldWriter } from './folds.js';
import { SqliteIncidentWriter } from './incident-writer.js';
import { SqliteJournalWriter } from './journal.js';
import { SqliteMeta } from './meta.js';
import { SqliteObservedWriter } from './observed.js';
import { SqliteOutboxWriter } from './outbox-writer.js';
import { SqliteReader } from './sqlite-reader.js';

/** The state in one SQLite database. */
export class SqliteStore extends SqliteReader implements Store {
  readonly #transaction: StoreTransaction;
  readonly #journal: SqliteJournalWriter;
  /** Whether a commit waits for the disk now, as `openStore` leaves it. */
  #isDurable = true;

  constructor(
    sql: Statements,
    private readonly release: () => void,
    readonly inPlace: () => boolean = () => true,
    readonly refuseAltered: () => void = () => undefined,
    private readonly onCommitted: () => void = () => undefined,
  ) {
    super(sql);
    this.#journal = new SqliteJournalWriter(sql);
    this.#transaction = transactionOn(sql, this.#journal);
  }

  transaction<T>(
    work: (tx: StoreTransaction) => T,
    { durable = true }: { readonly durable?: boolean } = {},
  ): T {
    this.#setDurable(durable);
    this.sql.exec('begin immediate');
    this.#journal.begin();
    let committed: T;
    try {
      const result = work(this.#transaction);
      this.sql.exec('commit');
      committed = result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
    this.onCommitted();
    return committed;
  }

  override close(): void {
    try {
      // The driver closes a database for good only when its statements are collected: until then the log would stay.
      this.sql.exec('pragma wal_checkpoint(truncate)');
    } finally {
      super.close();
      this.release();
    }
  }

  /** With a write-ahead log, `normal` leaves the commit to the next one that is synced, in order. */
  #setDurable(durable: boolean): void {
    if (this.#isDurable === durable) return;
    this.sql.exec(`pragma synchronous = ${durable ? 'full' : 'normal'}`);
    this.#isDurable = durable;
  }

  #rollback(): void {
    try {
      this.sql.exec('rollback');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
  }
}

/** Everything that can be done inside one transaction. The statements run in the one that `SqliteStore` began. */
function transactionOn(sql: Statements, journal: SqliteJournalWriter): StoreTransaction {
  return {
    incidents: new SqliteIncidentWriter(sql),
    findings: new SqliteFindingWriter(sql),
    // What is sent is journaled with it: one fsync, and neither without the other.
    outbox: new SqliteOutboxWriter(sql, journal),
    deliveries: new SqliteDeliveryWriter(sql, journal),
    journal,
    observed: new SqliteObservedWriter(sql),
    baselines: new SqliteBaselines(sql),
    suppressions: new SqliteSuppressions(sql),
    meta: new SqliteMeta(sql),
    folds: new SqliteFoldWriter(sql, journal),
  };
}
