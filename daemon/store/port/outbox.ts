import type { Alert, DeliveryRole, Severity } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';

/** `failed`: refused for good, or given up. `merged`: what it was to tell is told by a newer message of its incident. */
export type OutboxState = 'pending' | 'claimed' | 'delivered' | 'failed' | 'merged';

export interface OutboxStatus {
  readonly channel: string;
  readonly part: string;
  readonly alertId: string;
  readonly role: DeliveryRole;
  readonly incident: string | null;
  readonly page: number | null;
  readonly severity: Severity;
  readonly state: OutboxState;
  /** The channel that does not take this alert, so that it goes here as well. */
  readonly insteadOf: string | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly createdMs: number;
  readonly nextAttemptMs: number;
  readonly deliveredMs: number | null;
}

/** What people are to be told, and were. */
export interface OutboxReader {
  /** Newest first. */
  messages(filter: { readonly undeliveredOnly?: boolean; readonly limit: number }): OutboxStatus[];
  /** Every message of an incident, newest first: an incident decides itself how many it has. */
  messagesOf(incident: string): OutboxStatus[];
  /** The alerts of an incident as they first arrived somewhere, in that order. */
  alerts(incident: string): { readonly alert: Alert; readonly createdMs: number }[];
  /** When the oldest alert was enqueued that none of these channels has taken, by any part of it; null: there is none. UTC milliseconds. */
  unnotifiedSinceMs(channels: readonly string[]): number | null;
}

/** That the last step of an incident is to be told. */
export interface NewNotification {
  readonly incident: string;
  readonly role: Exclude<DeliveryRole, 'notice'>;
  readonly severity: Severity;
  /** Quiet hours may hold it back; false when absent. */
  readonly mayWait?: boolean;
  /** It tells all that is still so, because nobody answers for it; false when absent. */
  readonly reminds?: boolean;
}

export interface OutboxWriter extends OutboxReader {
  /**
   * Enqueues an announcement and writes its id and digest to the journal. Enqueueing the same alert again changes nothing. `mayWait`: quiet
   * hours may hold it back; false when absent.
   */
  enqueue(
    alert: Alert,
    channels: readonly Channel[],
    when: { readonly atMs: number; readonly mayWait?: boolean },
  ): void;
  /**
   * Enqueues that the last step of an incident is to be told, and journals that: on each part of each channel one message waits at most,
   * and what is newer joins it (`mergePending`).
   */
  addPending(notification: NewNotification, channels: readonly Channel[], atMs: number): void;
  /** Names of the channels that were ever to be sent a message of an incident; of one page only when `page` names it. */
  notifiedChannels(incident: string, channels: readonly Channel[], page?: number): string[];
}
