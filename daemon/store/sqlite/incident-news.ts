import type { Incident, IncidentNews } from '../../incident.js';
import { foundNumber, number, numberOrNull } from './columns.js';
import type { Statements } from './database.js';
import { SqliteFindingReader } from './finding-reader.js';
import { acknowledgementIn, endedFindingIn, findingIn, incidentIn } from './rows.js';

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
  // Who is woken because nobody answers for it, or not any more, must see what it is.
  const fresh = sql.all(
    'select * from finding where incident = ? and told_event > ? and ended_ms is null order by id',
    id,
    expired.length > 0 || remindsNow ? 0 : since,
  );
  return {
    incident,
    since,
    fresh: fresh.map(findingIn),
    ended: ended.map((one) => ({ ...endedFindingIn(one), unnotified: number(one, 'told_event') > since })),
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

function unansweredOf(sql: Statements, { id, unansweredMs }: Incident): IncidentNews['unanswered'] {
  const noticedMs = foundNumber(sql.get('select max(at_ms) as found from escalation where incident = ?', id));
  return unansweredMs === null || noticedMs === null ? null : { sinceMs: unansweredMs, noticedMs };
}
