import type { Alert } from '../../../notifiers/index.js';
import type { Quiet } from '../../policy/quiet-hours.js';
import type { OutboxMessage, Probe, Store, StoreTransaction } from '../store.js';
import type { Statements } from './database.js';
import { ObservedRecords } from './observed-records.js';
import { SqliteOutbox } from './outbox.js';
import { SqliteReader } from './sqlite-reader.js';
import { SqliteTransaction } from './sqlite-transaction.js';

/** The state in one SQLite database. */
export class SqliteStore extends SqliteReader implements Store {
  readonly #transaction: SqliteTransaction;
  readonly #observed: ObservedRecords;
  readonly #outbox: SqliteOutbox;

  constructor(
    sql: Statements,
    private readonly release: () => void,
    readonly inPlace: () => boolean = () => true,
  ) {
    super(sql);
    this.#observed = new ObservedRecords(sql);
    this.#outbox = new SqliteOutbox(sql);
    this.#transaction = new SqliteTransaction(sql, this.#observed, this.#outbox);
  }

  transaction<T>(work: (tx: StoreTransaction) => T): T {
    this.sql.exec('begin immediate');
    try {
      const result = work(this.#transaction);
      this.sql.exec('commit');
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  claim(
    channel: string,
    nowMs: number,
    ofAlert: string | null = null,
    quiet: Quiet | null = null,
    probe: Probe | null = null,
  ): OutboxMessage | null {
    return this.transaction(() => this.#outbox.claim(channel, nowMs, ofAlert, quiet, probe));
  }

  delivered(id: number, receipt: string, nowMs: number, alert?: Alert): boolean {
    // Acknowledgement and journal entry are one transaction: one fsync, and neither without the other.
    return this.transaction((tx) => {
      const sent = this.#outbox.delivered(id, receipt, nowMs, alert ?? null);
      if (sent !== null) tx.journal('alert-delivered', sent, nowMs);
      return sent !== null;
    });
  }

  notDelivered(id: number, reason: string, nextAttemptMs: number | null, nowMs: number): boolean {
    return this.transaction((tx) => {
      const failed = this.#outbox.notDelivered(id, reason, nextAttemptMs, nowMs);
      // An attempt that is repeated decides nothing; giving up does.
      if (failed !== null && nextAttemptMs === null) {
        tx.journal('alert-given-up', { ...failed, reason }, nowMs);
      }
      return failed !== null;
    });
  }

  retryUndelivered(nowMs: number): number {
    return this.transaction(() => this.#outbox.retryUndelivered(nowMs));
  }

  nextDueMs(channel: string, quiet: Quiet | null = null): number | null {
    return this.#outbox.nextDueMs(channel, quiet);
  }

  failingSinceMs(): number | null {
    return this.#outbox.failingSinceMs();
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

  #rollback(): void {
    try {
      this.sql.exec('rollback');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
  }
}
