/** So that what an incident has sent is found however much others have. */
export const messagesByIncident = `
  create index outbox_incident on outbox (incident, id) where incident is not null;
`;
