/** Expectations and mutes that took effect: what was told of them, and which ones must never count again. */
export const suppressions = `
  create table excuse (
    digest text primary key,
    site text not null,
    id text not null,
    signers text not null,
    until_ms integer not null,
    state text not null check (state in ('in-force', 'settled', 'over', 'withdrawn')),
    covered integer not null
  ) strict, without rowid;
  create index excuse_of_site on excuse (site);
`;
