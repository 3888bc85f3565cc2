import type { Alert } from '../../../notifiers/index.js';
import {
  LONGEST_DELAY_MS,
  type ObservedDelta,
  type OutboxMessage,
  type Store,
  type StoreTransaction,
} from '../store.js';
import type { Statements } from './database.js';
import { ObservedRecords } from './observed-records.js';
import { SqliteReader } from './sqlite-reader.js';
import { SqliteTransaction } from './sqlite-transaction.js';

/** The state in one SQLite database. */
export class SqliteStore extends SqliteReader implements Store {
  readonly #transaction: SqliteTransaction;
  readonly #observed: ObservedRecords;

  constructor(
    sql: Statements,
    private readonly release: () => void,
    readonly inPlace: () => boolean = () => true,
  ) {
    super(sql);
    this.#observed = new ObservedRecords(sql);
    this.#transaction = new SqliteTransaction(sql, this.#observed);
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

  async saveObservedSlowly(site: string, delta: ObservedDelta, pause: () => Promise<void>): Promise<void> {
    const slices = this.#observed.slices(site, delta);
    try {
      for (;;) {
        const { done } = this.transaction(() => slices.next());
        if (done) return;
        await pause();
      }
    } finally {
      slices.return();
    }
  }

  claim(channel: string, nowMs: number): OutboxMessage | null {
    const row = this.sql.get(
      `update outbox set state = 'claimed', attempts = attempts + 1
       where id = (select id from outbox where channel = ?1 and state = 'pending'
                     and (next_attempt_ms <= ?2 or next_attempt_ms > ?2 + ?3)
                   order by severity_rank, part_rank, id limit 1)
         and state = 'pending'
       returning id, alert, incident, part, attempts`,
      channel,
      nowMs,
      LONGEST_DELAY_MS,
    );
    if (!row) return null;
    const part = String(row['part']);
    const alert = this.sql.get('select body from alert where id = ?', row['alert'] ?? null);
    const thread = this.sql.get(
      `select receipt from outbox where incident = ? and channel = ? and part = ? and state = 'delivered'
       order by id limit 1`,
      row['incident'] ?? null,
      channel,
      part,
    );
    return {
      id: Number(row['id']),
      channel,
      part,
      alert: JSON.parse(String(alert?.['body'])) as Alert,
      attempt: Number(row['attempts']),
      thread: thread ? String(thread['receipt']) : null,
    };
  }

  delivered(id: number, receipt: string, nowMs: number): boolean {
    // Acknowledgement and journal entry are one transaction: one fsync, and neither without the other.
    return this.transaction((tx) => {
      const row = this.sql.get(
        `update outbox set state = 'delivered', receipt = ?, delivered_ms = ?, last_error = null
         where id = ? and state = 'claimed' returning alert, incident, channel, part, attempts`,
        receipt,
        nowMs,
        id,
      );
      if (row !== null) tx.journal('alert-delivered', row, nowMs);
      return row !== null;
    });
  }

  notDelivered(id: number, reason: string, nextAttemptMs: number | null, nowMs: number): boolean {
    return this.transaction((tx) => {
      const row = this.sql.get(
        `update outbox set state = ?, last_error = ?, next_attempt_ms = ? where id = ? and state = 'claimed'
         returning alert, incident, channel, part, attempts`,
        nextAttemptMs === null ? 'failed' : 'pending',
        reason,
        nextAttemptMs ?? nowMs,
        id,
      );
      // An attempt that is repeated decides nothing; giving up does.
      if (row !== null && nextAttemptMs === null) tx.journal('alert-given-up', { ...row, reason }, nowMs);
      return row !== null;
    });
  }

  retryUndelivered(nowMs: number): number {
    return this.sql.run(
      "update outbox set state = 'pending', next_attempt_ms = min(next_attempt_ms, ?) where state <> 'delivered'",
      nowMs,
    );
  }

  nextDueMs(channel: string): number | null {
    const row = this.sql.get(
      "select min(next_attempt_ms) as due from outbox where channel = ? and state = 'pending'",
      channel,
    );
    const due = row?.['due'];
    return due === null || due === undefined ? null : Number(due);
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
