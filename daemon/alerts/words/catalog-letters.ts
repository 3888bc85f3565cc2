import { decodeValue, encodeValue, parseRecordLine } from '../../../baselines/index.js';
import type { FieldChange } from '../../drift/change.js';

type Letters = Readonly<Record<string, string>>;

const RELATION: Letters = {
  ...{ r: 'table', p: 'partitioned table', v: 'view', m: 'materialized view', f: 'foreign table' },
};
const ON_CHANGE: Letters = {
  ...{ a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' },
};
const GENERATED: Letters = { s: 'stored', v: 'virtual' };

/**
 * What letters of PostgreSQL's catalog mean, by the sort of object and the place in its definition (PostgreSQL's manual, "System Catalogs"). The sensor
 * keeps the letters: they are what people signed.
 */
const LETTERS: Readonly<Record<string, Readonly<Record<string, Letters>>>> = {
  function: {
    '/kind': { f: 'function', p: 'procedure', a: 'aggregate', w: 'window function' },
    '/volatility': { i: 'immutable', s: 'stable', v: 'volatile' },
  },
  constraint: {
    '/type': {
      ...{ c: 'check', f: 'foreign key', p: 'primary key', u: 'unique', x: 'exclusion' },
      t: 'constraint trigger',
    },
    '/onUpdate': ON_CHANGE,
    '/onDelete': ON_CHANGE,
    '/match': { f: 'full', p: 'partial', s: 'simple' },
  },
  policy: { '/command': { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE', '*': 'all' } },
  rule: { '/relation': RELATION, '/event': { 1: 'SELECT', 2: 'UPDATE', 3: 'INSERT', 4: 'DELETE' } },
  cast: {
    '/context': { e: 'explicit', a: 'on assignment', i: 'implicit' },
    '/method': { f: 'function', i: 'through text', b: 'same bytes' },
  },
  default: { '/generated': GENERATED },
  inheritance: { '/kind': RELATION },
  namesake: { '/kind': RELATION },
  'temporary-namesake': { '/kind': RELATION },
  'watched-table': {
    '/kind': RELATION,
    '/persistence': { p: 'permanent', u: 'unlogged', t: 'temporary' },
    '/columns/*/identity': { a: 'always', d: 'by default' },
    '/columns/*/generated': GENERATED,
  },
};

/** A place in the definition of an object of a sensor, with its word behind each letter of the catalog: `f (function)`. */
export function withCatalogWords(key: string, change: FieldChange): FieldChange {
  const letters = lettersAt(key, change);
  if (letters === undefined) return change;
  const said = (encoded: string | null | undefined) => {
    const value = encoded == null ? null : decodeValue(encoded);
    if (value?.form !== 'text' || !Object.hasOwn(letters, value.text)) return encoded;
    return encodeValue({ form: 'text', text: `${value.text} (${letters[value.text]})` });
  };
  return { ...change, before: said(change.before), after: said(change.after) };
}

/** `key` is canonical text; its first part names the sort of object. */
function lettersAt(key: string, { field, path }: FieldChange): Letters | undefined {
  if (field !== 'definition' || path === undefined) return undefined;
  const [object = null] = parseRecordLine(`{"fields":{},"key":${key}}`).key;
  const places = object !== null && Object.hasOwn(LETTERS, object) ? LETTERS[object] : undefined;
  const place = path.replace(/^\/columns\/[^/]+\//, '/columns/*/');
  return places !== undefined && Object.hasOwn(places, place) ? places[place] : undefined;
}
