/**
 * Scripts whose letters are shown as themselves: the recommended scripts of Unicode UAX #31, table 5. The others
 * are unknown to most readers, and some (Lisu, Cherokee) consist of lookalikes of Latin letters.
 */
const SCRIPTS = [
  ...['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Thaana', 'Devanagari'],
  ...['Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala'],
  ...['Thai', 'Lao', 'Tibetan', 'Myanmar', 'Khmer', 'Ethiopic', 'Han', 'Hiragana', 'Katakana', 'Bopomofo'],
  'Hangul',
].map((name) => ({ name, member: new RegExp(`^\\p{Script=${name}}$`, 'u') }));

/** Several scripts in one word are honest only in these company (Unicode UTS #39, "Highly Restrictive"). */
const WRITTEN_TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];

/** Right-to-left letters reorder the signs around them, so that one line can be read as another. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Thaana}]/u;
const RIGHT_TO_LEFT_ONLY = ['Hebrew', 'Arabic', 'Thaana'].map((name) => {
  const word = `(?:(?=\\p{L})\\p{Script=${name}}(?:(?=\\p{M})\\p{Script=${name}}){0,2})+`;
  return new RegExp(`^${word}(?: ${word})*$`, 'u');
});

const VISIBLE_ASCII = /^[!-[\]-~]$/;
/** The form of most values, every address among them: an alert may hold thousands. */
const VISIBLE_ASCII_ONLY = /^[!-[\]-~]*$/;
const WORD_CHARACTER = /^[\p{L}\p{M}\p{N}]$/u;
const LETTER = /^\p{L}$/u;
const MARK = /^\p{M}$/u;
const BLANK_OR_CONJOINING = /^[\p{Default_Ignorable_Code_Point}\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF]$/u;
/** Latin letters without an ASCII base that no reader takes for another; ı, ɑ, ǃ and their like are not among them. */
const PLAIN_LATIN = /^[ßẞæÆœŒøØłŁđĐðÐþÞħĦŧŦŋŊ]$/;
const MAX_MARKS_PER_LETTER = 2;

/** Layout of code: what stands for it is shorter than its number, and as unlike anything that a value may show. */
const LAYOUT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
]);
/** From so many on, blanks in a row are counted: `\u{20*12}`. */
const COUNTED_BLANKS = 3;

/** One character of the watched system's text, or several blanks in a row, and what a reader gets to see instead. */
export interface Shown {
  /** The code point as it came (half a surrogate pair stays half); of blanks all of them. */
  readonly raw: string;
  /** Itself, `\n` or `\t` for a line end or tab, `\u{20*12}` for twelve blanks, or `\u{…}` with its number in hexadecimal. */
  readonly text: string;
  /** The script of a letter beyond ASCII that is shown as itself. */
  readonly script: string | null;
}

/**
 * Shows text by allow-list, character by character: visible ASCII but the backslash, and letters of living scripts where they
 * cannot be mistaken (one script in a word, no compatibility variant, no stacked marks, right-to-left only by itself), are shown as
 * they are; a space only between two other characters; the layout of code as `\n`, `\t` and counted blanks; everything else as `\u{…}`. No backslash is ever shown as itself, so the
 * joined text has exactly one reading: two different texts are never shown alike.
 * `rightToLeft` says whether right-to-left letters may be shown: what `readsRightToLeft` answers for the whole text.
 */
export function showCharacters(text: string, rightToLeft: boolean): Shown[] {
  if (VISIBLE_ASCII_ONLY.test(text)) return Array.from(text, (raw) => ({ raw, text: raw, script: null }));
  const raws = Array.from(text);
  const shown: Shown[] = [];
  let index = 0;
  while (index < raws.length) {
    const end = wordEnd(raws, index);
    if (end > index) {
      showWord(raws.slice(index, end), rightToLeft, shown);
      index = end;
    } else {
      const raw = raws[index] ?? '';
      const blanks = blanksFrom(raws, index);
      const space = raw === ' ' && isOther(raws[index - 1]) && isOther(raws[index + 1]);
      if (blanks >= COUNTED_BLANKS) {
        shown.push({ raw: ' '.repeat(blanks), text: `\\u{20*${blanks}}`, script: null });
      } else if (space || VISIBLE_ASCII.test(raw)) shown.push({ raw, text: raw, script: null });
      else shown.push(LAYOUT.has(raw) ? { raw, text: LAYOUT.get(raw) ?? raw, script: null } : byNumber(raw));
      index += blanks >= COUNTED_BLANKS ? blanks : 1;
    }
  }
  return shown;
}

function blanksFrom(raws: readonly string[], index: number): number {
  let end = index;
  while (raws[end] === ' ') end += 1;
  return end - index;
}

/** True when the text is words of one right-to-left script with single spaces between, hence safe to show. */
export function readsRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT_ONLY.some((pattern) => pattern.test(text)) && text.normalize('NFKC') === text;
}

/** Shows a character by its number, whatever it is. */
export const byNumber = (raw: string): Shown => ({
  raw,
  text: `\\u{${(raw.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  script: null,
});

function showWord(word: readonly string[], rightToLeft: boolean, shown: Shown[]): void {
  const scripts = new Set(word.filter((raw) => LETTER.test(raw)).map(scriptOf));
  const mixed =
    scripts.size > 1 &&
    !WRITTEN_TOGETHER.some((together) => [...scripts].every((script) => together.includes(script ?? '')));
  let cluster = '';
  let marks = 0;
  for (const raw of word) {
    if (VISIBLE_ASCII.test(raw)) {
      cluster = raw;
      marks = 0;
      shown.push({ raw, text: raw, script: null });
      continue;
    }
    const script = mixed ? null : scriptOf(raw);
    const isMark = MARK.test(raw);
    const grown = isMark ? cluster + raw : raw;
    const allowed =
      script !== null &&
      !BLANK_OR_CONJOINING.test(raw) &&
      (rightToLeft || !RIGHT_TO_LEFT.test(raw)) &&
      (isMark
        ? cluster !== '' && marks < MAX_MARKS_PER_LETTER && shown.at(-1)?.script === script
        : LETTER.test(raw) && (script !== 'Latin' || isPlainLatin(raw))) &&
      grown.normalize('NFKC') === grown;
    if (allowed) {
      cluster = grown;
      marks = isMark ? marks + 1 : 0;
      shown.push({ raw, text: raw, script });
    } else {
      cluster = '';
      shown.push(byNumber(raw));
    }
  }
}

function wordEnd(raws: readonly string[], start: number): number {
  let end = start;
  while (end < raws.length && WORD_CHARACTER.test(raws[end] ?? '')) end += 1;
  return end;
}

function scriptOf(raw: string): string | null {
  return SCRIPTS.find((script) => script.member.test(raw))?.name ?? null;
}

const isOther = (raw: string | undefined): boolean => raw !== undefined && raw !== ' ';
const isPlainLatin = (raw: string): boolean =>
  PLAIN_LATIN.test(raw) || /^[A-Za-z]/.test(raw.normalize('NFD'));
