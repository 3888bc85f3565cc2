import type { z } from 'zod';
import type { Definition } from '../../baselines/index.js';
import { notifierKinds } from '../../notifiers/index.js';
import type { CollectionForm, SourceKinds } from '../sources/source-kind.js';
import { checkLabels, collectionOf } from './collection.js';
import type { NotifierConfig, SourceConfig } from './config.js';
import { namesMeant, shown } from './issues.js';
import { type ConfigReading, isObject, type Placed, type ReadPart } from './reading.js';
import { everyNotifierSchema, MAX_COLLECTIONS } from './schema.js';
import { NOT_READ, NotRead } from './secret.js';
import type { Settings } from './settings.js';
import type { Path } from './yaml-file.js';

/** What every registry entry says of its part of the configuration. */
interface Kind {
  readonly configSchema: z.ZodObject;
  readonly secrets: readonly string[];
}

type Name = Placed<{ readonly name: string }>;

/** The sources of a site as far as they could be read. */
export interface ReadSources {
  readonly sources: readonly SourceConfig[];
  /** Whether each is a source: of one that is not, nothing but its place is known. */
  readonly complete: boolean;
}

/** A source before its collections are known to have names of their own. */
type ReadSource = Omit<SourceConfig, 'collections' | 'definitions'> & {
  readonly collections: readonly Placed<Definition>[];
  readonly sensors: readonly Definition[];
  readonly complete: boolean;
};

/** Reads the sources of a site; its name and time zone are checked with the frame. */
export function readSources(
  reading: ConfigReading,
  site: unknown,
  { kinds, path, wanted }: { readonly kinds: SourceKinds; readonly path: Path; readonly wanted: boolean },
): ReadSources {
  const read = listOf(site, 'sources').map((source, index) => {
    const at = [...path, 'sources', index];
    return { ...readSource(reading, source, { kinds, path: at, wanted }), path: at };
  });
  reading.unique(read, 'the sources of the site');
  const sensors: Name[] = read.flatMap((one) => one.sensors.map(({ name }) => ({ name, path: one.path })));
  const names = [...sensors, ...read.flatMap(({ collections }) => collections)];
  reading.unique(names, 'the collections of the site, the sensor of each source included');
  checkLabels(
    reading,
    read.flatMap(({ collections }) => collections),
  );
  return {
    sources: read.map(
      ({ collections: placed, sensors: own, path: _path, complete: _complete, ...source }) => {
        const collections = placed.map(({ path: _, ...definition }) => definition);
        return { ...source, collections, definitions: [...collections, ...own] };
      },
    ),
    complete: read.every(({ complete }) => complete),
  };
}

const NO_SOURCE: ReadSource = {
  kind: '',
  name: '',
  settings: {},
  config: NOT_READ,
  collections: [],
  personal: [],
  touchOff: [],
  sensors: [],
  complete: false,
};

function readSource(
  reading: ConfigReading,
  raw: unknown,
  { kinds, path, wanted }: { readonly kinds: SourceKinds; readonly path: Path; readonly wanted: boolean },
): ReadSource {
  const kind = kindOf(reading, raw, path, kinds);
  if (kind === null || !isObject(raw)) return NO_SOURCE;
  const { collections: listed, ...rest } = raw;
  const { configSchema: schema, secrets } = kind;
  const own = reading.checkPart({ schema, secrets, path, wanted }, rest);
  const name = nameOf(raw);
  return {
    kind: String(raw['kind']),
    name,
    ...(own === null ? { settings: {}, config: NOT_READ } : withPaths(reading, own)),
    ...readCollections(reading, listed, [...path, 'collections'], {
      name,
      form: kind.collections,
      isFixed: kind.isFixed === true,
      settings: own?.settings ?? {},
    }),
    sensors: own === null || kind.sensor === null ? [] : [kind.sensor.definition(name, own.settings)],
    complete: own !== null,
  };
}

/** The source whose collections are read. */
interface CollectionsOf {
  readonly name: string;
  readonly form: CollectionForm | null;
  /** It brings its own, and none is configured. */
  readonly isFixed: boolean;
  readonly settings: Settings;
}

