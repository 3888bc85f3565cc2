import type { Definition, Kind } from '../../baselines/index.js';
import { LATIN_LOOKALIKES } from './lookalike-table.js';

/** Letters that people take for Latin ones although Unicode's confusables do not have them. */
const FURTHER = { b: ['ß'], w: ['ω'] };
const LATIN = new Map([
  ...Object.entries(LATIN_LOOKALIKES).flatMap(([latin, points]) =>
    points.map((point) => [String.fromCodePoint(point), latin] as const),
  ),
  ...Object.entries(FURTHER).flatMap(([latin, letters]) => letters.map((letter) => [letter, latin] as const)),
]);
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800_.-]/gu;

/**
 * The look of a name to a tired reader: two names with one skeleton can be taken for each other. Case, marks, blanks and separators
 * are dropped, letters that look like Latin ones become these, and `0`, `1`, `rn` and `vv` become `o`, `l`, `m` and `w`.
 */
export function skeleton(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').replace(INVISIBLE, '');
  return Array.from(plain, latinOf)
    .join('')
    .replace(/[1i|!]/g, 'l')
    .replaceAll('0', 'o')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** A capital is looked up as it stands: a Greek Ν is taken for N, and ν for v. */
function latinOf(letter: string): string {
  const small = letter.toLowerCase();
  return LATIN.get(letter) ?? LATIN.get(small) ?? small;
}

/** Columns by whose values people know the records of a kind. A lookalike of such a name goes unnoticed in every list. */
const NAME_COLUMNS: ReadonlyMap<Kind, RegExp> = new Map([
  ['admin', /^(?:login|user_?name|name)$/i],
  ['permission', /^(?:login|user_?name|name)$/i],
  ['contact', /e-?mail/i],
  ['terminal', /serial|^(?:\w+_)?name$/i],
]);

/** The columns whose values name a record: each usual one by itself, and together those that its operator calls its label. */
export function namingColumns({
  kind,
  key,
  columns,
  label = [],
}: Pick<Definition, 'kind' | 'key' | 'columns' | 'label'>): readonly (readonly string[])[] {
  const pattern = NAME_COLUMNS.get(kind);
  const usual = pattern === undefined ? [] : [...key, ...columns].filter((column) => pattern.test(column));
  const isMore = label.some((column) => !usual.includes(column));
  return [...usual.map((column) => [column]), ...(isMore ? [label] : [])];
}
