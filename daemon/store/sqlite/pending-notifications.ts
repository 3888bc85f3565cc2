import { SEVERITIES } from '../../../notifiers/index.js';
import { mergePending, type PendingNotification } from '../../policy/pending-notification.js';
import { columnOneOf, flag, foundNumber, number, numberOrNull, textColumn } from './columns.js';
import type { Row, Statements } from './database.js';
import { rankedSeverityIn } from './rows.js';

/** Where a message of an incident belongs: of those, one waits at most. */
export interface Slot {
  readonly incident: string;
  readonly channel: string;
  readonly part: string;
}

/** A slot that something is to be told at. */
export interface NewSlot extends Slot {
  /** Place of the part among those of its channel: 0 is the most urgent. */
  readonly partRank: number;
  /** The channel that does not take the alert, so that it goes here as well; null when it was routed here. */
  readonly insteadOf: string | null;
}

/** What a slot was sent so far. */
export interface SlotState {
  /** The last page of which it was sent, or is to be sent, anything; null when there is none. */
  readonly lastPage: number | null;
  /** The event up to which it was notified, or will be by what is under way; null when it never was sent anything. */
  readonly notifiedUpTo: number | null;
  /** Whether a message waits there. */
  readonly isWaiting: boolean;
}

/** What the index over messages that are not delivered was made with, word by word, so that SQLite uses it. */
export const UNDELIVERED = "state in ('pending', 'claimed', 'failed')";

const AT_SLOT = 'from outbox where incident = ?1 and channel = ?2 and part = ?3';
const STATE_OF_SLOT = `select
  (select max(page) ${AT_SLOT} and standing <> 'notice') as page,
  (select max(covers) ${AT_SLOT} and state = 'delivered') as delivered,
  (select min(since) ${AT_SLOT} and ${UNDELIVERED} and state <> 'pending' and standing <> 'notice') as under_way,
  (select id ${AT_SLOT} and state = 'pending' and standing <> 'notice') as waiting`;

/** Pending notifications of incidents, slot by slot. Every method runs in the transaction of its caller. */
export class SqlitePendingNotifications {
  constructor(private readonly sql: Statements) {}

  /** Something is to be told at a slot in this state: by the message that waits there, or by a new one. */
  join(
    { incident, channel, part, partRank, insteadOf }: NewSlot,
    { isWaiting }: Pick<SlotState, 'isWaiting'>,
    pending: PendingNotification,
  ): void {
    const waiting = isWaiting ? this.#waitingAt({ incident, channel, part }) : null;
    if (waiting !== null) {
      this.#rewrite(number(waiting, 'id'), mergePending(pendingOf(waiting), pending));
      return;
    }
    this.sql.run(
      `insert into outbox (alert, standing, incident, page, since, channel, part, part_rank, severity_rank, state,
         next_attempt_ms, instead_of, created_ms, reminds, may_wait)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?)`,
      pending.alert,
      pending.role,
      incident,
      pending.page,
      pending.since,
      channel,
      part,
      partRank,
      SEVERITIES.indexOf(pending.severity),
      pending.nextAttemptMs,
      insteadOf,
      pending.createdMs,
      pending.reminds ? 1 : 0,
      pending.mayWait ? 1 : 0,
    );
  }

  /** A claimed message waits again. If a newer one of its incident waits already, that one takes over what it was to tell. */
  putBack(row: Row): void {
    const id = number(row, 'id');
    const newer = row['standing'] === 'notice' ? null : this.#waitingAt(slotOf(row));
    if (newer === null) {
      this.setState(id, 'pending');
      return;
    }
    this.setState(id, 'merged');
    this.sql.run('update outbox set failing_since_ms = null where id = ?', id);
    this.#rewrite(number(newer, 'id'), mergePending(pendingOf(row), pendingOf(newer)));
    this.sql.run(
      'update outbox set attempts = attempts + ?, failing_since_ms = ?, last_error = ? where id = ?',
      row['attempts'] ?? 0,
      row['failing_since_ms'] ?? null,
      row['last_error'] ?? null,
      number(newer, 'id'),
    );
  }

