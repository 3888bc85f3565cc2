import type { Kind } from '../../baselines/index.js';

/** Letters of other scripts that a reader takes for Latin ones: the common part of Unicode's confusables (UTS #39). */
const LATIN_LOOKALIKES = new Map<string, string>(
  Object.entries({
    а: 'a',
    в: 'b',
    с: 'c',
    ԁ: 'd',
    е: 'e',
    ё: 'e',
    һ: 'h',
    н: 'h',
    і: 'i',
    ї: 'i',
    ј: 'j',
    к: 'k',
    ӏ: 'l',
    м: 'm',
    о: 'o',
    р: 'p',
    ԛ: 'q',
    ѕ: 's',
    т: 't',
    ѵ: 'v',
    ѡ: 'w',
    ԝ: 'w',
    х: 'x',
    у: 'y',
    α: 'a',
    β: 'b',
    γ: 'y',
    ε: 'e',
    η: 'n',
    ι: 'i',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    τ: 't',
    υ: 'u',
    χ: 'x',
    ω: 'w',
    ı: 'i',
    ɑ: 'a',
    ɡ: 'g',
    ł: 'l',
    ø: 'o',
    đ: 'd',
    ß: 'b',
  }),
);
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800_.-]/gu;

/**
 * What a name looks like to a tired reader: two names with one skeleton can be taken for each other. Case, marks, blanks and separators
 * are dropped, letters that look like Latin ones become these, and `0`, `1`, `rn` and `vv` become `o`, `l`, `m` and `w`.
 */
export function skeleton(name: string): string {
  const folded = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '').replace(INVISIBLE, '');
  const latin = Array.from(folded, (letter) => LATIN_LOOKALIKES.get(letter) ?? letter).join('');
  return latin
    .replace(/[1i|!]/g, 'l')
    .replaceAll('0', 'o')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** Columns by whose values people know the records of a kind. A twin of such a name goes unnoticed in every list. */
export const NAME_COLUMNS: ReadonlyMap<Kind, RegExp> = new Map([
  ['admin', /^(?:login|user_?name|name)$/i],
  ['permission', /^(?:login|user_?name|name)$/i],
  ['contact', /e-?mail/i],
  ['terminal', /serial/i],
]);
