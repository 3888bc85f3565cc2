/**
 * What is old leaves the store for a file, the journal from its oldest entry on. Only what a fold covers can be removed, and of that not what says
 * who signed what. An incident stays as one row that names the fold its details went with. `done`: nothing is left to be removed.
 */
export const folds = `
  create table fold (
    number integer primary key,
    through integer not null,
    head text not null,
    at_ms integer not null,
    done integer not null default 0
  ) strict;
  drop trigger journal_no_delete;
  create trigger journal_no_delete before delete on journal
    when old.seq > (select coalesce(max(through), 0) from fold)
      or old.type in ('baseline-in-force', 'trust-root', 'excuse-in-force', 'excuse-withdrawn', 'state-restored', 'journal-folded')
    begin select raise(abort, 'the journal is append-only'); end;
  alter table incident add column folded integer;
  create index incident_folded on incident (folded) where folded is not null;
  create index incident_to_fold on incident (resolved_ms) where state = 'resolved' and folded is null;
  create index alert_of_incident on alert (incident, created_ms, id);
`;