  /** What a slot was sent so far, in one question: each alert asks it of each of its parts. */
  stateOf({ incident, channel, part }: Slot): SlotState {
    const found = this.sql.get(STATE_OF_SLOT, incident, channel, part);
    if (found === null) throw new RangeError('a question without an answer');
    return {
      lastPage: numberOrNull(found, 'page'),
      // What is under way or was refused may not have arrived: whatever comes next starts before it.
      notifiedUpTo: numberOrNull(found, 'delivered') ?? numberOrNull(found, 'under_way'),
      isWaiting: numberOrNull(found, 'waiting') !== null,
    };
  }

  /** Receipt of the page of a message's incident at its slot; null when it never arrived there. */
  pageReceipt(row: Row): string | null {
    const page = this.sql.get(
      `select receipt from outbox where incident = ? and channel = ? and part = ? and page = ? and state = 'delivered'
         and standing = 'page' order by id desc limit 1`,
      row['incident'] ?? null,
      row['channel'] ?? null,
      row['part'] ?? null,
      row['page'] ?? null,
    );
    return page === null ? null : textColumn(page, 'receipt');
  }

  /**
   * Attempts of messages that were given up and whose news the claimed message of a row tells again: any of them may have arrived, all but
   * the last with its answer lost.
   */
  givenUpAttempts(row: Row): number {
    if (row['standing'] === 'notice') return 0;
    const { incident, channel, part } = slotOf(row);
    const found = this.sql.get(
      `select sum(attempts) as found from outbox where incident = ? and channel = ? and part = ? and state = 'failed'
         and standing <> 'notice' and covers > ? and id <> ?`,
      incident,
      channel,
      part,
      number(row, 'since'),
      number(row, 'id'),
    );
    return foundNumber(found) ?? 0;
  }

  setState(id: number, state: 'pending' | 'failed' | 'merged'): void {
    this.sql.run('update outbox set state = ? where id = ?', state, id);
  }

  #rewrite(id: number, pending: PendingNotification): void {
    const { alert, role, page, severity, since, nextAttemptMs, createdMs, reminds, mayWait } = pending;
    this.sql.run(
      `update outbox set alert = ?, standing = ?, page = ?, severity_rank = ?, since = ?, next_attempt_ms = ?, created_ms = ?,
         reminds = ?, may_wait = ?, considered = 0
       where id = ?`,
      alert,
      role,
      page,
      SEVERITIES.indexOf(severity),
      since,
      nextAttemptMs,
      createdMs,
      reminds ? 1 : 0,
      mayWait ? 1 : 0,
      id,
    );
  }

  #waitingAt({ incident, channel, part }: Slot): Row | null {
    return this.sql.get(
      `select * from outbox where incident = ? and channel = ? and part = ? and state = 'pending' and standing <> 'notice'`,
      incident,
      channel,
      part,
    );
  }
}

const INCIDENT_ROLE: Readonly<Record<PendingNotification['role'], true>> = { page: true, 'follow-up': true };

/** What the row of a message of an incident is to tell. */
export function pendingOf(row: Row): PendingNotification {
  return {
    alert: textColumn(row, 'alert'),
    role: columnOneOf(row, 'standing', INCIDENT_ROLE),
    page: number(row, 'page'),
    severity: rankedSeverityIn(row),
    since: number(row, 'since'),
    nextAttemptMs: number(row, 'next_attempt_ms'),
    createdMs: number(row, 'created_ms'),
    reminds: flag(row, 'reminds'),
    mayWait: flag(row, 'may_wait'),
  };
}

function slotOf(row: Row): Slot {
  return {
    incident: textColumn(row, 'incident'),
    channel: textColumn(row, 'channel'),
    part: textColumn(row, 'part'),
  };
}
