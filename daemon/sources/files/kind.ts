import { defineSourceKind } from '../source-kind.js';
import { fileCollections } from './collection.js';
import { filesConfig } from './config.js';
import { createFilesSource } from './files.js';
import { filesSetup } from './setup.js';

/** Files of a machine. */
export const filesKind = defineSourceKind({
  configSchema: filesConfig,
  secrets: [],
  sensor: null,
  sql: null,
  examine: null,
  surveyor: null,
  collections: fileCollections,
  setup: filesSetup,
  create: createFilesSource,
});
