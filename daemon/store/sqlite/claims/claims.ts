import { type Quiet, waitingRanks } from '../../../policy/quiet-hours.js';
import {
  type Claim,
  LONGEST_DELAY_MS,
  type MessageContent,
  type OutboxMessage,
  type Probe,
} from '../../port/deliveries.js';
import { keptAlert } from '../alert-texts.js';
import { flag, foundNumber, number, textColumn, textOrNull } from '../columns.js';
import type { Row, Statements } from '../database.js';
import { newsOf } from '../incident-news.js';
import type { SqlitePendingNotifications } from '../pending-notifications.js';
import { rankedSeverityIn, roleIn } from '../rows.js';
import { claimAlike, messageBeforeShared } from './alike-messages.js';

/** The order in which a channel gets what waits for it. */
const WORST_FIRST = "severity_rank, standing = 'follow-up', part_rank, id";

/** What a claim writes. */
const CLAIMED = `state = 'claimed', attempts = attempts + 1,
         covers = (select event from incident where incident.id = outbox.incident),
         since = coalesce((select max(told.covers) from outbox told where told.state = 'delivered' and told.incident = outbox.incident
                             and told.channel = outbox.channel and told.part = outbox.part), since)`;

/** By the time ?2, a clock that was set back (?3) included. */
const DUE = '(next_attempt_ms <= ?2 or next_attempt_ms > ?2 + ?3)';

/** Claims messages to be sent now, in the transaction of its caller. */
export class SqliteClaims {
  constructor(
    private readonly sql: Statements,
    private readonly slots: SqlitePendingNotifications,
  ) {}

  claim(wanted: Claim): OutboxMessage | null {
    const { channel, nowMs, ofAlert = null, quiet = null, probe = null } = wanted;
    const row = this.sql.get(
      `update outbox set ${CLAIMED}
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
    return row && this.#messageOf(this.#moneyFirst(row, wanted) ?? row, wanted);
  }

  /** Claims, in place of a message that others share, one as severe that is about money or people with power; null when there is none. */
  #moneyFirst(row: Row, wanted: Claim): Row | null {
    const first = messageBeforeShared(this.sql, row, wanted);
    if (first === null) return null;
    this.sql.run(
      "update outbox set state = 'pending', attempts = attempts - 1 where id = ?",
      number(row, 'id'),
    );
    return this.#claimOne(first);
  }

  #claimOne(id: number): Row | null {
    return this.sql.get(`update outbox set ${CLAIMED} where id = ? and state = 'pending' returning *`, id);
  }

  #messageOf(row: Row, wanted: Claim): OutboxMessage {
    const content = this.#contentOf(row);
    const thread = content.role === 'follow-up' ? this.slots.pageReceipt(row) : null;
    const id = number(row, 'id');
    return {
      id,
      channel: textColumn(row, 'channel'),
      part: textColumn(row, 'part'),
      severity: rankedSeverityIn(row),
      alertId: textColumn(row, 'alert'),
      attempt: number(row, 'attempts') + this.slots.givenUpAttempts(row),
      // Who was never sent the page is sent it now, whatever made this message.
      content: content.role === 'follow-up' && thread === null ? this.#asPage(id, content) : content,
      thread,
      insteadOf: textOrNull(row, 'instead_of'),
      createdMs: number(row, 'created_ms'),
      alike: claimAlike(this.sql, row, wanted),
    };
  }

  #contentOf(row: Row): MessageContent {
    const role = roleIn(row);
    if (role === 'notice') return { role, alert: keptAlert(this.sql, textColumn(row, 'alert')) };
    const news = newsOf(this.sql, textColumn(row, 'incident'), number(row, 'since'), flag(row, 'reminds'));
    return { role, page: number(row, 'page'), news };
  }

  #asPage(id: number, content: Exclude<MessageContent, { role: 'notice' }>): MessageContent {
    this.sql.run("update outbox set standing = 'page' where id = ?", id);
    return { ...content, role: 'page' };
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
}
