import { randomBytes } from 'node:crypto';
import { type Alert, SEVERITIES } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';
import { enqueuedEvent, pendingEvent } from '../journal/outbox.js';
import type { JournalWriter } from '../port/journal.js';
import type { NewNotification, OutboxWriter } from '../port/outbox.js';
import { keepAlert } from './alert-texts.js';
import { number } from './columns.js';
import type { Statements } from './database.js';
import { insertNotice } from './notices.js';
import { SqliteOutboxReader } from './outbox-reader.js';
import { SqlitePendingNotifications } from './pending-notifications.js';

/** Writes what people are to be told, in the transaction of its caller. */
export class SqliteOutboxWriter extends SqliteOutboxReader implements OutboxWriter {
  readonly #slots: SqlitePendingNotifications;

  constructor(
    sql: Statements,
    private readonly journal: JournalWriter,
  ) {
    super(sql);
    this.#slots = new SqlitePendingNotifications(sql);
  }

  enqueue(
    alert: Alert,
    channels: readonly Channel[],
    { atMs, mayWait = false }: { readonly atMs: number; readonly mayWait?: boolean },
  ): void {
    // Composing the same again gives the same id.
    const { isNew, digest } = keepAlert(this.sql, alert, atMs);
    const { id, incident, severity } = alert;
    const notice = {
      ...{ alert: id, incident, severityRank: SEVERITIES.indexOf(severity) },
      ...{ insteadOf: null, mayWait },
    };
    for (const channel of channels) insertNotice(this.sql, notice, channel, atMs);
    if (isNew) this.journal.append(enqueuedEvent(alert, digest, channels), atMs);
  }

  addPending(notification: NewNotification, channels: readonly Channel[], atMs: number): void {
    const { incident, role, severity, mayWait = false, reminds = false } = notification;
    const row = this.sql.get('select page, event from incident where id = ?', incident);
    if (row === null) throw new RangeError('no such incident');
    const alert = randomBytes(8).toString('hex');
    for (const { name: channel, parts } of channels) {
      for (const [partRank, part] of parts.entries()) {
        const slot = { incident, channel, part, partRank, insteadOf: null };
        const state = this.#slots.stateOf(slot);
        this.#slots.join(slot, state, {
          alert,
          role,
          // Who was not sent the last page goes on with the one that was sent there.
          page: (role === 'follow-up' ? state.lastPage : null) ?? number(row, 'page'),
          severity,
          since: state.notifiedUpTo ?? number(row, 'event') - 1,
          nextAttemptMs: atMs,
          createdMs: atMs,
          reminds,
          mayWait,
        });
      }
    }
    this.journal.append(pendingEvent(alert, notification, channels), atMs);
  }

  notifiedChannels(incident: string, channels: readonly Channel[], page?: number): string[] {
    return channels.map(({ name }) => name).filter((name) => this.#wasNotified(incident, name, page ?? null));
  }

  #wasNotified(incident: string, channel: string, page: number | null): boolean {
    const found = this.sql.get(
      `select 1 from outbox where incident = ?1 and channel = ?2 and standing <> 'notice' and (?3 is null or page = ?3) limit 1`,
      incident,
      channel,
      page,
    );
    return found !== null;
  }
}
