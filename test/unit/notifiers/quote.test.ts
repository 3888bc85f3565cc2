import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  LONGEST_ADDRESS,
  type Quotation,
  quotation,
  quotationText,
  quote,
  quotePair,
  type Untrusted,
} from '../../../notifiers/index.js';
import { hostileStrings } from '../../contract/notifiers/hostile-strings.js';
import { codePoint } from '../../support/code-point.js';
import { processorMs } from '../../support/processor.js';

const NO_CUT = 1_000_000;
const text = (untrusted: string): Untrusted => ({ untrusted });
const shown = (value: string): string => valueText(quotation(text(value), NO_CUT));
const valueText = (quoted: Quotation): string =>
  quoted
    .filter((part) => part.from === 'value')
    .map((part) => part.text)
    .join('');
/** All that a backslash may begin. */
const ESCAPES = /\\(?:u\{([0-9A-F]+)\}|u\{20\*([0-9]+)\}|n|t)/g;
/** Reads a quotation back: the proof that it has one reading only. */
const readBack = (value: string): string =>
  value.replace(ESCAPES, (all, hex?: string, blanks?: string) =>
    hex !== undefined
      ? String.fromCodePoint(Number.parseInt(hex, 16))
      : blanks !== undefined
        ? ' '.repeat(Number(blanks))
        : all === '\\n'
          ? '\n'
          : '\t',
  );
/** What a reader sees to whom all letters beyond ASCII look alike. */
const folded = (value: string): string => value.replace(/[^ -~]/gu, '\u25a1');

/** Anything PostgreSQL can hold and more, with the troublesome blocks well represented. */
const anyText = fc.oneof(
  fc.string({ unit: codePoint, maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('a', 'а', 'A', 'Α', ' ', '\\', 'u', '{', '4', '1', '}', '\u0301', '\u200b'),
    maxLength: 20,
  }),
  fc.string({
    unit: fc.constantFrom('א', 'ש', '\u05b8', ' ', '1', 'ก', '\u0e49', '한', '\u1112', '\u1161', '東', 'ロ'),
    maxLength: 20,
  }),
  fc.string({
    unit: fc.constantFrom(' ', '   ', '\n', '\t', 'a', '3', '*', '}', 'n', '\\', 'а'),
    maxLength: 30,
  }),
  fc.constantFrom(...hostileStrings),
);

