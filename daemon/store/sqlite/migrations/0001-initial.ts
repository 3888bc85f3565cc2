/** Times are UTC milliseconds; digests are lower-case hex; JSON columns hold our own words and quoted values apart. */
export const initial = `
  create table meta (
    name text primary key,
    value text not null
  ) strict, without rowid;

  create table incident (
    id text primary key,
    site text not null,
    topic text not null,
    state text not null check (state in ('open', 'acknowledged', 'resolved')),
    severity text not null,
    revision text not null,
    opened_ms integer not null,
    resolved_ms integer,
    resolution text
  ) strict, without rowid;
  create unique index incident_one_open on incident (site, topic) where state <> 'resolved';

  create table finding (
    id integer primary key,
    incident text not null references incident (id),
    site text not null,
    fingerprint text not null,
    severity text not null,
    reason text not null,
    grace_ms integer not null,
    subject text not null,
    first_seen_ms integer not null,
    told_ms integer,
    ending text check (ending in ('reverted', 'approved', 'superseded', 'cleared')),
    ended_ms integer
  ) strict;
  create unique index finding_open on finding (site, fingerprint) where ended_ms is null;
  create index finding_of_incident on finding (incident, id);
  create index finding_open_of_incident on finding (incident) where ended_ms is null;

  create table journal (
    seq integer primary key,
    at_ms integer not null,
    type text not null,
    body text not null,
    previous text not null,
    hash text not null
  ) strict;
  create trigger journal_no_update before update on journal begin select raise(abort, 'the journal is append-only'); end;
  create trigger journal_no_delete before delete on journal begin select raise(abort, 'the journal is append-only'); end;

  create table alert (
    id text primary key,
    incident text,
    severity text not null,
    body text not null,
    created_ms integer not null
  ) strict, without rowid;

  create table outbox (
    id integer primary key,
    alert text not null references alert (id),
    incident text,
    channel text not null,
    part text not null,
    part_rank integer not null,
    severity_rank integer not null,
    state text not null check (state in ('pending', 'claimed', 'delivered', 'failed')),
    attempts integer not null default 0,
    next_attempt_ms integer not null,
    last_error text,
    receipt text,
    created_ms integer not null,
    delivered_ms integer,
    unique (alert, channel, part)
  ) strict;
  create index outbox_due on outbox (channel, severity_rank, part_rank, id) where state = 'pending';
  create index outbox_thread on outbox (incident, channel, part, id) where state = 'delivered';

  create table observed (
    site text not null,
    collection text not null,
    records_digest text not null,
    count integer not null,
    observed_at_ms integer not null,
    complete integer not null check (complete in (0, 1)),
    primary key (site, collection)
  ) strict, without rowid;

  create table observed_record (
    site text not null,
    collection text not null,
    key text not null,
    ordinal integer not null,
    line text not null,
    primary key (site, collection, key, ordinal)
  ) strict, without rowid;

  create table remembered_baseline (
    site text primary key,
    version integer not null,
    digest text not null
  ) strict, without rowid;
`;
