/**
 * Incidents count events and pages, and a message of an incident says what is owed instead of holding its text. An event is one recorded step of
 * an incident; findings and acknowledgements name the one in which they were told or ended, so that a message knows what came
 * after the last one that arrived. What was waiting before keeps the text it had.
 */
export const messagesComposedWhenSent = `
  alter table incident add column page integer not null default 0;
  alter table incident add column event integer not null default 0;
  alter table incident add column observed_ms integer;
  alter table incident add column resolved_event integer;

  alter table finding add column record text;
  alter table finding add column told_event integer;
  alter table finding add column ended_event integer;
  update finding set told_event = 1 where told_ms is not null;
  update finding set ended_event = 1 where ended_ms is not null;
  update incident set event = 1, observed_ms = opened_ms,
    page = exists (select 1 from finding where finding.incident = incident.id and told_ms is not null),
    resolved_event = iif(state = 'resolved', 1, null);
  drop index finding_open_of_incident;
  create index finding_open_of_incident on finding (incident, fingerprint) where ended_ms is null;
  create index finding_told on finding (incident, told_event);
  create index finding_ended on finding (incident, ended_event) where ended_event is not null;
  create index finding_reverted on finding (incident, record) where ending = 'reverted';

  create table acknowledgement (
    id integer primary key,
    incident text not null references incident (id),
    person text not null,
    reason text not null,
    revision text not null,
    at_ms integer not null,
    until_ms integer not null,
    event integer not null,
    ending text check (ending in ('expired', 'something-new', 'renewed', 'resolved')),
    ended_ms integer,
    ended_event integer
  ) strict;
  create index acknowledgement_of_incident on acknowledgement (incident, id);
  create unique index acknowledgement_in_force on acknowledgement (incident) where ended_ms is null;

  create table message (
    id integer primary key,
    alert text not null,
    standing text not null check (standing in ('page', 'follow-up', 'notice')),
    incident text references incident (id),
    page integer,
    since integer not null default 0,
    covers integer,
    channel text not null,
    part text not null,
    part_rank integer not null,
    severity_rank integer not null,
    state text not null check (state in ('pending', 'claimed', 'delivered', 'failed', 'merged')),
    attempts integer not null default 0,
    next_attempt_ms integer not null,
    failing_since_ms integer,
    considered integer not null default 0,
    instead_of text,
    last_error text,
    receipt text,
    created_ms integer not null,
    delivered_ms integer,
    unique (alert, channel, part)
  ) strict;
  insert into message (id, alert, standing, incident, page, covers, channel, part, part_rank, severity_rank, state, attempts,
      next_attempt_ms, last_error, receipt, created_ms, delivered_ms)
    select id, alert, iif(state = 'delivered' and incident is not null, 'page', 'notice'), incident,
      iif(incident is null, null, 1), iif(state = 'delivered' and incident is not null, 1, null), channel, part, part_rank,
      severity_rank, state, attempts, next_attempt_ms, last_error, receipt, created_ms, delivered_ms
    from outbox;
  drop table outbox;
  alter table message rename to outbox;
  create index outbox_due on outbox (channel, severity_rank, part_rank, id) where state = 'pending';
  create unique index outbox_owed on outbox (incident, channel, part) where state = 'pending' and standing <> 'notice';
  create index outbox_told on outbox (incident, channel, part, covers) where state = 'delivered';
  create index outbox_page on outbox (incident, channel, part, page, id) where state = 'delivered' and standing = 'page';
  create index outbox_failing on outbox (failing_since_ms) where considered = 0 and failing_since_ms is not null;
  create index outbox_waiting on outbox (state, channel) where state in ('pending', 'claimed', 'failed');

  create table channel (
    name text primary key,
    delivered_ms integer,
    failed_ms integer,
    failure text
  ) strict, without rowid;
`;