describe('what a value may look like', () => {
  test('only visible ASCII, lone spaces and letters of scripts are shown as themselves', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const allowed =
          /^(?:[!-[\]-~]|\\[nt]|\\u\{(?:[0-9A-F]{1,6}|20\*[0-9]+)\}|(?! {2}) |\p{L}\p{M}{0,2})*$/u;
        expect(shown(value)).toMatch(allowed);
        expect(shown(value)).not.toMatch(/^ | $|[\p{Default_Ignorable_Code_Point}\p{C}\u2800]/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a shown text has one reading only, hence two different texts are never shown alike', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        expect(readBack(shown(value))).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a shown text is in NFC and has no compatibility twin', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        expect(shown(value).normalize('NFKC')).toBe(shown(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['a zero-width space', 'adm\u200bin', 'adm\\u{200B}in'],
    ['a right-to-left override', 'a\u202eb', 'a\\u{202E}b'],
    [
      'letters that look blank',
      '\u3164\uffa0\u115f\u2800\u034f',
      '\\u{3164}\\u{FFA0}\\u{115F}\\u{2800}\\u{34F}',
    ],
    ['tag characters', 'a\u{e0041}', 'a\\u{E0041}'],
    ['an escape sequence', '\u001b[2J', '\\u{1B}[2J'],
    ['a line end', 'a\r\nb', 'a\\u{D}\\nb'],
    ['the layout of code', 'begin\n\tx;\n     y;\n', 'begin\\n\\tx;\\n\\u{20*5}y;\\n'],
    ['text that imitates a line end', 'a\\nb', 'a\\u{5C}nb'],
    ['text that imitates blanks', 'a\\u{20*5}b', 'a\\u{5C}u{20*5}b'],
    ['blanks before a digit', 'a    1', 'a\\u{20*4}1'],
    ['blanks at the ends', '   a   ', '\\u{20*3}a\\u{20*3}'],
    ['an emoji', '✅ resolved', '\\u{2705} resolved'],
    ['a backslash', 'C:\\batm', 'C:\\u{5C}batm'],
    ['text that imitates an escape', '\\u{202E}', '\\u{5C}u{202E}'],
    ['a quotation mark of ours', 'a” (1 character)', 'a\\u{201D} (1 character)'],
    ['spaces at the ends', ' a ', '\\u{20}a\\u{20}'],
    ['spaces in a row', 'a  b', 'a\\u{20}\\u{20}b'],
    ['one space', 'a b', 'a b'],
    ['a Cyrillic letter in a Latin word', 'аdmin', '\\u{430}dmin'],
    ['a Latin letter in a Cyrillic word', 'Kасса', 'K\\u{430}\\u{441}\\u{441}\\u{430}'],
    ['a word of one script', 'Касса 7', 'Касса 7'],
    ['an accented letter', 'Anděl', 'Anděl'],
    ['its decomposed twin', 'Ande\u030cl', 'Ande\\u{30C}l'],
    ['a fullwidth letter', 'ａdmin', '\\u{FF41}dmin'],
    ['a mathematical letter', '𝐚dmin', '\\u{1D41A}dmin'],
    ['a dotless i', 'adm\u0131n', 'adm\\u{131}n'],
    ['a click letter that looks like !', 'a\u01c3', 'a\\u{1C3}'],
    ['a script of lookalikes', '\ua4d0\ua4ef', '\\u{A4D0}\\u{A4EF}'],
    ['a digit beyond ASCII', '\u09ea', '\\u{9EA}'],
    ['Japanese with Latin', '東京ATM', '東京ATM'],
    ['Thai with a tone mark', 'ร้าน', 'ร้าน'],
    ['stacked marks', 'ก\u0e49\u0e49\u0e49\u0e49', 'ก\u0e49\u0e49\\u{E49}\\u{E49}'],
    ['right-to-left words alone', 'שלום לך', 'שלום לך'],
    ['right-to-left among others', 'שלום 1', '\\u{5E9}\\u{5DC}\\u{5D5}\\u{5DD} 1'],
    ['half a surrogate pair', 'a\ud800b', 'a\\u{D800}b'],
  ])('%s', (_, value, expected) => {
    expect(shown(value)).toBe(expected);
  });

  test('a script that could be taken for Latin is named', () => {
    expect(quote(text('сосоа'), 200)).toBe('“сосоа” (Cyrillic letters, 5 characters)');
    expect(quote(text('cocoa'), 200)).toBe('“cocoa”');
  });

  test('the length is shown when a value is long or anything in it is shown by number', () => {
    expect(quote(text('a'.repeat(32)), 200)).toBe(`“${'a'.repeat(32)}”`);
    expect(quote(text('a'.repeat(33)), 200)).toBe(`“${'a'.repeat(33)}” (33 characters)`);
    expect(quote(text('a\u200b'), 200)).toBe('“a\\u{200B}” (2 characters, 1 shown by number)');
    expect(quote(text('\u{1F600}'), 200)).toBe('“\\u{1F600}” (1 character, 1 shown by number)');
  });
});

describe('what is not a text', () => {
  test('null, empty, missing, and the words for them all differ', () => {
    const values: (Untrusted | null)[] = [
      null,
      { untrusted: null },
      ...['', 'null', 'NULL', 'NULL (no value)', '(does not exist)', '(empty text)', '“”'].map(text),
      { untrusted: '', form: 'raw-json' },
      { untrusted: 'null', form: 'raw-json' },
    ];
    const quoted = values.map((value) => quote(value, 200));
    expect(new Set(quoted).size).toBe(values.length);
    expect(quoted.slice(0, 4)).toEqual(['(does not exist)', 'NULL (no value)', '“” (empty text)', '“null”']);
  });

  test('our words stand outside the quotation marks, whatever the value says', () => {
    const value = 'x” (64 characters, SHA-256 begins 0000000000000000)';
    const quoted = quotation(text(value), 200);
    expect(quoted.filter((part) => part.from === 'us').map((part) => part.text)).toEqual([
      '“',
      '” (51 characters, 1 shown by number)',
    ]);
  });

  test('digests, fingerprints and broken JSON are described by us', () => {
    const hex = '0123456789abcdef'.repeat(4);
    expect(quote({ untrusted: hex, form: 'digest', bytes: 104_857_600 }, 200)).toBe(
      `(too long to show: 104,857,600 bytes, SHA-256 ${hex})`,
    );
    expect(quote({ untrusted: hex, form: 'hmac' }, 200)).toBe('(secret; fingerprint 0123456789abcdef)');
    expect(quote({ untrusted: '{"a":1,"a":2}', form: 'raw-json' }, 200)).toBe(
      '“{"a":1,"a":2}” (not valid JSON, 13 characters)',
    );
  });

  test('a digest or fingerprint that is none shows nothing of what stands in its place', () => {
    expect(quote({ untrusted: '<!channel>', form: 'hmac' }, 200)).toBe('(secret; fingerprint unknown)');
    expect(quote({ untrusted: '<!channel>', form: 'digest' }, 200)).toBe(
      '(too long to show: length unknown, SHA-256 unknown)',
    );
  });
});

describe('cuts', () => {
  test('a value of an address’s length is never cut, however small the limit', () => {
    const address = 'addr1q9'.padEnd(LONGEST_ADDRESS, 'x2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer');
    expect(quote(text(address), 1)).toBe(`“${address}” (128 characters)`);
  });

  test('a long value shows both ends, how much is left out, its length and the start of its SHA-256', () => {
    const quoted = quote(text(`begin${'-'.repeat(5_000)}end`), 128);
    expect(quoted).toMatch(
      /^“begin-{59}” … 4,880 characters left out … “-{61}end” \(5,008 characters, SHA-256 begins [0-9a-f]{16}\)$/,
    );
  });

  test('a cut never splits a \\u{…} and the shown text stays near the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, minLength: 100, maxLength: 600 }), (value) => {
        const quoted = quotation(text(value), 200);
        for (const part of quoted) {
          if (part.from === 'value') expect(part.text.replace(ESCAPES, '')).not.toMatch(/\\/);
        }
        expect(valueText(quoted).length).toBeLessThanOrEqual(200 + 64 * 10);
      }),
    );
  });

  test('values of megabytes are quoted in an instant', () => {
    const started = processorMs();
    quotePair(text(`${'я'.repeat(1_000_000)}1`), text(`${'я'.repeat(1_000_000)}2`), 200);
    expect(processorMs() - started).toBeLessThan(1_000);
  });
});

