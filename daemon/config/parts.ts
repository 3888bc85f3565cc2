import type { z } from 'zod';
import type { Definition } from '../../baselines/index.js';
import { notifierKinds } from '../../notifiers/index.js';
import { sourceKinds } from '../sources/index.js';
import type { NotifierConfig, SourceConfig } from './config.js';
import { namesMeant, shown } from './issues.js';
import { type ConfigReading, isObject } from './reading.js';
import { collectionSchema, everyNotifierSchema, MAX_COLLECTIONS } from './schema.js';
import type { Path } from './yaml-file.js';

/** What every registry entry says of its part of the configuration. */
interface Kind {
  readonly configSchema: z.ZodObject;
  readonly secrets: readonly string[];
}

/** A part with its place, so that what it shares with others can be told. */
export type Placed<T> = T & { readonly path: Path };
type Name = Placed<{ readonly name: string }>;

/** Reads the sources of a site; its name and time zone are checked with the frame. */
export function readSources(
  reading: ConfigReading,
  site: unknown,
  path: Path,
  secrets: boolean,
): SourceConfig[] {
  const names: Name[] = [];
  const sources = listOf(site, 'sources').map((source, index) => {
    const at = [...path, 'sources', index];
    const { collections, ...read } = readSource(reading, source, at, secrets);
    names.push(...collections);
    return { ...read, collections: collections.map(({ path: _, ...definition }) => definition), path: at };
  });
  reading.unique(sources, 'the sources of the site');
  const own = sources.flatMap(({ sensors, path }) => sensors.map(({ name }) => ({ name, path })));
  reading.unique([...own, ...names], 'the collections of the site, the sensor of each source included');
  return sources.map(({ sensors, path: _, ...source }) => ({
    ...source,
    definitions: [...source.collections, ...sensors],
  }));
}

function readSource(reading: ConfigReading, raw: unknown, path: Path, secrets: boolean) {
  const kind = kindOf(reading, raw, path, sourceKinds);
  if (kind === null || !isObject(raw)) {
    return { kind: '', name: '', config: null, collections: [], personal: [], sensors: [] };
  }
  const { collections: listed, ...rest } = raw;
  const own = reading.withSecrets(rest, path, kind.secrets, secrets);
  const config = reading.check(kind.configSchema, own, path, kind.secrets);
  const name = nameOf(raw);
  const items = Array.isArray(listed) ? listed : [];
  if (items.length === 0 || items.length > MAX_COLLECTIONS) {
    const found = items.length === 0 ? shown(listed) : `a list of ${items.length}`;
    reading.problem([...path, 'collections'], found, `a list of 1 to ${MAX_COLLECTIONS} collections`);
  }
  const personal: SourceConfig['personal'][number][] = [];
  const collections = items.flatMap((item, index) => {
    const at = [...path, 'collections', index];
    const collection = readCollection(reading, item, at, name);
    if (collection === null) return [];
    const { personal: columns, ...definition } = collection;
    if (columns.length > 0) personal.push({ collection: definition.name, columns });
    return [{ ...definition, path: at }];
  });
  const sensors = config === null ? [] : kind.ownDefinitions(name);
  return {
    kind: String(raw['kind']),
    name,
    config: withPaths(reading, config),
    collections,
    personal,
    sensors,
  };
}

function readCollection(
  reading: ConfigReading,
  raw: unknown,
  path: Path,
  source: string,
): (Definition & { readonly personal: readonly string[] }) | null {
  const collection = reading.check(collectionSchema, raw, path);
  if (collection === null) return null;
  const columns = [...collection.key, ...collection.columns];
  const twice = columns.filter((column, index) => columns.indexOf(column) !== index);
  for (const column of new Set(twice)) {
    const part = collection.columns.includes(column) ? 'columns' : 'key';
    reading.problem([...path, part], `${shown(column)} twice`, 'each column once, in key or in columns');
  }
  for (const part of ['secret', 'personal'] as const) {
    for (const column of collection[part].filter((one) => !columns.includes(one))) {
      reading.problem([...path, part], shown(column), 'columns that key or columns name as well');
    }
  }
  const { author, columns: read, secret, ...rest } = collection;
  for (const column of author.filter((one) => !read.includes(one) || secret.includes(one))) {
    reading.problem([...path, 'author'], shown(column), 'columns that columns names and secret does not');
  }
  return { ...rest, columns: read, secret, source, ...(author.length === 0 ? {} : { author }) };
}

/** Reads a notifier. */
export function readNotifier(
  reading: ConfigReading,
  raw: unknown,
  path: Path,
  secrets: boolean,
): NotifierConfig {
  const kind = kindOf(reading, raw, path, notifierKinds);
  if (kind === null || !isObject(raw)) return { kind: '', name: '', paceMs: 0, for: {}, config: null };
  const shared = Object.keys(everyNotifierSchema.shape);
  const given = (wanted: boolean) =>
    Object.fromEntries(Object.entries(raw).filter(([own]) => shared.includes(own) === wanted));
  const every = reading.check(everyNotifierSchema, given(true), path);
  const own = reading.withSecrets(given(false), path, kind.secrets, secrets);
  const config = reading.check(kind.configSchema, own, path, kind.secrets);
  return {
    kind: String(raw['kind']),
    name: nameOf(raw),
    ...(every ?? { paceMs: 0, for: {} }),
    config: withPaths(reading, config),
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
function withPaths(reading: ConfigReading, config: Record<string, unknown> | null): unknown {
  if (config === null) return null;
  const entries = Object.entries(config).map(([name, value]) =>
    name.endsWith('File') && typeof value === 'string' ? [name, reading.path(value)] : [name, value],
  );
  return Object.fromEntries(entries);
}

function listOf(raw: unknown, name: string): readonly unknown[] {
  const value = isObject(raw) ? raw[name] : undefined;
  return Array.isArray(value) ? value : [];
}

function nameOf(raw: unknown): string {
  return isObject(raw) && typeof raw['name'] === 'string' ? raw['name'] : '';
}
