import type { ZodObject, ZodType, z } from 'zod';
import type { Definition } from '../../baselines/index.js';
import type { ColumnWriter } from './column-write.js';
import type { SourceContext } from './context.js';
import type { NotExamined, SourceExamination } from './examination.js';
import type { RestoredRecord } from './relational/restore.js';
import type { Sensor } from './sensor.js';
import type { Source } from './source.js';
import type { Surveyor } from './survey.js';

/** Settings by name, as a schema made them of the configuration. */
type Settings = Readonly<Record<string, unknown>>;

/** A kind of source, as the configuration names it. */
export interface SourceKind {
  /** Settings of one source of this kind, defaults included. */
  readonly configSchema: ZodObject;
  /** Settings that hold secrets; the loader takes each from its `…_file` twin as well. */
  readonly secrets: readonly string[];
  /** Null when nothing in the watched system bears on the watching. */
  readonly sensor: Sensor | null;
  /** True when what it watches is fixed: the collection it brings as its sensor is all there is. */
  readonly isFixed?: true;
  /** Null when nobody needs to run anything there. */
  readonly sql: SourceSql<Settings> | null;
  /** Asks the place itself, by a connection of its own, for who sets it up: `tillwarden doctor`. Null when there is nothing to ask. */
  readonly examine: Examine<Settings> | null;
  /** Null when it cannot suggest what to watch. */
  readonly surveyor: Surveyor | null;
  /** Sets a column for a rule of containment. Null when nothing is ever written there. */
  readonly writer: ColumnWriter | null;
  /** What the owner of the watched machine runs there, as text for people to read first. Null when nobody needs to. Pure. */
  readonly setup: ((request: SetupRequest<Settings>) => string) | null;
  /** How its collections are written; null: as tables. */
  readonly collections: CollectionForm | null;
  /** Touches nothing outside. `config` is what `configSchema` made of the configuration, its secrets with it. */
  readonly create: (context: SourceContext, config: Settings) => Source;
}

/** Throws `SourceError` for settings or a server that cannot be used. */
type Examine<C> = (context: SourceContext, config: C) => Promise<SourceExamination | NotExamined>;

export interface SetupRequest<C> {
  /** What is configured and no secret. */
  readonly config: C;
  readonly definitions: readonly Definition[];
}

/** The form of collections that are no tables. */
export interface CollectionForm {
  /** Settings of one collection, its name and kind among them, defaults included. */
  readonly schema: ZodType;
  /** The definition that is signed. `collection` is what `schema` accepts, `settings` what is configured of its source and no secret. */
  readonly definition: (collection: unknown, source: string, settings: Settings) => Definition;
}

/** Every kind of source, by the `kind` of its configuration. */
export type SourceKinds = ReadonlyMap<string, SourceKind>;

/** SQL for the owner of a watched database, as text for people to read first. Pure. */
export interface SourceSql<C> {
  /** Everything that watching needs and no more; may be run again after every change of the configuration. */
  readonly install: (request: SqlRequest<C>) => string;
  /** Removes all that `install` made. */
  readonly uninstall: (request: SqlRequest<C>) => string;
  /** Lines that put one record back as it was signed, for a person to read and run. Absent where people do it by other means. */
  readonly restore?: (record: RestoredRecord) => readonly string[];
  /** Its settings have `changeLog`, of which `install` makes a log. */
  readonly hasChangeLog?: true;
}

export interface SqlRequest<C> {
  /** Name of the role that tillwarden logs in as. */
  readonly role: string;
  /** What is configured and no secret: who prints SQL knows none. */
  readonly config: C;
  /** The source's collections, its sensor among them. */
  readonly definitions: readonly Definition[];
}

/** A kind whose parts are given its configuration as its own schema types it. */
export function defineSourceKind<S extends ZodObject>(kind: {
  readonly configSchema: S;
  readonly secrets: readonly (keyof S['shape'] & string)[];
  readonly sensor: Sensor | null;
  readonly isFixed?: true;
  readonly sql: SourceSql<Settings> | null;
  readonly examine: Examine<z.infer<S>> | null;
  readonly surveyor: Surveyor | null;
  /** Null when absent, as `setup` and `collections` are. */
  readonly writer?: ColumnWriter;
  readonly setup?: (request: SetupRequest<Settings>) => string;
  readonly collections?: CollectionForm;
  readonly create: (context: SourceContext, config: z.infer<S>) => Source;
}): SourceKind {
  const { configSchema, examine } = kind;
  return {
    ...kind,
    collections: kind.collections ?? null,
    setup: kind.setup ?? null,
    writer: kind.writer ?? null,
    examine: examine && ((context, config) => examine(context, configSchema.parse(config))),
    create: (context, config) => kind.create(context, configSchema.parse(config)),
  };
}

/** SQL whose parts are given what is configured as a schema of what is no secret types it. */
export function defineSourceSql<S extends ZodObject>(
  schema: S,
  { install, uninstall, ...rest }: SourceSql<z.infer<S>>,
): SourceSql<Settings> {
  const typed = (request: SqlRequest<Settings>) => ({ ...request, config: schema.parse(request.config) });
  return {
    ...rest,
    install: (request) => install(typed(request)),
    uninstall: (request) => uninstall(typed(request)),
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
