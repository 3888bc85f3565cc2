import type { Alert } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';
import { deliveredEvent, givenUpEvent } from '../journal/outbox.js';
import type {
  Claim,
  DeliveryWriter,
  FailingMessage,
  OrphanedMessage,
  OutboxMessage,
} from '../port/deliveries.js';
import type { JournalWriter } from '../port/journal.js';
import { keepAlert } from './alert-texts.js';
import { SqliteClaims } from './claims/claims.js';
import { textColumn } from './columns.js';
import type { Statements } from './database.js';
import { SqliteDeliveryReader } from './delivery-reader.js';
import { SqlitePassingOn } from './passing-on.js';
import { SqlitePendingNotifications, UNDELIVERED } from './pending-notifications.js';
import { attemptIn } from './rows.js';

/**
 * The sending of messages within one SQLite database. Every method runs in the transaction of its caller.
 *
 * A message of an incident (`standing` page or follow-up) holds no text. `since` says up to which event of the incident that part of the
 * channel has been told, `covers` up to which it is told by the claim that is under way or was delivered. Where a crash can fall:
 *
 * | the process ends                                  | what is in the store                | afterwards |
 * |---------------------------------------------------|-------------------------------------|------------|
 * | before the recording transaction is durable       | neither finding nor message         | the next read finds the same and records it |
 * | after it, before any claim                        | finding told, message pending       | it is claimed at the start |
 * | after a claim, before the channel has it          | claimed, `covers` set               | put back, composed anew from the same `since`: nothing is taken as told |
 * | after the channel has it, before it is delivered  | the same: nobody can tell them apart | sent again with the same id, "possibly a repeat" |
 * | the same, and news is recorded meanwhile          | claimed, and a newer one pending    | merged: one message from the older `since`, with the newer id |
 * | after it is delivered                             | `covers` is what later ones start from | nothing is told twice |
 * | refused for good, or given up                     | failed; `covers` does not count     | the next message of the incident starts before it and counts its attempts: "possibly a repeat"; shown as degraded |
 * | while an alert is passed on to another channel    | one transaction                     | either both messages are pending or it is considered again |
 * | while its channel is taken out of the configuration | pending, for nobody               | passed on at the start of what is configured then |
 */
export class SqliteDeliveryWriter extends SqliteDeliveryReader implements DeliveryWriter {
  readonly #slots: SqlitePendingNotifications;
  readonly #claims: SqliteClaims;
  readonly #passingOn: SqlitePassingOn;

  constructor(
    sql: Statements,
    private readonly journal: JournalWriter,
  ) {
    super(sql);
    this.#slots = new SqlitePendingNotifications(sql);
    this.#claims = new SqliteClaims(sql, this.#slots);
    this.#passingOn = new SqlitePassingOn(sql, this.#slots);
  }

  claim(wanted: Claim): OutboxMessage | null {
    return this.#claims.claim(wanted);
  }

  delivered(
    id: number,
    {
      receipt,
      atMs,
      alert,
    }: { readonly receipt: string; readonly atMs: number; readonly alert?: Alert | undefined },
  ): boolean {
    const row = this.sql.get(
      `update outbox set state = 'delivered', receipt = ?, delivered_ms = ?, last_error = null, failing_since_ms = null
       where id = ? and state = 'claimed' returning *`,
      receipt,
      atMs,
      id,
    );
    if (row === null) return false;
    const channel = textColumn(row, 'channel');
    this.#releaseWhatWaited(channel, atMs);
    this.sql.run(
      `insert into channel (name, delivered_ms) values (?, ?)
       on conflict (name) do update set delivered_ms = excluded.delivered_ms`,
      channel,
      atMs,
    );
    const attempt = attemptIn(row);
    // One message may have told of several incidents: each keeps the text that told of it.
    const kept = { id: attempt.alert, incident: attempt.incident };
    const digest = alert === undefined ? null : keepAlert(this.sql, alert, atMs, kept).digest;
    this.journal.append(deliveredEvent(attempt, digest), atMs);
    return true;
  }

  notDelivered(
    id: number,
    {
      reason,
      nextAttemptMs,
      atMs,
    }: { readonly reason: string; readonly nextAttemptMs: number | null; readonly atMs: number },
  ): boolean {
    const row = this.sql.get(
      `update outbox set last_error = ?, failing_since_ms = coalesce(failing_since_ms, ?), next_attempt_ms = ?
       where id = ? and state = 'claimed' returning *`,
      reason,
      atMs,
      nextAttemptMs ?? atMs,
      id,
    );
    if (row === null) return false;
    if (nextAttemptMs === null) this.#slots.setState(id, 'failed');
    else this.#slots.putBack(row);
    this.sql.run(
      `insert into channel (name, failed_ms, failure) values (?, ?, ?)
       on conflict (name) do update set failed_ms = excluded.failed_ms, failure = excluded.failure`,
      textColumn(row, 'channel'),
      atMs,
      reason,
    );
    // An attempt that is repeated decides nothing; giving up does.
    if (nextAttemptMs === null) this.journal.append(givenUpEvent(attemptIn(row), reason), atMs);
    return true;
  }

  retryUndelivered(nowMs: number): number {
    // The newest first: what was given up joins it, and not the other way round, so that no news takes an id that may have arrived.
    const undelivered = this.sql.all(`select * from outbox where ${UNDELIVERED} order by +id desc`);
    for (const row of undelivered) if (row['state'] !== 'pending') this.#slots.putBack(row);
    this.sql.run(
      `update outbox set next_attempt_ms = min(next_attempt_ms, ?) where ${UNDELIVERED} and state = 'pending'`,
      nowMs,
    );
    return undelivered.length;
  }

  orphans(channels: readonly Channel[]): OrphanedMessage[] {
    return this.#passingOn.orphans(channels);
  }

  end(message: number, reason: string | null, atMs: number): void {
    const row = this.sql.get("update outbox set state = 'merged' where id = ? returning *", message);
    if (row !== null && reason !== null) this.journal.append(givenUpEvent(attemptIn(row), reason), atMs);
  }

  failing(sinceMs: number): FailingMessage[] {
    return this.#passingOn.failing(sinceMs);
  }

  passOn(message: number, to: Channel | null, atMs: number): void {
    this.#passingOn.passOn(message, to, atMs);
  }

  /** A channel that takes messages again gets all that waits for it at once: each by its own delay, they would come in any order. */
  #releaseWhatWaited(channel: string, nowMs: number): void {
    const failing = this.sql.get(
      'select 1 as found from channel where name = ? and failed_ms >= coalesce(delivered_ms, failed_ms)',
      channel,
    );
    if (failing === null) return;
    this.sql.run(
      "update outbox set next_attempt_ms = min(next_attempt_ms, ?2) where channel = ?1 and state = 'pending'",
      channel,
      nowMs,
    );
  }
}
