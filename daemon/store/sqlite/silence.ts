import type { Outage } from '../store.js';
import type { Statements } from './database.js';
import { findingOf, foundNumber } from './rows.js';

/** When the oldest severe or waiting alert was enqueued that none of the channels has taken, by any part of it; null: there is none. */
export function unnotifiedSinceMs(sql: Statements, channels: readonly string[]): number | null {
  const row = sql.get(
    `select min(created_ms) as found from outbox waiting
     where state in ('pending', 'claimed', 'failed') and (state <> 'failed' or severity_rank <= 1)
       and channel in (select value from json_each(?))
       and not exists (select 1 from outbox taken where taken.alert = waiting.alert and taken.state = 'delivered')`,
    JSON.stringify(channels),
  );
  return foundNumber(row);
}

/** What came and went and was so at some time after `sinceMs`. Walks all findings: for once a day. */
export function outagesSince(sql: Statements, sinceMs: number): Outage[] {
  return sql
    .all(
      `select * from finding where (ended_ms is null or ended_ms > ?)
         and subject ->> '$.what' in ('blind', 'unreachable') order by id`,
      sinceMs,
    )
    .map((row) => ({
      ...findingOf(row),
      endedMs: row['ended_ms'] === null ? null : Number(row['ended_ms']),
    }));
}

/** Messages that a channel has taken since. */
export function deliveredSince(sql: Statements, sinceMs: number): number {
  const row = sql.get(
    "select count(*) as count from outbox where state = 'delivered' and delivered_ms > ?",
    sinceMs,
  );
  return Number(row?.['count']);
}
