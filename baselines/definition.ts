import { canonicalJson } from './canonical.js';
import { canonicalDerivation, type Derivation } from './derivation.js';
import { canonicalDoors, type ProbedDoors } from './probed-doors.js';
import { canonicalTrees, type WatchedTrees } from './watched-trees.js';

/** The meaning of a collection. Decides wording, default severity and how many people must approve. */
export const KINDS = [
  'admin',
  'permission',
  'contact',
  'wallet-route',
  'terminal',
  'config',
  'file',
  'sensor',
  'access-link',
  'address-book',
  'door',
] as const;
export type Kind = (typeof KINDS)[number];

/** The definition of a collection. Part of what people sign: reading differently needs new signatures. */
export interface Definition {
  /** Unique within the site, `[a-z][a-z0-9_]{0,62}`. */
  readonly name: string;
  readonly kind: Kind;
  /** Name of the source within the site. */
  readonly source: string;
  /** `schema.table` as the source names it; `pg_catalog` for a PostgreSQL source's sensor. */
  readonly table: string;
  /** Columns that identify a record, in the order in which they appear in a record's key. At least one. */
  readonly key: readonly string[];
  /** Columns that become fields. Disjoint from `key`. A set: its order means nothing. */
  readonly columns: readonly string[];
  /** Subset of `key` and `columns` whose values only ever leave the reader as HMAC fingerprints. A set. */
  readonly secret: readonly string[];
  /**
   * Subset of `columns`, none of them secret, in which the watched system itself writes who changed a record last. A set. By it a
   * rule can leave out a change's own author. As true as whoever writes the column.
   */
  readonly author?: readonly string[];
  /** Names of `key` and `columns`, none of them secret, by which people know a record, the most telling first. They stand beside its key. */
  readonly label?: readonly string[];
  /** Subset of `columns`, none of them secret, that hold addresses money goes to. Without it they are known by their names. A set. */
  readonly destination?: readonly string[];
  /** A record is known by the label of another collection's record as well: the one whose only key column holds what `by` holds here. */
  readonly labelFrom?: { readonly collection: string; readonly by: string };
  /** Which rows count and how records come out of them; `key` and `columns` then name parts of those records. */
  readonly derive?: Derivation;
  /** The table is a history, which only grows: a new record is no change, one that was signed and differs or is gone is. */
  readonly history?: true;
  /** Name and version of the preset that the definition was taken from: `lamassu@1`. */
  readonly preset?: string;
  /** What a collection of files is read from; its `table` is then `files`, and says nothing. */
  readonly files?: WatchedTrees;
  /** What a collection of doors knocks at, or whose sockets it lists; its `table` is then `doors`, and says nothing. */
  readonly doors?: ProbedDoors;
}

/**
 * The columns that are read of the table, key first, each once. Without JSON they are those of key and columns, and of the conditions; else
 * nothing but the conditions' and the column of JSON.
 */
export function tableColumns({ key, columns, derive }: Definition): readonly string[] {
  const own = derive?.json === undefined ? [...key, ...columns] : [];
  const json = derive?.json === undefined ? [] : [derive.json.column];
  return [...new Set([...own, ...choosingColumns(derive), ...json])];
}

/** The columns by which rows are chosen. */
export function choosingColumns(derive: Derivation | undefined): readonly string[] {
  const { where = [], latest } = derive ?? {};
  return [...new Set([...where.map(({ column }) => column), ...(latest === undefined ? [] : [latest])])];
}

/** The definition as it is signed: what is a set is sorted, so that re-ordering a configuration changes nothing. */
export function canonicalDefinition(definition: Definition): Definition {
  const { name, kind, source, table, key, author = [], label = [], labelFrom } = definition;
  const { destination = [], derive, history, preset, files, doors } = definition;
  return {
    name,
    kind,
    source,
    table,
    key,
    columns: [...definition.columns].sort(),
    secret: [...definition.secret].sort(),
    // Left out where it says nothing, so that each definition has one spelling.
    ...(author.length === 0 ? {} : { author: [...author].sort() }),
    ...(label.length === 0 ? {} : { label }),
    ...(destination.length === 0 ? {} : { destination: [...destination].sort() }),
    ...(labelFrom === undefined ? {} : { labelFrom: { collection: labelFrom.collection, by: labelFrom.by } }),
    ...(derive === undefined ? {} : { derive: canonicalDerivation(derive) }),
    ...(history === undefined ? {} : { history }),
    ...(preset === undefined ? {} : { preset }),
    ...(files === undefined ? {} : { files: canonicalTrees(files) }),
    ...(doors === undefined ? {} : { doors: canonicalDoors(doors) }),
  };
}

/** True when two definitions read the same records and mean the same by them. */
export function sameDefinition(a: Definition, b: Definition): boolean {
  return a === b || definitionText(a) === definitionText(b);
}

function definitionText(definition: Definition): string {
  const known = texts.get(definition);
  if (known !== undefined) return known;
  const text = canonicalJson({ ...canonicalDefinition(definition) });
  texts.set(definition, text);
  return text;
}

/** Along a chain each definition is compared with the one before it and with the one behind. */
const texts = new WeakMap<Definition, string>();
