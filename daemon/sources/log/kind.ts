import type { Definition } from '../../../baselines/index.js';
import { treeServer } from '../machine/sftp-config.js';
import { defineSourceKind } from '../source-kind.js';
import { logConfig } from './config.js';
import { createLogSource } from './log.js';
import { logSetup } from './setup.js';

const LOG_TABLE = 'tillwarden.logs';

/** The collection that the followed logs of a source are: one record each, what must not change of it, and of another machine which one that is. */
export function followedLogsDefinition(
  source: string,
  settings: Readonly<Record<string, unknown>>,
): Definition {
  const { logs, sftp } = logConfig
    .pick({ logs: true, sftp: true })
    .parse({ logs: settings['logs'], sftp: settings['sftp'] });
  return {
    ...{ name: `logs_${source.replaceAll('-', '_')}`, kind: 'file', source, table: LOG_TABLE },
    ...{ key: ['path'], columns: ['mode', 'owner', 'group'], secret: [] },
    ...(sftp === undefined
      ? {}
      : { files: { paths: [...new Set(logs.map(({ path }) => path))], server: treeServer(sftp) } }),
  };
}

/** Logs of a machine that are followed. */
export const logKind = defineSourceKind({
  configSchema: logConfig,
  secrets: [],
  sensor: { table: LOG_TABLE, definition: followedLogsDefinition, questions: [] },
  isFixed: true,
  sql: null,
  examine: null,
  surveyor: null,
  setup: logSetup,
  create: (context, config) => createLogSource(context, config, followedLogsDefinition(context.name, config)),
});
