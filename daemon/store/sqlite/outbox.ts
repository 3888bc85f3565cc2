import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../../baselines/index.js';
import { type Alert, SEVERITIES } from '../../../notifiers/index.js';
import type { Channel } from '../../channel.js';
import { type Quiet, waitingRanks } from '../../policy/quiet-hours.js';
import {
  type FailingMessage,
  LONGEST_DELAY_MS,
  type MessageContent,
  type OutboxMessage,
  type Probe,
  type StoreTransaction,
} from '../store.js';
import { alertOf, alertText } from '../written-form.js';
import type { Row, Statements } from './database.js';
import { newsOf } from './incident-news.js';
import { pendingOf, SqlitePendingNotifications, UNDELIVERED } from './pending-notifications.js';
import { foundNumber, severityOf } from './rows.js';

/** One attempt at a message, for the journal. */
export interface Attempted {
  readonly alert: string;
  readonly incident: string | null;
  readonly channel: string;
  readonly part: string;
  readonly attempts: number;
  /** Hex SHA-256 of the text of the alert that arrived. */
  readonly digest?: string;
}

/** The order in which a channel gets what waits for it. */
const WORST_FIRST = "severity_rank, standing = 'follow-up', part_rank, id";

/** By the time ?2, a clock that was set back (?3) included. */
const DUE = '(next_attempt_ms <= ?2 or next_attempt_ms > ?2 + ?3)';

/** Still to be considered for another channel: severe, and failing or refused. */
const UNCONSIDERED = `considered = 0 and failing_since_ms is not null and ${UNDELIVERED}
  and severity_rank <= ${SEVERITIES.indexOf('high')}`;

/**
 * The outbox within one SQLite database. Every method runs in the transaction of its caller.
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
 * | refused for good, or given up                     | failed; `covers` does not count     | the next message of the incident starts before it; shown as degraded |
 * | while an alert is passed on to another channel    | one transaction                     | either both messages are owed or it is considered again |
 */
export class SqliteOutbox {
  readonly #places: SqlitePendingNotifications;

  constructor(private readonly sql: Statements) {
    this.#places = new SqlitePendingNotifications(sql);
  }