function readOwnForm(
  reading: ConfigReading,
  raw: unknown,
  path: Path,
  { name, form, settings }: CollectionsOf & { readonly form: CollectionForm },
): ReturnType<typeof collectionOf> {
  if (reading.check(form.schema, raw, path) === null) return null;
  return { ...form.definition(raw, name, settings), personal: [], touch: 'off' };
}

function readCollections(
  reading: ConfigReading,
  listed: unknown,
  path: Path,
  source: CollectionsOf,
): Pick<ReadSource, 'collections' | 'personal' | 'touchOff'> {
  if (source.isFixed) {
    if (listed !== undefined)
      reading.problem(path, shown(listed), 'nothing: a source of this kind brings its own');
    return { collections: [], personal: [], touchOff: [] };
  }
  const items: readonly unknown[] = Array.isArray(listed) ? listed : [];
  if (items.length === 0 || items.length > MAX_COLLECTIONS) {
    const found = items.length === 0 ? shown(listed) : `a list of ${items.length}`;
    reading.problem(path, found, `a list of 1 to ${MAX_COLLECTIONS} collections`);
  }
  const personal: SourceConfig['personal'][number][] = [];
  const touchOff: string[] = [];
  const collections = items.flatMap((item, index) => {
    const at = [...path, index];
    const collection =
      source.form === null
        ? collectionOf(reading, { raw: item, siblings: items }, at, source.name)
        : readOwnForm(reading, item, at, { ...source, form: source.form });
    if (collection === null) return [];
    const { personal: columns, touch, ...definition } = collection;
    if (touch === 'off') touchOff.push(definition.name);
    if (columns.length > 0) personal.push({ collection: definition.name, columns });
    return [{ ...definition, path: at }];
  });
  return { collections, personal, touchOff };
}

/** Reads a notifier. */
export function readNotifier(
  reading: ConfigReading,
  raw: unknown,
  path: Path,
  wanted: boolean,
): NotifierConfig {
  const kind = kindOf(reading, raw, path, notifierKinds);
  if (kind === null || !isObject(raw)) return { kind: '', name: '', paceMs: 0, for: {}, config: NOT_READ };
  const shared = Object.keys(everyNotifierSchema.shape);
  const given = (every: boolean) =>
    Object.fromEntries(Object.entries(raw).filter(([own]) => shared.includes(own) === every));
  const every = reading.check(everyNotifierSchema, given(true), path);
  const { configSchema: schema, secrets } = kind;
  const own = reading.checkPart({ schema, secrets, path, wanted }, given(false));
  return {
    kind: String(raw['kind']),
    name: nameOf(raw),
    ...(every ?? { paceMs: 0, for: {} }),
    config: own === null ? NOT_READ : withPaths(reading, own).config,
  };
}

function kindOf<K extends Kind>(
  reading: ConfigReading,
  raw: unknown,
  path: Path,
  kinds: ReadonlyMap<string, K>,
): K | null {
  if (!isObject(raw)) {
    reading.problem(path, shown(raw), 'a map of names');
    return null;
  }
  const named = raw['kind'];
  const kind = typeof named === 'string' ? kinds.get(named) : undefined;
  if (kind !== undefined) return kind;
  const all = [...kinds.keys()];
  reading.problem(
    [...path, 'kind'],
    shown(named),
    namesMeant(all, typeof named === 'string' ? named : undefined),
  );
  return null;
}

/** Names in the configuration of a source or channel that end in `File` are paths. */
function withPaths(
  reading: ConfigReading,
  { settings, whole }: ReadPart<Settings>,
): { readonly settings: Settings; readonly config: Settings | NotRead } {
  const resolved = (own: Settings): Settings =>
    Object.fromEntries(
      Object.entries(own).map(([name, value]) =>
        name.endsWith('File') && typeof value === 'string' ? [name, reading.path(value)] : [name, value],
      ),
    );
  return { settings: resolved(settings), config: whole instanceof NotRead ? NOT_READ : resolved(whole) };
}

function listOf(raw: unknown, name: string): readonly unknown[] {
  const value = isObject(raw) ? raw[name] : undefined;
  return Array.isArray(value) ? value : [];
}

function nameOf(raw: unknown): string {
  return isObject(raw) && typeof raw['name'] === 'string' ? raw['name'] : '';
}
