/** Changes that a person called hostile, by the fingerprint that they saw: what differs by one byte is another change. */
export const rejections = `
  create table rejection (
    incident text not null references incident (id),
    fingerprint text not null,
    person text not null,
    at_ms integer not null,
    primary key (incident, fingerprint)
  ) strict, without rowid;
`;
