import type { Channel } from '../../channel.js';
import { FAILOVER_AFTER_MS } from '../../policy/route.js';
import type { FailingMessage, OrphanedMessage } from '../port/deliveries.js';
import { columnOneOf, flag, number, textColumn, textOrNull } from './columns.js';
import type { Row, Statements } from './database.js';
import { UNCONSIDERED } from './delivery-reader.js';
import { insertNotice } from './notices.js';
import { pendingOf, type SqlitePendingNotifications, UNDELIVERED } from './pending-notifications.js';

/** The parts of the channels that are configured, given as pairs of both names in ?1. */
const CONFIGURED = 'configured as (select value ->> 0 as channel, value ->> 1 as part from json_each(?1))';
/** What another part has told of the same, or will: the alert itself, or all that its incident has to tell. */
const TOLD_ELSEWHERE = `exists (select 1 from outbox other join configured using (channel, part)
  where other.alert = outbox.alert or (outbox.standing <> 'notice' and other.standing <> 'notice' and other.incident = outbox.incident
    and (other.state in ('pending', 'claimed') or (other.state = 'delivered' and other.covers =
      (select event from incident where incident.id = outbox.incident)))))`;
/** It goes to somebody's former address, whom the operator's own channels do not stand in for. */
const FOR_A_STRANGER = `exists (select 1 from alert where alert.id = outbox.alert and alert.body ->> '$.type' = 'address-changed')`;

/** It has failed since ?1, or since a time yet to come: then the clock was set back, and nobody knows for how long. */
const LONG_FAILING = `(failing_since_ms <= ?1 or failing_since_ms > ?1 + ${FAILOVER_AFTER_MS})`;
const TOLD: Readonly<Record<OrphanedMessage['standing'], true>> = {
  told: true,
  stranger: true,
  untold: true,
};

/** Passes on to other channels what a channel does not take, in the transaction of its caller. */
export class SqlitePassingOn {
  constructor(
    private readonly sql: Statements,
    private readonly slots: SqlitePendingNotifications,
  ) {}

  failing(sinceMs: number): FailingMessage[] {
    return this.sql
      .all(
        `select * from outbox where ${UNCONSIDERED} and (${LONG_FAILING} or state = 'failed') order by id`,
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

  orphans(channels: readonly Channel[]): OrphanedMessage[] {
    const parts = channels.flatMap(({ name, parts: own }) => own.map((part) => [name, part]));
    // Former addresses are among nobody's parts.
    const writing = channels.filter(({ formerPart }) => formerPart !== undefined).map(({ name }) => name);
    return this.sql
      .all(
        `with ${CONFIGURED}
         select *, iif(${TOLD_ELSEWHERE}, 'told', iif(${FOR_A_STRANGER}, 'stranger', 'untold')) as told from outbox
         where ${UNDELIVERED} and not exists (select 1 from configured where configured.channel = outbox.channel and configured.part = outbox.part)
           and not (channel in (select value from json_each(?2)) and ${FOR_A_STRANGER}) order by +id`,
        JSON.stringify(parts),
        JSON.stringify(writing),
      )
      .map((row) => ({
        id: number(row, 'id'),
        channel: textColumn(row, 'channel'),
        alertId: textColumn(row, 'alert'),
        incident: textOrNull(row, 'incident'),
        standing: columnOneOf(row, 'told', TOLD),
      }));
  }

  passOn(message: number, to: Channel | null, atMs: number): void {
    const row = this.sql.get('update outbox set considered = 1 where id = ? returning *', message);
    if (row === null || to === null) return;
    const channel = textColumn(row, 'channel');
    // Somebody else whom the same channel writes to does not stand in for it.
    const insteadOf = channel === to.name ? null : channel;
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
           and not coalesce(${LONG_FAILING}, 0))) as hopeful
         from outbox where alert = ?2 and channel <> ?3 group by channel`,
        sinceMs,
        textColumn(row, 'alert'),
        textColumn(row, 'channel'),
      )
      .map((other) => ({ channel: textColumn(other, 'channel'), hopeful: flag(other, 'hopeful') }));
  }
}
