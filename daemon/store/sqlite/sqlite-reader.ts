import type { StoreNouns, StoreReader } from '../store.js';
import { SqliteBaselines, SqliteSuppressions } from './approved.js';
import type { Statements } from './database.js';
import { SqliteDeliveryReader } from './delivery-reader.js';
import { SqliteFindingReader } from './finding-reader.js';
import { SqliteFoldReader } from './folds.js';
import { SqliteIncidentReader } from './incident-reader.js';
import { SqliteJournalReader } from './journal.js';
import { SqliteMeta } from './meta.js';
import { SqliteObservedReader } from './observed.js';
import { SqliteOutboxReader } from './outbox-reader.js';

/** Reads the state in one SQLite database. */
export class SqliteReader implements StoreReader {
  readonly incidents: StoreNouns['incidents'];
  readonly findings: StoreNouns['findings'];
  readonly outbox: StoreNouns['outbox'];
  readonly deliveries: StoreNouns['deliveries'];
  readonly journal: StoreNouns['journal'];
  readonly observed: StoreNouns['observed'];
  readonly baselines: StoreNouns['baselines'];
  readonly suppressions: StoreNouns['suppressions'];
  readonly meta: StoreNouns['meta'];
  readonly folds: StoreNouns['folds'];

  constructor(protected readonly sql: Statements) {
    this.incidents = new SqliteIncidentReader(sql);
    this.findings = new SqliteFindingReader(sql);
    this.outbox = new SqliteOutboxReader(sql);
    this.deliveries = new SqliteDeliveryReader(sql);
    this.journal = new SqliteJournalReader(sql);
    this.observed = new SqliteObservedReader(sql);
    this.baselines = new SqliteBaselines(sql);
    this.suppressions = new SqliteSuppressions(sql);
    this.meta = new SqliteMeta(sql);
    this.folds = new SqliteFoldReader(sql);
  }

  copyTo(file: string): void {
    this.sql.run('vacuum into ?', file);
  }

  close(): void {
    this.sql.close();
  }
}
