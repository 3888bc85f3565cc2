import { type DeliveryRole, SEVERITIES, type Severity } from '../../notifiers/index.js';

/** A message about an incident that one part of a channel has not been sent yet: not its text, which is composed when it is sent. */
export interface PendingNotification {
  /** Id of the alert it will become. */
  readonly alert: string;
  readonly role: Exclude<DeliveryRole, 'notice'>;
  readonly page: number;
  readonly severity: Severity;
  /** The event of the incident up to which this part of the channel has been notified. */
  readonly since: number;
  /** UTC milliseconds. */
  readonly nextAttemptMs: number;
  readonly createdMs: number;
  /** It shows all that is still so, because nobody answers for it. */
  readonly reminds: boolean;
  /** Quiet hours may hold it back. */
  readonly mayWait: boolean;
}

/**
 * The pending notification once something newer joins one that still waits: one message about both. A page beats a follow-up, the worst severity
 * counts, and nothing that came since the last message that arrived is left out.
 *
 * The id is that of the newer one. A receiver may have taken an earlier attempt whose answer was lost; under the old id it would throw
 * away as a repeat what now holds news.
 */
export function mergePending(waiting: PendingNotification, newer: PendingNotification): PendingNotification {
  const isPage = waiting.role === 'page' || newer.role === 'page';
  return {
    alert: newer.alert,
    role: isPage ? 'page' : 'follow-up',
    page: Math.max(waiting.page, newer.page),
    severity: worseOf(waiting.severity, newer.severity),
    since: Math.min(waiting.since, newer.since),
    // A new page tries a failing channel at once; a follow-up waits with what waits already.
    nextAttemptMs:
      newer.role === 'page' ? newer.nextAttemptMs : Math.max(waiting.nextAttemptMs, newer.nextAttemptMs),
    createdMs: Math.min(waiting.createdMs, newer.createdMs),
    reminds: waiting.reminds || newer.reminds,
    mayWait: waiting.mayWait && newer.mayWait,
  };
}

/** The more severe of two. */
export function worseOf(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}
