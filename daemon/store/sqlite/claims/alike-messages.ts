import { alikeKey, NEVER_SHARED_KINDS, TOLD_BEFORE_SHARED } from '../../../policy/alike.js';
import { waitingRanks } from '../../../policy/quiet-hours.js';
import { type AlikeMessage, type Claim, LONGEST_DELAY_MS } from '../../port/deliveries.js';
import { flag, foundNumber, number, textColumn } from '../columns.js';
import type { Row, Statements } from '../database.js';
import { newsOf } from '../incident-news.js';

/** Messages that are looked at beside one that is claimed. */
const MOST = 500;
/** Characters that a site takes beside its name: its incident and what stands between. */
const AROUND_A_NAME = 10;

/** What the first finding of an incident is, for an index lookup in place of all of its news. */
const FIRST_SUBJECT =
  '(select subject from finding where finding.incident = outbox.incident and ended_ms is null order by id limit 1)';

/**
 * Claims beside a message of an incident those of other sites that have the very same to tell, as many as have room in the message. They are pages on their
 * first way, or repeated as often as it: what may have arrived of one may have of all.
 */
export function claimAlike(sql: Statements, claimed: Row, claim: Claim): AlikeMessage[] {
  const room = claim.alikeCharacters ?? 0;
  if (room === 0 || claimed['standing'] !== 'page') return [];
  const key = keyOf(sql, claimed);
  if (key === null) return [];
  let left = room;
  const alike: AlikeMessage[] = [];
  for (const row of candidates(sql, claimed, claim)) {
    const site = textColumn(row, 'site');
    if (keyOf(sql, row) !== key) continue;
    left -= site.length + AROUND_A_NAME;
    if (left < 0) break;
    const id = number(row, 'id');
    sql.run(
      `update outbox set state = 'claimed', attempts = attempts + 1,
         covers = (select event from incident where incident.id = outbox.incident) where id = ?`,
      id,
    );
    alike.push({ id, incident: textColumn(row, 'incident'), site });
  }
  return alike;
}

/** A message as severe as one that others may share, about what never is shared: it goes first. Null where there is none, or where nothing is shared. */
export function messageBeforeShared(sql: Statements, claimed: Row, claim: Claim): number | null {
  if ((claim.alikeCharacters ?? 0) === 0 || claim.ofAlert != null || claimed['standing'] !== 'page')
    return null;
  if (keyOf(sql, claimed) === null) return null;
  return foundNumber(
    sql.get(
      `select id as found from outbox where channel = ?1 and part = ?2 and state = 'pending' and standing = 'page' and severity_rank = ?3
         and (next_attempt_ms <= ?4 or next_attempt_ms > ?4 + ${LONGEST_DELAY_MS}) and not (may_wait and ?5 >> severity_rank & 1)
         and exists (select 1 from finding indexed by finding_open_of_incident where finding.incident = outbox.incident and ended_ms is null
           and (subject ->> '$.kind' in (select value from json_each(?6)) or subject ->> '$.what' in (select value from json_each(?7))))
       order by id limit 1`,
      textColumn(claimed, 'channel'),
      textColumn(claimed, 'part'),
      number(claimed, 'severity_rank'),
      claim.nowMs,
      waitingRanks(claim.quiet ?? null),
      JSON.stringify(NEVER_SHARED_KINDS),
      JSON.stringify(TOLD_BEFORE_SHARED),
    ),
  );
}

function candidates(sql: Statements, claimed: Row, { nowMs, quiet = null }: Claim): Row[] {
  return sql.all(
    `select outbox.*, incident.site as site from outbox join incident on incident.id = outbox.incident
     where channel = ?1 and part = ?2 and outbox.state = 'pending' and standing = 'page' and severity_rank = ?3
       and attempts = ?4 - 1 and reminds = ?5 and instead_of is ?6 and incident.site <> ?7
       and (next_attempt_ms <= ?8 or next_attempt_ms > ?8 + ${LONGEST_DELAY_MS}) and not (may_wait and ?9 >> severity_rank & 1)
       and ${FIRST_SUBJECT} = (select subject from finding where incident = ?10 and ended_ms is null order by id limit 1)
     order by incident.site, outbox.id limit ${MOST}`,
    textColumn(claimed, 'channel'),
    textColumn(claimed, 'part'),
    number(claimed, 'severity_rank'),
    number(claimed, 'attempts'),
    number(claimed, 'reminds'),
    claimed['instead_of'] ?? null,
    siteOf(sql, textColumn(claimed, 'incident')),
    nowMs,
    waitingRanks(quiet),
    textColumn(claimed, 'incident'),
  );
}

function siteOf(sql: Statements, incident: string): string {
  const row = sql.get('select site from incident where id = ?', incident);
  if (row === null) throw new RangeError('no such incident');
  return textColumn(row, 'site');
}

/** Null for what was told there before, in part at least: the rest of it is not the same as what another site has to tell. */
function keyOf(sql: Statements, row: Row): string | null {
  const since = number(row, 'since');
  const reminds = flag(row, 'reminds');
  if (since !== 0 && !reminds) return null;
  return alikeKey(newsOf(sql, textColumn(row, 'incident'), since, reminds));
}
