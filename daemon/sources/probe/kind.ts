import { defineSourceKind } from '../source-kind.js';
import { doorCollections } from './collection.js';
import { probeConfig } from './config.js';
import { createProbeSource } from './probe.js';

/** Doors of a server, looked at from where tillwarden stands. */
export const probeKind = defineSourceKind({
  configSchema: probeConfig,
  secrets: [],
  sensor: null,
  sql: null,
  examine: null,
  surveyor: null,
  collections: doorCollections,
  create: createProbeSource,
});
