import { SEVERITIES } from '../../../notifiers/index.js';
import { type Quiet, waitingRanks } from '../../policy/quiet-hours.js';
import type { ChannelDeliveries, DeliveryReader } from '../port/deliveries.js';
import { foundNumber, number, numberOrNull, textColumn, textOrNull } from './columns.js';
import type { Statements } from './database.js';
import { UNDELIVERED } from './pending-notifications.js';

/** Still to be considered for another channel: severe, and failing or refused. */
export const UNCONSIDERED = `considered = 0 and failing_since_ms is not null and ${UNDELIVERED}
  and severity_rank <= ${SEVERITIES.indexOf('high')}`;

/** Reads how messages fare on their channels. */
export class SqliteDeliveryReader implements DeliveryReader {
  constructor(protected readonly sql: Statements) {}

  channels(): ChannelDeliveries[] {
    const rows = this.sql.all(
      `with waiting as (
         select channel as name, sum(state <> 'failed') as pending, sum(state = 'failed') as failed
         from outbox where ${UNDELIVERED} group by channel)
       select name, delivered_ms, failed_ms, failure, coalesce(pending, 0) as pending, coalesce(failed, 0) as failed
       from (select name from channel union select name from waiting) left join channel using (name) left join waiting using (name)
       order by name`,
    );
    return rows.map((row) => ({
      channel: textColumn(row, 'name'),
      lastDeliveredMs: numberOrNull(row, 'delivered_ms'),
      lastFailedMs: numberOrNull(row, 'failed_ms'),
      lastFailure: textOrNull(row, 'failure'),
      pending: number(row, 'pending'),
      failed: number(row, 'failed'),
    }));
  }

  countSince(sinceMs: number): number {
    const row = this.sql.get(
      "select count(*) as found from outbox where state = 'delivered' and delivered_ms > ?",
      sinceMs,
    );
    return foundNumber(row) ?? 0;
  }

  nextDueMs(channel: string, quiet: Quiet | null = null): number | null {
    return foundNumber(
      this.sql.get(
        `select min(iif(may_wait and ?2 >> severity_rank & 1, max(next_attempt_ms, ?3), next_attempt_ms)) as found
         from outbox where channel = ?1 and state = 'pending'`,
        channel,
        waitingRanks(quiet),
        quiet?.untilMs ?? 0,
      ),
    );
  }

  failingSinceMs(): number | null {
    return foundNumber(
      this.sql.get(`select min(failing_since_ms) as found from outbox where ${UNCONSIDERED}`),
    );
  }
}
