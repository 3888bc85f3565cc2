import type { Definition } from '../../baselines/index.js';
import { derivationOf, restPaths } from './derivation.js';
import { namesMeant, shown } from './issues.js';
import type { ConfigReading, Placed } from './reading.js';
import { collectionSchema } from './schema.js';
import type { Path } from './yaml-file.js';

/** A definition, its columns that messages show masked, and whether its touch marks are looked at. */
type CollectionConfig = Definition & {
  readonly personal: readonly string[];
  readonly touch: 'auto' | 'off';
};

/** Reads a collection of a source; null when it is none. `siblings` are all collections of the source. */
export function collectionOf(
  reading: ConfigReading,
  { raw, siblings }: { readonly raw: unknown; readonly siblings: readonly unknown[] },
  path: Path,
  source: string,
): CollectionConfig | null {
  const collection = reading.check(collectionSchema, raw, path);
  if (collection === null) return null;
  checkColumns(reading, collection, path);
  const { definition, unknownRests } = collectionDefinition(collection, siblings, source);
  for (const name of unknownRests) {
    reading.problem([...path, 'json', 'restOf'], shown(name), 'collections of this source that have json');
  }
  const { personal, touch } = collection;
  return { ...definition, personal, touch };
}

/** The definition that a collection is configured with, and the names among `restOf` that no sibling has. */
export function collectionDefinition(
  collection: ReturnType<typeof collectionSchema.parse>,
  siblings: readonly unknown[],
  source: string,
): { readonly definition: Definition; readonly unknownRests: readonly string[] } {
  const { author, label, labelFrom, destination, rows, json, drop, history, preset, ...rest } = collection;
  const { personal: _personal, touch: _touch, ...own } = rest;
  const left = restPaths(siblings, json?.restOf ?? []);
  const derive = derivationOf({ rows, json, drop, rest: left.paths });
  const definition = {
    ...own,
    source,
    ...(author.length === 0 ? {} : { author }),
    ...(label.length === 0 ? {} : { label }),
    ...(destination.length === 0 ? {} : { destination }),
    ...(labelFrom === undefined ? {} : { labelFrom }),
    ...(derive === null ? {} : { derive }),
    ...(history === undefined ? {} : { history }),
    ...(preset === undefined ? {} : { preset }),
  };
  return { definition, unknownRests: left.unknown };
}

type Named = Pick<
  NonNullable<ReturnType<typeof collectionSchema.parse>>,
  'key' | 'columns' | 'secret' | 'personal' | 'author' | 'label' | 'destination'
>;

/** Refuses names of columns that the collection does not read, or reads sealed, where they must be read. */
function checkColumns(reading: ConfigReading, collection: Named, path: Path): void {
  const { key, columns, secret } = collection;
  const all = [...key, ...columns];
  const twice = all.filter((column, index) => all.indexOf(column) !== index);
  for (const column of new Set(twice)) {
    const part = columns.includes(column) ? 'columns' : 'key';
    reading.problem([...path, part], `${shown(column)} twice`, 'each column once, in key or in columns');
  }
  const open = (names: readonly string[]) => names.filter((one) => !secret.includes(one));
  const needs = [
    ['secret', all, 'columns that key or columns name as well'],
    ['personal', all, 'columns that key or columns name as well'],
    ['author', open(columns), 'columns that columns names and secret does not'],
    ['destination', open(columns), 'columns that columns names and secret does not'],
    ['label', open(all), 'columns that key or columns names and secret does not'],
  ] as const;
  for (const [part, among, needed] of needs) {
    for (const column of collection[part].filter((one) => !among.includes(one))) {
      reading.problem([...path, part], shown(column), needed);
    }
  }
}

/** Refuses labels of another collection that no record could have: a promise to show a name is not to be broken silently. */
export function checkLabels(reading: ConfigReading, collections: readonly Placed<Definition>[]): void {
  for (const { name, labelFrom, path, ...own } of collections) {
    if (labelFrom === undefined) continue;
    const other = collections.find((one) => one.name === labelFrom.collection);
    const at = [...path, 'labelFrom'];
    if (other === undefined || other.name === name) {
      const names = collections.map((one) => one.name).filter((one) => one !== name);
      reading.problem(
        [...at, 'collection'],
        shown(labelFrom.collection),
        namesMeant(names, labelFrom.collection),
      );
    } else if (other.label === undefined || other.key.length !== 1) {
      reading.problem(
        [...at, 'collection'],
        shown(other.name),
        'a collection with a label and a key of one column',
      );
    }
    if (![...own.key, ...own.columns].includes(labelFrom.by) || own.secret.includes(labelFrom.by)) {
      reading.problem(
        [...at, 'by'],
        shown(labelFrom.by),
        'a column that key or columns names and secret does not',
      );
    }
  }
}