describe('two values side by side', () => {
  const pairOf = (before: string, after: string, limit = 200) => quotePair(text(before), text(after), limit);
  const differing = (quoted: Quotation) =>
    quoted
      .filter((part) => part.differs)
      .map((part) => part.text)
      .join('');

  test('what differs is marked on both sides', () => {
    const pair = pairOf('bc1qaaaXaaa', 'bc1qaaaYZaaa');
    expect([differing(pair.before), differing(pair.after)]).toEqual(['X', 'YZ']);
  });

  test('blanks that one has more of are marked, though both are counted', () => {
    const pair = pairOf('a    b', 'a      b', NO_CUT);
    const marked = pair.after.filter(({ differs }) => differs).map((part) => part.text);
    expect(marked).toEqual(['\\u{20*6}']);
  });

  test('different values differ even where all letters beyond ASCII look alike', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        fc.pre(before !== after && before !== '' && after !== '');
        const pair = pairOf(before, after, NO_CUT);
        expect(folded(valueText(pair.before))).not.toBe(folded(valueText(pair.after)));
        expect(readBack(valueText(pair.before))).toBe(before);
        expect(readBack(valueText(pair.after))).toBe(after);
      }),
      { numRuns: 2_000 },
    );
  });

  test('one changed character is seen wherever it stands, in a value of any length', () => {
    const character = fc.constantFrom(
      'a',
      'z',
      'я',
      'й',
      '未',
      '末',
      '\u200b',
      ' ',
      '<',
      '\u0301',
      '\u{1F600}',
    );
    fc.assert(
      fc.property(
        fc.array(character, { minLength: 1, maxLength: 3_000 }),
        fc.nat(),
        character,
        character,
        (characters, position, one, other) => {
          fc.pre(one !== other);
          const at = position % characters.length;
          const [before, after] = [one, other].map((changed) => characters.with(at, changed).join(''));
          const pair = pairOf(before ?? '', after ?? '');
          expect(folded(valueText(pair.before))).not.toBe(folded(valueText(pair.after)));
          expect(differing(pair.before) + differing(pair.after)).not.toBe('');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a long value is cut around what differs', () => {
    const pair = pairOf(`${'a'.repeat(900)}old${'b'.repeat(900)}`, `${'a'.repeat(900)}new${'b'.repeat(900)}`);
    const left = ' … [\\d,]+ characters left out … ';
    const around = (what: string) =>
      new RegExp(`^“a+”${left}“a{16,}${what}b{16,}”${left}“b+” \\(1,803 characters, SHA`);
    expect(quotationText(pair.before)).toMatch(around('old'));
    expect(quotationText(pair.after)).toMatch(around('new'));
  });

  test('a value that only grew shows where', () => {
    const pair = pairOf('a'.repeat(900), `${'a'.repeat(450)}EVIL${'a'.repeat(450)}`);
    expect(differing(pair.after)).toBe('EVIL');
  });

  test('lookalikes of one script are shown by number', () => {
    const pair = pairOf('未来', '末来');
    expect([valueText(pair.before), valueText(pair.after)]).toEqual(['\\u{672A}来', '\\u{672B}来']);
  });

  test('a mark on a letter that is shown by number is shown by number too', () => {
    const pair = pairOf('ก\u0e49', 'ข\u0e49');
    expect([valueText(pair.before), valueText(pair.after)]).toEqual(['\\u{E01}\\u{E49}', '\\u{E02}\\u{E49}']);
  });

  test.each([
    ['the first half', '\u{1F600}', '\u{1F601}', '\\u{1F600}\\u{1F601}'],
    ['the second half', '\u{1F600}', '\u{1FA00}', '\\u{1F600}\\u{1FA00}'],
  ])('characters that share %s of their surrogate pair are marked whole', (_, before, after, expected) => {
    const pair = pairOf(`a${before}b`, `a${after}b`);
    expect(differing(pair.before) + differing(pair.after)).toBe(expected);
  });

  test('what differs is marked in JSON that became invalid too', () => {
    const pair = quotePair(text('{"a":1}'), { untrusted: '{"a":1', form: 'raw-json' }, 200);
    expect([differing(pair.before), differing(pair.after)]).toEqual(['}', '']);
  });

  test('words that visibly differ stay readable', () => {
    const pair = pairOf('Касса 1', 'Банкомат 2');
    expect([valueText(pair.before), valueText(pair.after)]).toEqual(['Касса 1', 'Банкомат 2']);
  });

  test('the same text in another form is shown as different', () => {
    const pair = quotePair(text('{}'), { untrusted: '{}', form: 'raw-json' }, 200);
    expect(quotationText(pair.before)).not.toBe(quotationText(pair.after));
  });

  test('a value that appears or disappears is no comparison', () => {
    expect(quotationText(quotePair(null, text('a'), 200).before)).toBe('(does not exist)');
    expect(quotationText(quotePair(text('a'), text(''), 200).after)).toBe('“” (empty text)');
  });
});
