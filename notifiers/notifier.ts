import type { Alert } from './alert.js';

/** The outcome of one delivery attempt. Only `delivered` lets the outbox forget the message. */
export type DeliveryOutcome =
  | {
      readonly delivered: true;
      /** The channel's name for the message (Slack `ts`, Message-ID). Ours to store, never secret. */
      readonly receipt: string;
      /** The part that did not work although the message is out, worded like `reason`: shown as degraded, not tried again. */
      readonly warning?: string;
    }
  | {
      readonly delivered: false;
      /** True when the same message may succeed later. `false` shows as degraded and is never silent. */
      readonly retry: boolean;
      /** The channel's own wish for the next attempt, in milliseconds from now. */
      readonly retryAfterMs?: number;
      /** The reason: what was found, in our words, without secrets and without text of the watched system. */
      readonly reason: string;
    };

/** The request that the outbox hands over with an alert. */
export interface DeliveryRequest {
  readonly alert: Alert;
  /** Which of the notifier's `parts` to send. */
  readonly part: string;
  /** 1 on the first attempt. Above 1 the message says "possibly a repeat". */
  readonly attempt: number;
  /**
   * Receipt of the page that this alert continues, on this channel and part: what to answer to and to bring up to date.
   * Null when there is none, or when the alert is a page itself.
   */
  readonly thread: string | null;
  /** Aborts the attempt at shutdown or timeout. */
  readonly signal: AbortSignal;
}

/** One delivery channel. */
export interface Notifier {
  /** The configured name. */
  readonly name: string;
  /** `slack`, `email`, … */
  readonly kind: string;
  /**
   * The separate messages an alert becomes on this channel, in order of urgency. The outbox queues, retries and
   * acknowledges each by itself, so that a refused detail never holds back or repeats the alarm.
   */
  readonly parts: readonly string[];
  /**
   * The part that carries a message to somebody's former address, one that is in none of `parts`; null for what is no address. Absent where the
   * channel does not write to such people.
   */
  readonly formerPart?: (address: string) => string | null;
  /**
   * Room in one message for the names of other sites that have the very same to tell, in characters. Absent for a channel on whose other side each incident
   * must be told by itself.
   */
  readonly alikeCharacters?: number;
  /** Defects of the channel although it works, by an explicit choice of the operator: shown as degraded everywhere. */
  readonly degradations?: readonly { readonly code: string; readonly message: string }[];
  /** Tries once. Never throws for what the channel did: a throw is a defect and is treated as "try again". */
  deliver(request: DeliveryRequest): Promise<DeliveryOutcome>;
  /** Releases sockets. */
  close(): Promise<void>;
}
