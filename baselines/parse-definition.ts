import type { JsonValue } from './canonical.js';
import { type Definition, KINDS } from './definition.js';
import { parseDerivation } from './derivation.js';
import { parseDoors } from './probed-doors.js';
import * as shape from './shape.js';
import { parseTrees } from './watched-trees.js';

/** Name and version of a preset. */
const PRESET = /^[a-z][a-z0-9-]{0,62}@[1-9][0-9]{0,5}$/;
const OPTIONAL = [
  ...(['author', 'label', 'destination', 'labelFrom'] as const),
  ...(['derive', 'history', 'preset', 'files', 'doors'] as const),
];

/** A definition out of a document, in the one spelling of `canonicalDefinition`. Throws `BASELINE_FORMAT`. */
export function parseDefinition(value: JsonValue): Definition {
  const fields = shape.objectWith(
    value,
    ['name', 'kind', 'source', 'table', 'key', 'columns', 'secret'],
    OPTIONAL,
    'A definition',
  );
  const names = (field: JsonValue, where: string) =>
    shape.list(field, 2000, where).map((name) => shape.text(name, 255, where));
  const key = shape.distinct(names(fields.key, 'key'), 'key');
  const columns = shape.ascending(names(fields.columns, 'columns'), 'columns');
  const secret = shape.ascending(names(fields.secret, 'secret'), 'secret');
  if (key.length === 0) shape.refuse('key', 'at least one column');
  const all = new Set([...key, ...columns]);
  if (all.size !== key.length + columns.length) shape.refuse('columns', 'apart from key');
  if (!secret.every((name) => all.has(name))) shape.refuse('secret', 'among key and columns');
  const readable = (value: JsonValue | undefined, where: string) => {
    const set = value === undefined ? [] : shape.ascending(names(value, where), where);
    if (value !== undefined && set.length === 0) shape.refuse(where, 'a column, or absent');
    if (!set.every((name) => columns.includes(name) && !secret.includes(name))) {
      shape.refuse(where, 'among columns and not secret');
    }
    return set;
  };
  const author = readable(fields.author, 'author');
  const destination = readable(fields.destination, 'destination');
  const label = fields.label === undefined ? [] : shape.distinct(names(fields.label, 'label'), 'label');
  if (fields.label !== undefined && label.length === 0) shape.refuse('label', 'a column, or absent');
  if (!label.every((name) => all.has(name) && !secret.includes(name))) {
    shape.refuse('label', 'among key and columns and not secret');
  }
  if (fields.history !== undefined && fields.history !== true) shape.refuse('history', 'true, or absent');
  return {
    name: shape.matching(fields.name, shape.COLLECTION, 'name'),
    kind: shape.oneOf(fields.kind, KINDS, 'kind'),
    source: shape.text(fields.source, 255, 'source'),
    table: shape.text(fields.table, 255, 'table'),
    key,
    columns,
    secret,
    ...(author.length === 0 ? {} : { author }),
    ...(label.length === 0 ? {} : { label }),
    ...(destination.length === 0 ? {} : { destination }),
    ...(fields.labelFrom === undefined ? {} : { labelFrom: parseLabelFrom(fields.labelFrom, all, secret) }),
    ...(fields.derive === undefined ? {} : { derive: parseDerivation(fields.derive) }),
    ...(fields.history === undefined ? {} : { history: true }),
    ...(fields.preset === undefined ? {} : { preset: shape.matching(fields.preset, PRESET, 'preset') }),
    ...(fields.files === undefined ? {} : { files: parseTrees(fields.files) }),
    ...(fields.doors === undefined ? {} : { doors: parseDoors(fields.doors) }),
  };
}

function parseLabelFrom(
  value: JsonValue,
  names: ReadonlySet<string>,
  secret: readonly string[],
): NonNullable<Definition['labelFrom']> {
  const fields = shape.exactObject(value, ['collection', 'by'], 'labelFrom');
  const by = shape.text(fields.by, 255, 'by');
  if (!names.has(by) || secret.includes(by)) shape.refuse('by', 'among key and columns and not secret');
  return { collection: shape.matching(fields.collection, shape.COLLECTION, 'collection'), by };
}
