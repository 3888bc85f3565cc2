import type { Channel } from '../../channel.js';
import type { FailingMessage } from '../port/deliveries.js';
import { flag, number, textColumn, textOrNull } from './columns.js';
import type { Row, Statements } from './database.js';
import { UNCONSIDERED } from './delivery-reader.js';
import { insertNotice } from './notices.js';
import { pendingOf, type SqlitePendingNotifications } from './pending-notifications.js';

/** Passes on to other channels what a channel does not take, in the transaction of its caller. */
export class SqlitePassingOn {
  constructor(
    private readonly sql: Statements,
    private readonly slots: SqlitePendingNotifications,
  ) {}

  failing(sinceMs: number): FailingMessage[] {
    return this.sql
      .all(
        `select * from outbox where ${UNCONSIDERED} and (failing_since_ms <= ? or state = 'failed') order by id`,
        sinceMs,
      )
      .map((row) => ({
        id: number(row, 'id'),
        channel: textColumn(row, 'channel'),
        alertId: textColumn(row, 'alert'),
        incident: textOrNull(row, 'incident'),
        others: this.#othersOf(row, sinceMs),
      }));
  }

  passOn(message: number, to: Channel | null, atMs: number): void {
    const row = this.sql.get('update outbox set considered = 1 where id = ? returning *', message);
    if (row === null || to === null) return;
    const insteadOf = textColumn(row, 'channel');
    if (row['standing'] === 'notice') {
      const notice = {
        alert: textColumn(row, 'alert'),
        incident: textOrNull(row, 'incident'),
        severityRank: number(row, 'severity_rank'),
        insteadOf,
        mayWait: false,
      };
      insertNotice(this.sql, notice, to, atMs);
      return;
    }
    const pending = { ...pendingOf(row), nextAttemptMs: atMs, createdMs: atMs };
    for (const [partRank, part] of to.parts.entries()) {
      const slot = { incident: textColumn(row, 'incident'), channel: to.name, part, partRank, insteadOf };
      const state = this.slots.stateOf(slot);
      this.slots.join(slot, state, { ...pending, since: state.notifiedUpTo ?? pending.since });
    }
  }

  #othersOf(row: Row, sinceMs: number): FailingMessage['others'] {
    return this.sql
      .all(
        `select channel, max(state = 'delivered' or (state in ('pending', 'claimed')
           and coalesce(failing_since_ms > ?, 1))) as hopeful
         from outbox where alert = ? and channel <> ? group by channel`,
        sinceMs,
        textColumn(row, 'alert'),
        textColumn(row, 'channel'),
      )
      .map((other) => ({ channel: textColumn(other, 'channel'), hopeful: flag(other, 'hopeful') }));
  }
}
