import type {
  BaselineReader,
  BaselineWriter,
  SuppressionReader,
  SuppressionWriter,
} from './port/approved.js';
import type { DeliveryReader, DeliveryWriter } from './port/deliveries.js';
import type { FindingReader, FindingWriter } from './port/findings.js';
import type { FoldReader, FoldWriter } from './port/folds.js';
import type { IncidentReader, IncidentWriter } from './port/incidents.js';
import type { JournalReader, JournalWriter } from './port/journal.js';
import type { MetaReader, MetaWriter } from './port/meta.js';
import type { ObservedReader, ObservedWriter } from './port/observed.js';
import type { OutboxReader, OutboxWriter } from './port/outbox.js';

export type { RememberedBaseline } from './port/approved.js';
export * from './port/deliveries.js';
export type { Outage, Rejection } from './port/findings.js';
export type { IncidentRecord } from './port/incidents.js';
export type { JournalBreak, JournalEntry } from './port/journal.js';
export type { ObservedDelta } from './port/observed.js';
export type { OutboxState, OutboxStatus } from './port/outbox.js';

/** What can be read of a daemon's state, noun by noun. */
export interface StoreNouns {
  readonly incidents: IncidentReader;
  readonly findings: FindingReader;
  readonly outbox: OutboxReader;
  readonly deliveries: DeliveryReader;
  readonly journal: JournalReader;
  readonly observed: ObservedReader;
  readonly baselines: BaselineReader;
  readonly suppressions: SuppressionReader;
  readonly meta: MetaReader;
  readonly folds: FoldReader;
}

/**
 * What can be done inside one transaction, and read: whatever is read while a transaction is open is read from it. Synchronous: either all of it
 * is durable afterwards or none.
 */
export interface StoreTransaction extends StoreNouns {
  readonly incidents: IncidentWriter;
  readonly findings: FindingWriter;
  readonly outbox: OutboxWriter;
  readonly deliveries: DeliveryWriter;
  readonly journal: JournalWriter;
  readonly observed: ObservedWriter;
  readonly baselines: BaselineWriter;
  readonly suppressions: SuppressionWriter;
  readonly meta: MetaWriter;
  readonly folds: FoldWriter;
}

/** The state as last committed, for the daemon itself or a command beside it. */
export interface StoreReader extends StoreNouns {
  /** Writes all of it, as of one instant, to a file that is not there yet. Does not disturb a running daemon. */
  copyTo(file: string): void;
  close(): void;
}

/**
 * The state of one daemon. Every method throws `StoreError` when the store fails; what it was asked is then not done at all. An adapter may
 * read here on another connection than its transactions do, so what one has written is not seen before it has ended.
 */
export interface Store extends StoreReader {
  /**
   * Runs `work` in one transaction (BEGIN IMMEDIATE), durable when this returns; rolls back and rethrows when it throws. `durable: false` does not
   * wait for the disk: a loss of power may take the transaction back, whole, with whatever came after it.
   */
  transaction<T>(work: (tx: StoreTransaction) => T, how?: { readonly durable?: boolean }): T;
  /** Whether what is written here still lies where the next start will look for it. False once somebody removed or replaced it. */
  inPlace(): boolean;
  /**
   * Throws `STORE_SCHEMA` once somebody has altered how the store is built: what they added acts on what is written here. Throws `STORE_CORRUPT` once the check
   * that runs beside a large one has found damage.
   */
  refuseAltered(): void;
}
