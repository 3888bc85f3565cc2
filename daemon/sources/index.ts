import type { ZodObject } from 'zod';
import type { Definition } from '../../baselines/index.js';
import type { SourceContext } from './context.js';
import { postgresConfig } from './postgres/config.js';
import { createPostgresSource } from './postgres/postgres.js';
import { sensorDefinition } from './postgres/sensor.js';
import type { Source } from './source.js';

export type { SourceContext } from './context.js';
export { sensorDefinition } from './postgres/sensor.js';
export { type InstallSqlOptions, installSql, uninstallSql } from './postgres/sql.js';

/** A kind of source, as the configuration names it. */
export interface SourceKind {
  /** Settings of one source of this kind, defaults included. */
  readonly configSchema: ZodObject;
  /** Settings that hold secrets; the loader takes each from its `…_file` twin as well. */
  readonly secrets: readonly string[];
  /** Collections that come with a source of this kind: its sensor. */
  readonly ownDefinitions: (name: string) => readonly Definition[];
  /** Touches nothing outside; `config` is what `configSchema` made of the configuration. */
  readonly create: (context: SourceContext, config: Readonly<Record<string, unknown>>) => Source;
}

/** Every kind of source, by the `kind` of its configuration. */
export const sourceKinds: ReadonlyMap<string, SourceKind> = new Map([
  [
    'postgres',
    {
      configSchema: postgresConfig,
      secrets: ['url'],
      ownDefinitions: (name: string) => [sensorDefinition(name)],
      create: (context: SourceContext, config: unknown) =>
        createPostgresSource(context, postgresConfig.parse(config)),
    },
  ],
]);