  /** Returns the hex SHA-256 of the alert's text; null when it was enqueued before: composing the same again gives the same id. */
  enqueue(alert: Alert, channels: readonly Channel[], atMs: number, mayWait: boolean): string | null {
    const { isNew, digest } = this.#keep(alert, atMs);
    const { id, incident } = alert;
    const rank = SEVERITIES.indexOf(alert.severity);
    for (const channel of channels) {
      this.#insertNotice(
        { alert: id, incident, severityRank: rank, insteadOf: null, mayWait },
        channel,
        atMs,
      );
    }
    return isNew ? digest : null;
  }

  /** Returns the id of the alert it will become. */
  addPending(
    pending: Parameters<StoreTransaction['addPending']>[0],
    channels: readonly Channel[],
    atMs: number,
  ): string {
    const { incident, role, severity, mayWait = false, reminds = false } = pending;
    const row = this.sql.get('select page, event from incident where id = ?', incident);
    if (row === null) throw new RangeError('no such incident');
    const alert = randomBytes(8).toString('hex');
    for (const { name: channel, parts } of channels) {
      for (const [partRank, part] of parts.entries()) {
        const slot = { incident, channel, part };
        this.#places.join(slot, partRank, null, {
          alert,
          role,
          // Who was not sent the last page goes on with the one that was sent there.
          page: (role === 'follow-up' ? this.#places.lastPage(slot) : null) ?? Number(row['page']),
          severity,
          since: this.#places.notifiedUpTo(slot) ?? Number(row['event']) - 1,
          nextAttemptMs: atMs,
          createdMs: atMs,
          reminds,
          mayWait,
        });
      }
    }
    return alert;
  }

  /** Whether a message of the incident was ever owed to a channel; of one page when `page` is not null. */
  wasNotified(incident: string, channel: string, page: number | null): boolean {
    const found = this.sql.get(
      `select 1 from outbox where incident = ?1 and channel = ?2 and standing <> 'notice' and (?3 is null or page = ?3) limit 1`,
      incident,
      channel,
      page,
    );
    return found !== null;
  }

  claim(
    channel: string,
    nowMs: number,
    ofAlert: string | null,
    quiet: Quiet | null,
    probe: Probe | null,
  ): OutboxMessage | null {
    const row = this.sql.get(
      `update outbox set state = 'claimed', attempts = attempts + 1,
         covers = (select event from incident where incident.id = outbox.incident),
         since = coalesce((select max(told.covers) from outbox told where told.state = 'delivered' and told.incident = outbox.incident
                             and told.channel = outbox.channel and told.part = outbox.part), since)
       where id = (select id from outbox where channel = ?1 and state = 'pending' and (?4 is null or alert = ?4)
                     and ((${DUE} and not (may_wait and ?5 >> severity_rank & 1)) or id = ?6)
                   order by ${WORST_FIRST} limit 1)
         and state = 'pending'
       returning *`,
      channel,
      nowMs,
      LONGEST_DELAY_MS,
      ofAlert,
      waitingRanks(quiet),
      probe === null ? null : this.#worst(channel, nowMs, quiet, probe),
    );
    if (row === null) return null;
    const content = this.#contentOf(row);
    const thread = content.role === 'follow-up' ? this.#places.pageReceipt(row) : null;
    return {
      id: Number(row['id']),
      channel,
      part: String(row['part']),
      severity: severityOf(row),
      alertId: String(row['alert']),
      attempt: Number(row['attempts']),
      // Who was never sent the page is sent it now, whatever made this message.
      content:
        content.role === 'follow-up' && thread === null ? this.#asPage(Number(row['id']), content) : content,
      thread,
      insteadOf: row['instead_of'] === null ? null : String(row['instead_of']),
      createdMs: Number(row['created_ms']),
    };
  }

  /** Keeps the alert as well that the message became. Null when the message is not claimed any more. */
  delivered(id: number, receipt: string, nowMs: number, alert: Alert | null): Attempted | null {
    const row = this.sql.get(
      `update outbox set state = 'delivered', receipt = ?, delivered_ms = ?, last_error = null, failing_since_ms = null
       where id = ? and state = 'claimed' returning *`,
      receipt,
      nowMs,
      id,
    );
    if (row === null) return null;
    this.#releaseWhatWaited(String(row['channel']), nowMs);
    this.sql.run(
      `insert into channel (name, delivered_ms) values (?, ?)
       on conflict (name) do update set delivered_ms = excluded.delivered_ms`,
      row['channel'] ?? null,
      nowMs,
    );
    return { ...attemptedOf(row), ...(alert === null ? {} : { digest: this.#keep(alert, nowMs).digest }) };
  }

  /** Null when the message is not claimed any more. */
  notDelivered(id: number, reason: string, nextAttemptMs: number | null, nowMs: number): Attempted | null {
    const row = this.sql.get(
      `update outbox set last_error = ?, failing_since_ms = coalesce(failing_since_ms, ?), next_attempt_ms = ?
       where id = ? and state = 'claimed' returning *`,
      reason,
      nowMs,
      nextAttemptMs ?? nowMs,
      id,
    );
    if (row === null) return null;
    if (nextAttemptMs === null) this.#places.setState(id, 'failed');
    else this.#places.putBack(row);
    this.sql.run(
      `insert into channel (name, failed_ms, failure) values (?, ?, ?)
       on conflict (name) do update set failed_ms = excluded.failed_ms, failure = excluded.failure`,
      row['channel'] ?? null,
      nowMs,
      reason,
    );
    return attemptedOf(row);
  }

  retryUndelivered(nowMs: number): number {
    const undelivered = this.sql.all(`select * from outbox where ${UNDELIVERED} order by +id`);
    for (const row of undelivered) if (row['state'] !== 'pending') this.#places.putBack(row);
    this.sql.run(
      `update outbox set next_attempt_ms = min(next_attempt_ms, ?) where ${UNDELIVERED} and state = 'pending'`,
      nowMs,
    );
    return undelivered.length;
  }

  nextDueMs(channel: string, quiet: Quiet | null): number | null {
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

  failing(sinceMs: number): FailingMessage[] {
    const rows = this.sql.all(
      `select * from outbox where ${UNCONSIDERED} and (failing_since_ms <= ? or state = 'failed') order by id`,
      sinceMs,
    );
    return rows.map((row) => ({
      id: Number(row['id']),
      channel: String(row['channel']),
      alertId: String(row['alert']),
      incident: row['incident'] === null ? null : String(row['incident']),
      others: this.sql
        .all(
          `select channel, max(state = 'delivered' or (state in ('pending', 'claimed')
             and coalesce(failing_since_ms > ?, 1))) as hopeful
           from outbox where alert = ? and channel <> ? group by channel`,
          sinceMs,
          row['alert'] ?? null,
          row['channel'] ?? null,
        )
        .map((other) => ({ channel: String(other['channel']), hopeful: Number(other['hopeful']) === 1 })),
    }));
  }

  passOn(message: number, to: Channel | null, atMs: number): void {
    const row = this.sql.get('update outbox set considered = 1 where id = ? returning *', message);
    if (row === null || to === null) return;
    const instead = String(row['channel']);
    if (row['standing'] === 'notice') {
      const notice = {
        alert: String(row['alert']),
        incident: row['incident'] === null ? null : String(row['incident']),
        severityRank: Number(row['severity_rank']),
        insteadOf: instead,
        mayWait: false,
      };
      this.#insertNotice(notice, to, atMs);
      return;
    }
    for (const [partRank, part] of to.parts.entries()) {
      const slot = { incident: String(row['incident']), channel: to.name, part };
      const pending = { ...pendingOf(row), nextAttemptMs: atMs, createdMs: atMs };
      this.#places.join(slot, partRank, instead, {
        ...pending,
        since: this.#places.notifiedUpTo(slot) ?? pending.since,
      });
    }
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

  /** The most severe message, when any is due and it is not to be left out. Null: what is due goes by itself. */
  #worst(channel: string, nowMs: number, quiet: Quiet | null, { except }: Probe): number | null {
    const worst = foundNumber(
      this.sql.get(
        `select id as found from outbox where channel = ?1 and state = 'pending' and not (may_wait and ?4 >> severity_rank & 1)
           and exists (select 1 from outbox where channel = ?1 and state = 'pending' and ${DUE}
             and not (may_wait and ?4 >> severity_rank & 1))
         order by ${WORST_FIRST} limit 1`,
        channel,
        nowMs,
        LONGEST_DELAY_MS,
        waitingRanks(quiet),
      ),
    );
    return worst === except ? null : worst;
  }

  /** Keeps an alert's text, the first that has its id. */
  #keep(alert: Alert, atMs: number): { readonly isNew: boolean; readonly digest: string } {
    const body = alertText(alert);
    const inserted = this.sql.run(
      'insert into alert (id, incident, severity, body, created_ms) values (?, ?, ?, ?, ?) on conflict do nothing',
      alert.id,
      alert.incident,
      alert.severity,
      body,
      atMs,
    );
    return { isNew: inserted > 0, digest: sha256Hex(body) };
  }

  #insertNotice(
    {
      alert,
      incident,
      severityRank,
      insteadOf,
      mayWait,
    }: {
      readonly alert: string;
      readonly incident: string | null;
      readonly severityRank: number;
      readonly insteadOf: string | null;
      readonly mayWait: boolean;
    },
    channel: Channel,
    atMs: number,
  ): void {
    for (const [partRank, part] of channel.parts.entries()) {
      this.sql.run(
        `insert into outbox (alert, standing, incident, channel, part, part_rank, severity_rank, state, next_attempt_ms,
           instead_of, created_ms, may_wait)
         values (?, 'notice', ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?) on conflict do nothing`,
        alert,
        incident,
        channel.name,
        part,
        partRank,
        severityRank,
        atMs,
        insteadOf,
        atMs,
        mayWait ? 1 : 0,
      );
    }
  }

  #contentOf(row: Row): MessageContent {
    const role = String(row['standing']) as MessageContent['role'];
    if (role === 'notice') {
      const alert = this.sql.get('select body from alert where id = ?', row['alert'] ?? null);
      return { role, alert: alertOf(String(alert?.['body'])) };
    }
    const reminds = Number(row['reminds']) === 1;
    const news = newsOf(this.sql, String(row['incident']), Number(row['since']), reminds);
    return { role, page: Number(row['page']), news };
  }

  #asPage(id: number, content: Exclude<MessageContent, { role: 'notice' }>): MessageContent {
    this.sql.run("update outbox set standing = 'page' where id = ?", id);
    return { ...content, role: 'page' };
  }
}

function attemptedOf(row: Row): Attempted {
  return {
    alert: String(row['alert']),
    incident: row['incident'] === null ? null : String(row['incident']),
    channel: String(row['channel']),
    part: String(row['part']),
    attempts: Number(row['attempts']),
  };
}
