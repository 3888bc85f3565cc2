import type { Channel } from '../../channel.js';
import type { Statements } from './database.js';

/** A notice that is to be sent. */
export interface NewNotice {
  readonly alert: string;
  readonly incident: string | null;
  readonly severityRank: number;
  /** The channel that does not take the alert, so that it goes elsewhere as well; null when it was routed there. */
  readonly insteadOf: string | null;
  readonly mayWait: boolean;
}

/** One message for each part of the channel; none where the alert is already. */
export function insertNotice(sql: Statements, notice: NewNotice, channel: Channel, atMs: number): void {
  for (const [partRank, part] of channel.parts.entries()) {
    sql.run(
      `insert into outbox (alert, standing, incident, channel, part, part_rank, severity_rank, state, next_attempt_ms,
         instead_of, created_ms, may_wait)
       values (?, 'notice', ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?) on conflict do nothing`,
      notice.alert,
      notice.incident,
      channel.name,
      part,
      partRank,
      notice.severityRank,
      atMs,
      notice.insteadOf,
      atMs,
      notice.mayWait ? 1 : 0,
    );
  }
}
