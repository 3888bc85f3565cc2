import type { Definition } from '../../../baselines/index.js';
import { defineSourceKind } from '../source-kind.js';
import { logConfig } from './config.js';
import { createLogSource } from './log.js';

const LOG_TABLE = 'tillwarden.logs';

/** The collection that the followed logs of a source are: one record each, and what must not change of it. */
export function followedLogsDefinition(source: string): Definition {
  return {
    ...{ name: `logs_${source.replaceAll('-', '_')}`, kind: 'file', source, table: LOG_TABLE },
    ...{ key: ['path'], columns: ['mode', 'owner', 'group'], secret: [] },
  };
}

/** Logs of this machine that are followed. */
export const logKind = defineSourceKind({
  configSchema: logConfig,
  secrets: [],
  sensor: { table: LOG_TABLE, definition: followedLogsDefinition, questions: [] },
  isFixed: true,
  sql: null,
  examine: null,
  surveyor: null,
  create: (context, config) => createLogSource(context, config, followedLogsDefinition(context.name)),
});
