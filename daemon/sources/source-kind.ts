import type { ZodObject, z } from 'zod';
import type { Definition } from '../../baselines/index.js';
import type { SourceContext } from './context.js';
import type { Sensor } from './sensor.js';
import type { Source } from './source.js';

/** A kind of source, as the configuration names it. `config` is what `configSchema` made of the configuration. */
export interface SourceKind {
  /** Settings of one source of this kind, defaults included. */
  readonly configSchema: ZodObject;
  /** Settings that hold secrets; the loader takes each from its `…_file` twin as well. */
  readonly secrets: readonly string[];
  /** Null when nothing in the watched system bears on the watching. */
  readonly sensor: Sensor | null;
  /** Null when nobody needs to run anything there. */
  readonly sql: SourceSql<unknown> | null;
  /** Touches nothing outside. */
  readonly create: (context: SourceContext, config: unknown) => Source;
}

/** Every kind of source, by the `kind` of its configuration. */
export type SourceKinds = ReadonlyMap<string, SourceKind>;

/** SQL for the owner of a watched database, as text for people to read first. Pure. */
export interface SourceSql<C> {
  /** Everything that watching needs and no more; may be run again after every change of the configuration. */
  readonly install: (request: SqlRequest<C>) => string;
  /** Removes all that `install` made. */
  readonly uninstall: (request: SqlRequest<C>) => string;
}

export interface SqlRequest<C> {
  /** Name of the role that tillwarden logs in as. */
  readonly role: string;
  readonly config: C;
  /** The source's collections, its sensor among them. */
  readonly definitions: readonly Definition[];
}

/** A kind whose parts are given its configuration as its own schema types it. */
export function defineSourceKind<S extends ZodObject>(kind: {
  readonly configSchema: S;
  readonly secrets: readonly (keyof S['shape'] & string)[];
  readonly sensor: Sensor | null;
  readonly sql: SourceSql<z.infer<S>> | null;
  readonly create: (context: SourceContext, config: z.infer<S>) => Source;
}): SourceKind {
  const { configSchema, sql } = kind;
  const typed = (request: SqlRequest<unknown>) => ({
    ...request,
    config: configSchema.parse(request.config),
  });
  return {
    ...kind,
    sql: sql && {
      install: (request) => sql.install(typed(request)),
      uninstall: (request) => sql.uninstall(typed(request)),
    },
    create: (context, config) => kind.create(context, configSchema.parse(config)),
  };
}

/** The kind of a name. Throws `RangeError` for one that is not registered: a checked configuration names no other. */
export function sourceKindOf(kinds: SourceKinds, name: string): SourceKind {
  const kind = kinds.get(name);
  if (kind === undefined) throw new RangeError(`no such kind of source: ${name}`);
  return kind;
}

/** The sensors that the kinds bring. */
export function sensorsOf(kinds: SourceKinds): readonly Sensor[] {
  return [...kinds.values()].flatMap(({ sensor }) => sensor ?? []);
}
