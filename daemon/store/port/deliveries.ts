import type { Alert, DeliveryRole, Severity } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';
import type { IncidentNews } from '../../incident.js';
import type { Quiet } from '../../policy/quiet-hours.js';
import type { Standby } from '../../policy/route.js';

/** A message to be sent now. */
export interface OutboxMessage {
  readonly id: number;
  readonly channel: string;
  readonly part: string;
  readonly severity: Severity;
  /** The same on every attempt, unless something new joined: what receivers tell repeats by. */
  readonly alertId: string;
  /** Attempts made so far, this claim included. */
  readonly attempt: number;
  /** Receipt of the page that this continues, on this channel and part; null when it is a page itself, or a notice. */
  readonly thread: string | null;
  /** The channel that does not take this alert, so that it goes here as well; null when it was routed here. */
  readonly insteadOf: string | null;
  readonly createdMs: number;
  readonly content: MessageContent;
  /** Messages of other sites that have the very same to tell and are told by this one, by site. */
  readonly alike: readonly AlikeMessage[];
}

/** A message that another one tells as well: claimed, delivered or put back with it. */
export interface AlikeMessage {
  readonly id: number;
  readonly incident: string;
  readonly site: string;
}

export type MessageContent =
  /** An announcement: composed when it was recorded. */
  | { readonly role: 'notice'; readonly alert: Alert }
  /** Composed when it is sent, from the state in the store. */
  | {
      readonly role: Exclude<DeliveryRole, 'notice'>;
      readonly page: number;
      readonly news: IncidentNews;
    };

/** Nothing is put off for longer, in milliseconds. A message due later than this from now was put off by a clock that has been set back since, and is due. */
export const LONGEST_DELAY_MS = 15 * 60_000;

/**
 * How a channel is tried that takes nothing: with the worst that waits, so that it hears that first once it is back. `except`: the message that was
 * just tried so. What is due goes next, and a message that never gets through holds back no other.
 */
export interface Probe {
  readonly except: number | null;
}

/** Which message of a channel is wanted. */
export interface Claim {
  readonly channel: string;
  readonly nowMs: number;
  /** One of this alert; absent or null: of any. */
  readonly ofAlert?: string | null;
  /** What waits in quiet hours; absent or null outside of them. */
  readonly quiet?: Quiet | null;
  readonly probe?: Probe | null;
  /** Room for the names of other sites that have the very same to tell; absent or 0: each is told by itself. */
  readonly alikeCharacters?: number;
}

/** How a channel does: its receipts. */
export interface ChannelDeliveries {
  readonly channel: string;
  readonly lastDeliveredMs: number | null;
  readonly lastFailedMs: number | null;
  /** Why the last attempt that failed did, in our words. */
  readonly lastFailure: string | null;
  /** Messages that wait or are under way. */
  readonly pending: number;
  /** Messages refused for good, or given up. */
  readonly failed: number;
}

/** A severe message that a channel does not take. */
export interface FailingMessage {
  readonly id: number;
  readonly channel: string;
  readonly alertId: string;
  readonly incident: string | null;
  /** How the same alert stands on the other channels it was routed to. */
  readonly others: readonly Standby[];
}

/** A message that was not delivered, for a channel, or somebody whom a channel writes to, that is not configured any more. */
export interface OrphanedMessage extends Pick<FailingMessage, 'id' | 'channel' | 'alertId' | 'incident'> {
  /** `told`: a configured channel tells the same, or has told it. `stranger`: it is for somebody whom only that channel wrote to. */
  readonly standing: 'told' | 'stranger' | 'untold';
}

/** How messages fare on their channels. */
export interface DeliveryReader {
  /** Every channel that anything was ever sent to or waits for, by name. */
  channels(): ChannelDeliveries[];
  /** Number of messages that channels have taken since. */
  countSince(sinceMs: number): number;
  /** UTC milliseconds of the next due message of the channel, or null when it has none. */
  nextDueMs(channel: string, quiet?: Quiet | null): number | null;
  /** Since when the longest failing severe message that was not considered for another channel has failed; null: there is none. */
  failingSinceMs(): number | null;
}

/** The sending of messages: claimed, then delivered or not. */
export interface DeliveryWriter extends DeliveryReader {
  /**
   * Takes the most severe, then most urgent (pages first, then by order of parts), then oldest message of a channel that is due, and marks
   * it claimed; none that waits in quiet hours. With `probe`, as soon as any is due, the most severe one is taken although it waits itself.
   * Messages that a crashed daemon left claimed are pending again after `retryUndelivered`.
   */
  claim(wanted: Claim): OutboxMessage | null;
  /**
   * Acknowledges a claimed message, keeps the alert it became, and writes both to the journal. Whatever waits for a channel that had failed
   * before is due then. Returns false, and changes nothing, when it is not claimed any more.
   */
  delivered(
    id: number,
    how: { readonly receipt: string; readonly atMs: number; readonly alert?: Alert | undefined },
  ): boolean;
  /**
   * Puts a claimed message back, joined to the one of its incident that waits meanwhile; `nextAttemptMs` null: given up, written to the
   * journal, shown as failed and degraded.
   */
  notDelivered(
    id: number,
    how: { readonly reason: string; readonly nextAttemptMs: number | null; readonly atMs: number },
  ): boolean;
  /**
   * Makes all that was not delivered pending and due, what was claimed or given up as well, and returns how many: the reason may be gone with
   * the configuration that was in force then. Only while no worker runs.
   */
  retryUndelivered(nowMs: number): number;
  /** Severe messages that have failed since before `sinceMs`, or by a clock that was set back since, or were refused for good, and were not considered yet. */
  failing(sinceMs: number): FailingMessage[];
  /** What was not delivered and is for no part of these channels: nobody would ever send it. */
  orphans(channels: readonly Channel[]): OrphanedMessage[];
  /** Ends a message that no channel is to send any more. Given a reason, it was told to nobody, and that is journaled. */
  end(message: number, reason: string | null, atMs: number): void;
  /** Notes that a failing message was considered, and passes its alert on to a channel; null: to none. */
  passOn(message: number, to: Channel | null, atMs: number): void;
}
