/**
 * An incident knows since when nobody answers for it, and which steps of its ladder it took since. A message knows whether it reminds, hence
 * tells all that is still so, and whether quiet hours may hold it back. What is open and unanswered has been so since it was last told.
 */
export const escalationAndQuietHours = `
  alter table incident add column unanswered_ms integer;
  update incident set unanswered_ms =
    coalesce((select max(told_ms) from finding where finding.incident = incident.id), opened_ms)
    where state = 'open' and page > 0;

  create table escalation (
    incident text not null references incident (id),
    step text not null,
    time integer not null,
    at_ms integer not null,
    primary key (incident, step, time)
  ) strict, without rowid;

  alter table outbox add column reminds integer not null default 0;
  alter table outbox add column may_wait integer not null default 0;
  create index outbox_last_page on outbox (incident, channel, part, page) where standing <> 'notice';
`;
