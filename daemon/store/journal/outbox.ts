import type { Alert } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';
import type { NewNotification } from '../port/outbox.js';
import type { Attempt, JournalEvent } from './event.js';

/** The entry of an announcement that was enqueued. `digest`: hex SHA-256 of its text. */
export function enqueuedEvent(alert: Alert, digest: string, channels: readonly Channel[]): JournalEvent {
  const { id, site, incident, type: alertType, severity } = alert;
  return {
    type: 'alert-enqueued',
    body: { alert: id, site, incident, alertType, severity, digest, channels: namesOf(channels) },
  };
}

/** The entry of an alert of an incident that is pending. `alert`: its id. */
export function pendingEvent(
  alert: string,
  { incident, role, severity }: NewNotification,
  channels: readonly Channel[],
): JournalEvent {
  return {
    type: 'alert-owed',
    body: { alert, incident, standing: role, severity, channels: namesOf(channels) },
  };
}

/** The entry of a message that arrived. `digest`: hex SHA-256 of the text that did; null: as it was enqueued. */
export function deliveredEvent(attempt: Attempt, digest: string | null): JournalEvent {
  return { type: 'alert-delivered', body: { ...attempt, ...(digest === null ? {} : { digest }) } };
}

/** The entry of a message that is not tried again. */
export function givenUpEvent(attempt: Attempt, reason: string): JournalEvent {
  return { type: 'alert-given-up', body: { ...attempt, reason } };
}

function namesOf(channels: readonly Channel[]): string[] {
  return channels.map(({ name }) => name);
}
