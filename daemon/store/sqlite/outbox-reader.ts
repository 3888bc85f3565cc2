import type { Alert } from '../../../notifiers/index.js';
import type { OutboxReader, OutboxStatus } from '../port/outbox.js';
import { alertOf } from '../written-form.js';
import { foundNumber, number, textColumn } from './columns.js';
import type { Statements } from './database.js';
import { UNDELIVERED } from './pending-notifications.js';
import { outboxStatusIn } from './rows.js';

/** Reads what people are to be told, and were. */
export class SqliteOutboxReader implements OutboxReader {
  constructor(protected readonly sql: Statements) {}

  messages(filter: { readonly undeliveredOnly?: boolean; readonly limit: number }): OutboxStatus[] {
    return this.sql
      .all(
        filter.undeliveredOnly
          ? `select * from outbox where ${UNDELIVERED} order by +id desc limit ?`
          : 'select * from outbox order by id desc limit ?',
        filter.limit,
      )
      .map(outboxStatusIn);
  }

  messagesOf(incident: string): OutboxStatus[] {
    return this.sql
      .all('select * from outbox where incident = ? order by id desc', incident)
      .map(outboxStatusIn);
  }

  alerts(incident: string): { readonly alert: Alert; readonly createdMs: number }[] {
    return this.sql
      .all('select body, created_ms from alert where incident = ? order by created_ms, id', incident)
      .map((row) => ({ alert: alertOf(textColumn(row, 'body')), createdMs: number(row, 'created_ms') }));
  }

  unnotifiedSinceMs(channels: readonly string[]): number | null {
    const row = this.sql.get(
      // Of what was given up only what is severe: the rest is shown as degraded.
      `select min(created_ms) as found from outbox waiting
       where state in ('pending', 'claimed', 'failed') and (state <> 'failed' or severity_rank <= 1)
         and channel in (select value from json_each(?))
         and not exists (select 1 from outbox taken where taken.alert = waiting.alert and taken.state = 'delivered')`,
      JSON.stringify(channels),
    );
    return foundNumber(row);
  }
}
