import type { Alert } from '../../../notifiers/index.js';
import type { Finding } from '../../policy/finding.js';
import { StoreError } from '../errors.js';
import { follows } from '../journal.js';
import type {
  EndedFinding,
  Incident,
  JournalEntry,
  OutboxMessage,
  OutboxStatus,
  Store,
  StoreTransaction,
} from '../store.js';
import { type Database, Statements } from './database.js';
import { endedFindingOf, findingOf, incidentOf, journalEntryOf, outboxStatusOf } from './rows.js';
import { SqliteTransaction } from './sqlite-transaction.js';

const JOURNAL_PAGE = 1000;

/** The state in one SQLite database. */
export class SqliteStore implements Store {
  readonly #sql: Statements;
  readonly #transaction: SqliteTransaction;

  constructor(
    private readonly database: Database,
    private readonly release: () => void,
  ) {
    this.#sql = new Statements(database);
    this.#transaction = new SqliteTransaction(this.#sql);
  }

  transaction<T>(work: (tx: StoreTransaction) => T): T {
    return writing(() => {
      this.database.exec('begin immediate');
      try {
        const result = work(this.#transaction);
        this.database.exec('commit');
        return result;
      } catch (error) {
        this.#rollback();
        throw error;
      }
    });
  }

  incidents(filter: { readonly site?: string; readonly unresolvedOnly?: boolean }): Incident[] {
    return this.#sql
      .all(
        `select * from incident where (?1 is null or site = ?1) and (?2 = 0 or state <> 'resolved')
         order by opened_ms desc, id`,
        filter.site ?? null,
        filter.unresolvedOnly ? 1 : 0,
      )
      .map(incidentOf);
  }

  incident(id: string): { incident: Incident; open: Finding[]; ended: EndedFinding[] } | null {
    if (!/^[0-9a-f]{1,32}$/.test(id)) return null;
    const exact = this.#sql.get('select * from incident where id = ?', id);
    const rows = exact ? [exact] : this.#sql.all('select * from incident where id glob ? limit 2', `${id}*`);
    if (rows.length > 1) {
      throw new StoreError('STORE_AMBIGUOUS_ID', `several incidents begin with ${id}: give more digits`);
    }
    const [row] = rows;
    if (!row) return null;
    const incident = incidentOf(row);
    const findings = this.#sql.all('select * from finding where incident = ? order by id', incident.id);
    return {
      incident,
      open: findings.filter((finding) => finding['ended_ms'] === null).map(findingOf),
      ended: findings.filter((finding) => finding['ended_ms'] !== null).map(endedFindingOf),
    };
  }

  observed(
    site: string,
  ): { collection: string; recordsDigest: string; count: number; observedAtMs: number }[] {
    return this.#sql.all('select * from observed where site = ? order by collection', site).map((row) => ({
      collection: String(row['collection']),
      recordsDigest: String(row['records_digest']),
      count: Number(row['count']),
      observedAtMs: Number(row['observed_at_ms']),
    }));
  }

  journalEntries(afterSeq: number, limit: number): JournalEntry[] {
    return this.#sql
      .all('select * from journal where seq > ? order by seq limit ?', afterSeq, limit)
      .map(journalEntryOf);
  }

  verifyJournal(): number | null {
    let previous: JournalEntry | null = null;
    for (;;) {
      const page = this.journalEntries(previous?.seq ?? 0, JOURNAL_PAGE);
      if (page.length === 0) return null;
      for (const entry of page) {
        if (!follows(previous, entry)) return (previous?.seq ?? 0) + 1;
        previous = entry;
      }
    }
  }

  claim(channel: string, nowMs: number): OutboxMessage | null {
    return writing(() => {
      const row = this.#sql.get(
        `update outbox set state = 'claimed', attempts = attempts + 1
         where id = (select id from outbox where channel = ? and state = 'pending' and next_attempt_ms <= ?
                     order by severity_rank, id limit 1)
           and state = 'pending'
         returning id, alert, incident, part, attempts`,
        channel,
        nowMs,
      );
      if (!row) return null;
      const part = String(row['part']);
      const alert = this.#sql.get('select body from alert where id = ?', row['alert'] ?? null);
      const thread = this.#sql.get(
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
    });
  }

  delivered(id: number, receipt: string, nowMs: number): void {
    writing(() =>
      this.#sql.run(
        "update outbox set state = 'delivered', receipt = ?, delivered_ms = ?, last_error = null where id = ?",
        receipt,
        nowMs,
        id,
      ),
    );
  }

  notDelivered(id: number, reason: string, nextAttemptMs: number | null, nowMs: number): void {
    writing(() =>
      this.#sql.run(
        'update outbox set state = ?, last_error = ?, next_attempt_ms = ? where id = ?',
        nextAttemptMs === null ? 'failed' : 'pending',
        reason,
        nextAttemptMs ?? nowMs,
        id,
      ),
    );
  }

  releaseClaims(): number {
    return writing(() => this.#sql.run("update outbox set state = 'pending' where state = 'claimed'"));
  }

  nextDueMs(channel: string): number | null {
    const row = this.#sql.get(
      "select min(next_attempt_ms) as due from outbox where channel = ? and state = 'pending'",
      channel,
    );
    const due = row?.['due'];
    return due === null || due === undefined ? null : Number(due);
  }

  outbox(filter: { readonly undeliveredOnly?: boolean; readonly limit: number }): OutboxStatus[] {
    return this.#sql
      .all(
        `select outbox.*, alert.severity from outbox join alert on alert.id = outbox.alert
         where (? = 0 or state <> 'delivered') order by outbox.id desc limit ?`,
        filter.undeliveredOnly ? 1 : 0,
        filter.limit,
      )
      .map(outboxStatusOf);
  }

  close(): void {
    this.database.close();
    this.release();
  }

  #rollback(): void {
    try {
      this.database.exec('rollback');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
  }
}

/** Names a failed write for what it is; what `work` itself throws passes through. */
function writing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    if (error instanceof StoreError || !isSqliteError(error)) throw error;
    throw new StoreError(
      'STORE_WRITE_FAILED',
      `the state store could not write (${found}): free disk space and check the permissions of the state directory`,
      { cause: error },
    );
  }
}

function isSqliteError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /sqlite/i.test(String((error as { code: unknown }).code))
  );
}
