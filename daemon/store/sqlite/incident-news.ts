import type { Finding } from '../../finding.js';
import type { EndedFinding, Incident, IncidentNews } from '../../incident.js';
import { type Meanwhile, toldWithLinks } from '../../policy/link-ended.js';
import { foundNumber, number, numberOrNull } from './columns.js';
import type { Statements } from './database.js';
import { SqliteFindingReader } from './finding-reader.js';
import { acknowledgementIn, endedFindingIn, findingIn, incidentIn } from './rows.js';

/** How many that were told last are looked at for what belongs to an access link. */
const LAST_TOLD = 200;

/** What an incident has to tell to whoever was told of it up to the event `since`. Cheap however much happened before that. */
export function newsOf(sql: Statements, id: string, since: number, reminds: boolean): IncidentNews {
  const row = sql.get('select * from incident where id = ?', id);
  if (row === null) throw new RangeError('no such incident');
  const incident = incidentIn(row);
  const ended = sql.all(
    `select * from finding where incident = ? and ended_event > ? and told_event is not null order by id`,
    id,
    since,
  );
  const acknowledgements = sql.all(
    'select * from acknowledgement where incident = ?1 and (event > ?2 or ended_event > ?2) order by id',
    id,
    since,
  );
  const expired = acknowledgements.filter(
    (one) => one['ending'] === 'expired' && (numberOrNull(one, 'ended_event') ?? 0) > since,
  );
  const remindsNow = reminds && row['state'] === 'open';
  const showsAll = expired.length > 0 || remindsNow;
  // Who is woken because nobody answers for it, or not any more, must see what it is.
  const fresh = sql.all(
    'select * from finding where incident = ? and told_event > ? and ended_ms is null order by id',
    id,
    showsAll ? 0 : since,
  );
  const news = {
    fresh: fresh.map(findingIn),
    ended: ended.map((one) => ({ ...endedFindingIn(one), unnotified: number(one, 'told_event') > since })),
  };
  return {
    incident,
    since,
    ...news,
    toldBefore: showsAll
      ? []
      : toldWithLinks([...news.fresh, ...news.ended], (meanwhile) => lastTold(sql, { id, since, meanwhile })),
    open: new SqliteFindingReader(sql).countOpenOf(id),
    reverts:
      foundNumber(
        sql.get(
          `select max(count) as found from (
             select count(*) as count from finding where incident = ?1 and ending = 'reverted' and record in (
               select record from finding where incident = ?1 and (told_event > ?2 or ended_event > ?2))
             group by record)`,
          id,
          since,
        ),
      ) ?? 0,
    acknowledged: acknowledgements.filter((one) => number(one, 'event') > since).map(acknowledgementIn),
    expired: expired.map(acknowledgementIn),
    resolved: (numberOrNull(row, 'resolved_event') ?? 0) > since,
    unanswered: remindsNow ? unansweredOf(sql, incident) : null,
  };
}

/**
 * What was told last up to the event `since` and came about meanwhile: what is still so, and what ended. The limits stand inside, so that no more is walked however
 * much ended.
 */
function lastTold(
  sql: Statements,
  {
    id,
    since,
    meanwhile: { fromMs, toMs },
  }: { readonly id: string; readonly since: number; readonly meanwhile: Meanwhile },
): readonly (Finding | EndedFinding)[] {
  const open = sql.all(
    `select * from (select * from finding where incident = ? and told_event <= ? order by told_event desc, id desc limit ${LAST_TOLD})
     where ended_ms is null and first_seen_ms between ? and ?`,
    id,
    since,
    fromMs,
    toMs,
  );
  const ended = sql.all(
    `select * from (select * from finding where incident = ? and ended_event <= ? order by ended_event desc, id desc limit ${LAST_TOLD})
     where told_event is not null and ended_ms between ? and ?`,
    id,
    since,
    fromMs,
    toMs,
  );
  return [...open.map(findingIn), ...ended.map(endedFindingIn)];
}

function unansweredOf(sql: Statements, { id, unansweredMs }: Incident): IncidentNews['unanswered'] {
  const noticedMs = foundNumber(sql.get('select max(at_ms) as found from escalation where incident = ?', id));
  return unansweredMs === null || noticedMs === null ? null : { sinceMs: unansweredMs, noticedMs };
}
