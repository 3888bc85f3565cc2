import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DiffPatcher } from 'jsondiffpatch';
import { encodeValue } from '../../../baselines/index.js';
import { explain } from '../../../daemon/drift/explain.js';
import { processorMs } from '../../support/processor.js';
import { hostileRecords, hostileText, record } from './arbitraries.js';

const text = (value: string) => encodeValue({ form: 'text', text: value });
/** Explains a change of one field from one text to another. */
const explainTexts = (before: string, after: string) =>
  explain({
    before: record('1', [['data', text(before)]]).line,
    after: [record('1', [['data', text(after)]]).line],
  }).map(({ path, before, after }) => [path, before, after]);
const explainJson = (before: unknown, after: unknown) =>
  explainTexts(JSON.stringify(before), JSON.stringify(after));

describe('of a member that stands twice', () => {
  test('an explanation shows every value there, and how many they are', () => {
    const before = record('1', [['data', text('{"wallets_BTC_sellAddress":"bc1good","n":1}')]]).line;
    const twice = '{"wallets_BTC_sellAddress":"bc1good","n":1,"wallets_BTC_sellAddress":"bc1evil"}';
    const raw = encodeValue({ form: 'raw-json', text: twice });
    for (const written of [text(twice), raw]) {
      const at = { field: 'data', path: '/wallets_BTC_sellAddress', times: 2 };
      expect(explain({ before, after: [record('1', [['data', written]]).line] })).toEqual([
        { ...at, before: 'bc1good', after: 'bc1good' },
        { ...at, before: undefined, after: 'bc1evil' },
      ]);
    }
  });

  test('an explanation reaches into what stands below it, and lists nothing that is the same', () => {
    const before = '{"a":{"b":1,"c":[]},"a":{"b":2,"c":[]},"d":"1","e":{}}';
    expect(explainTexts(before, before.replace('"b":2', '"b":"3"'))).toEqual([
      ['/a/b', '1', '1'],
      ['/a/b', '2', '"3"'],
    ]);
  });

  test('an explanation stays with the whole value when pointers would grow without end', () => {
    const long = 'k'.repeat(50_000);
    const many = (last: number) =>
      `{"x":1,"x":2,"${long}":{${Array.from({ length: 500 }, (_, index) => `"${index}":${index}`).join(',')},"last":${last}}}`;
    expect(explainTexts(many(1), many(2))).toHaveLength(1);
    expect(explainTexts(many(1), many(2))[0]?.[0]).toBeUndefined();
  });
});

describe('of more places than are shown', () => {
  test('an explanation lists the first hundred, signed destinations before all others, and counts the rest', () => {
    const before = {
      ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, 1])),
      zz: { address: 'good' },
    };
    const after = {
      ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, 2])),
      ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`address${i}`, 'decoy'])),
      zz: { address: 'evil' },
    };
    const lines = explain({
      before: record('1', [['data', text(JSON.stringify(before))]]).line,
      after: [record('1', [['data', text(JSON.stringify(after))]]).line],
    });
    expect(lines).toHaveLength(100);
    expect(lines[0]).toMatchObject({ path: '/zz/address', before: 'good', after: 'evil' });
    expect(lines.at(-1)).toMatchObject({ placesLeftOut: 501 });
  });
});

describe('an explanation', () => {
  test('names the fields that differ and no others', () => {
    const before = record('1', [
      ['address', 'bc1signed'],
      ['note', 'x'],
    ]).line;
    const after = record('1', [
      ['address', 'bc1thief'],
      ['note', 'x'],
    ]).line;
    expect(explain({ before, after: [after] })).toEqual([
      { field: 'address', before: 'bc1signed', after: 'bc1thief' },
    ]);
  });

  test('lists all fields of a record that appeared or vanished', () => {
    const line = record('1', [
      ['note', null],
      ['address', 'a'],
    ]).line;
    expect(explain({ before: null, after: [line] })).toEqual([
      { field: 'address', before: undefined, after: 'a' },
      { field: 'note', before: undefined, after: null },
    ]);
    expect(explain({ before: line, after: [] })).toEqual([
      { field: 'address', before: 'a', after: undefined },
      { field: 'note', before: null, after: undefined },
    ]);
  });

  test('numbers the records that share a key', () => {
    const [a, b] = [record('1', [['address', 'a']]).line, record('1', [['address', 'b']]).line];
    expect(explain({ before: a, after: [a, b] })).toEqual([
      { field: 'address', record: 1, before: 'a', after: 'a' },
      { field: 'address', record: 2, before: 'a', after: 'b' },
    ]);
  });

  test('lists fields in one order whichever side has them', () => {
    const before = record('1', [['note', 'x']]).line;
    const after = record('1', [['address', 'a']]).line;
    expect(explain({ before, after: [after] }).map(({ field }) => field)).toEqual(['address', 'note']);
  });

  test('shows the text that our JSON parser refused as a whole field', () => {
    const line = (text: string) => record('1', [['data', encodeValue({ form: 'raw-json', text })]]).line;
    expect(explain({ before: line('{"a":1}'), after: [line('{"a":2}')] })).toEqual([
      { field: 'data', before: '~raw-json:{"a":1}', after: '~raw-json:{"a":2}' },
    ]);
  });

  test('is never empty and never throws for any change of records with fields', () => {
    fc.assert(
      fc.property(hostileRecords, hostileRecords, (signed, observed) => {
        const before = signed[0]?.line ?? null;
        const after = observed.map((one) => one.line);
        const hasFields = [before, ...after].some(
          (line) => line !== null && !line.startsWith('{"fields":{}'),
        );
        expect(explain({ before, after }).length > 0).toBe(hasFields);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the inside of a json column', () => {
  test('is explained by place, other places left out', () => {
    expect(
      explainJson(
        { config: { wallets_BTC_wallet: 'bitgo', zeroConfLimit: 0 } },
        { config: { wallets_BTC_wallet: 'evil', zeroConfLimit: 0 } },
      ),
    ).toEqual([['/config/wallets_BTC_wallet', 'bitgo', 'evil']]);
  });

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'toLocaleString',
    'isPrototypeOf',
    '_t',
    '',
  ])('shows a key named %j added, changed and removed', (key) => {
    const without = '{"a":1}';
    const one = `{"a":1,${JSON.stringify(key)}:"x"}`;
    const two = `{"a":1,${JSON.stringify(key)}:"y"}`;
    expect(explainTexts(without, one)).toEqual([[`/${key}`, undefined, 'x']]);
    expect(explainTexts(one, two)).toEqual([[`/${key}`, 'x', 'y']]);
    expect(explainTexts(one, without)).toEqual([[`/${key}`, 'x', undefined]]);
  });

  test('keeps the digits of numbers', () => {
    expect(explainTexts('{"a":9007199254740992}', '{"a":9007199254740993}')).toEqual([
      ['/a', '9007199254740992', '9007199254740993'],
    ]);
    expect(explainTexts('{"a":1}', '{"a":1.0}')).toEqual([['/a', '1', '1.0']]);
    expect(explainTexts('{"a":1e3}', '{"a":1000}')).toEqual([['/a', '1e3', '1000']]);
  });

  test('shows text and what only looks like it differently', () => {
    expect(explainTexts('{"a":5}', '{"a":"5"}')).toEqual([['/a', '5', '"5"']]);
    expect(explainTexts('{"a":null}', '{"a":"null"}')).toEqual([['/a', 'null', '"null"']]);
    expect(explainTexts('{"a":{"b":1}}', '{"a":"{\\"b\\":1}"}')).toEqual([
      ['/a', '{"b":1}', '"{\\"b\\":1}"'],
    ]);
    expect(explainTexts('{"a":true}', '{"a":"true"}')).toEqual([['/a', 'true', '"true"']]);
  });

  test('escapes keys in places as RFC 6901 does', () => {
    expect(explainJson({ 'a/b~c': 1 }, { 'a/b~c': 2 })).toEqual([['/a~1b~0c', '1', '2']]);
  });

  test('marks values that look like our own marks as text', () => {
    expect(explainJson({ a: 'x' }, { a: '~hmac:0' })).toEqual([['/a', 'x', '~~hmac:0']]);
  });

  test('pairs the items of an array by what identifies them', () => {
    const [btc, ltc] = [
      { code: 'BTC', address: 'a' },
      { code: 'LTC', address: 'b' },
    ];
    expect(explainJson([btc, ltc], [btc, { ...ltc, address: 'evil' }])).toEqual([
      ['/1/address', 'b', 'evil'],
    ]);
    expect(explainJson(['a', 'b'], ['a', 'c'])).toEqual([['/1', 'b', 'c']]);
    expect(explainJson([btc], [btc, ltc])).toEqual([['/1', undefined, '{"code":"LTC","address":"b"}']]);
    expect(explainJson([btc, ltc], [ltc])).toEqual([['/0', '{"code":"BTC","address":"a"}', undefined]]);
  });

  test('shows the whole field when only the spelling differs', () => {
    expect(explainTexts('{"a":1}', '{ "a": 1 }')).toEqual([[undefined, '{"a":1}', '{ "a": 1 }']]);
    expect(explainTexts('{"a":"A"}', '{"a":"\\u0041"}')).toEqual([
      [undefined, '{"a":"A"}', '{"a":"\\u0041"}'],
    ]);
  });

  test('shows the whole field when one side is no object or array, or another of the two', () => {
    expect(explainTexts('{"a":1}', 'text')).toEqual([[undefined, '{"a":1}', 'text']]);
    expect(explainTexts('{"a":1}', '[1]')).toEqual([[undefined, '{"a":1}', '[1]']]);
    expect(explainTexts('1', '2')).toEqual([[undefined, '1', '2']]);
  });

  test('shows a long array as one value, in little time', () => {
    const items = (from: number) => Array.from({ length: 10_000 }, (_, index) => ({ n: from + index }));
    const began = processorMs();
    const places = explainJson({ list: items(0), name: 'a' }, { list: items(5), name: 'b' });
    expect(processorMs() - began).toBeLessThan(3_000);
    expect(places.length).toBeGreaterThan(0);
    const smaller = (from: number) => Array.from({ length: 500 }, (_, index) => ({ n: from + index }));
    expect(
      explainJson({ list: smaller(0), name: 'a' }, { list: smaller(5), name: 'b' }).map(([path]) => path),
    ).toEqual(['/list', '/name']);
  });

  test('shows the whole field when it is nearly JSON', () => {
    for (const [before, after] of [
      ['{"a":01}', '{"a":02}'],
      ['{"a":1.}', '{"a":2.}'],
      ['{"a":1}x', '{"a":2}x'],
    ] as const) {
      expect(explainTexts(before, after)).toEqual([[undefined, before, after]]);
    }
  });

  test('shows several places of one item apart', () => {
    const item = { id: 'BTC', wallet: 'a', limit: 1 };
    expect(explainJson([item], [{ ...item, wallet: 'b', limit: 2 }])).toEqual([
      ['/0/wallet', 'a', 'b'],
      ['/0/limit', '1', '2'],
    ]);
  });

  test('takes apart arrays of up to 100 items', () => {
    const items = (count: number, last: number) =>
      Array.from({ length: count }, (_, n) => (n === count - 1 ? last : n));
    expect(explainJson({ a: items(100, -1) }, { a: items(100, -2) }).map(([path]) => path)).toEqual([
      '/a/99',
    ]);
    expect(explainJson({ a: items(101, -1) }, { a: items(101, -2) }).map(([path]) => path)).toEqual(['/a']);
  });

  test('shows up to 100 places, and counts the others', () => {
    const object = (count: number, value: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, value]));
    expect(explainJson(object(100, 1), object(100, 2))).toHaveLength(100);
    expect(explainJson(object(101, 1), object(101, 2))).toHaveLength(100);
  });

  test('shows the whole field of a value with more than 10,000 places', () => {
    const object = (count: number, last: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n === 0 ? last : 0]));
    expect(explainJson(object(9_999, 1), object(9_999, 2))).toEqual([['/k0', '1', '2']]);
    expect(explainJson(object(10_000, 1), object(10_000, 2)).map(([path]) => path)).toEqual([undefined]);
  });

  test('survives nesting that no stack survives', () => {
    const deep = (leaf: string) => `${'['.repeat(100_000)}${leaf}${']'.repeat(100_000)}`;
    expect(explainTexts(deep('1'), deep('2'))).toHaveLength(1);
    const deeper = (leaf: string) => `{"a":${'['.repeat(5_000)}${leaf}${']'.repeat(5_000)}}`;
    expect(explainTexts(deeper('1'), deeper('2'))).toHaveLength(1);
  });

  test('names no place of an array at which both sides say the same', () => {
    const places = explainJson({ a: [0, true, '', false] }, { a: [0, false, 0, false, true] });
    expect(places.map(([path]) => path)).toEqual(['/a/1', '/a/2']);
  });

  test('names no place of an array that only moved within the explanation', () => {
    expect(explainJson(['a', 'b'], ['c', 'b', 'a'])).toEqual([['/0', undefined, 'c']]);
  });

  test('shows an item that vanished apart from what its successor at that place gained', () => {
    const [one, two] = [{ id: 'A' }, { id: 'B' }];
    expect(explainJson([one, two], [{ ...two, wallet: 'evil' }])).toEqual([
      ['/0/wallet', undefined, 'evil'],
      ['/0', '{"id":"A"}', undefined],
    ]);
  });

  test('shows the whole field when the one side or the other is no JSON', () => {
    for (const nearly of ['text', '{"a":1}x']) {
      expect(explainTexts(nearly, '{"a":1}')).toEqual([[undefined, nearly, '{"a":1}']]);
      expect(explainTexts('{"a":1}', nearly)).toEqual([[undefined, '{"a":1}', nearly]]);
    }
  });

  test('looks for objects and arrays at the start of a value only, after any blanks', () => {
    expect(explainTexts('"[1]"', '"[2]"')).toEqual([[undefined, '"[1]"', '"[2]"']]);
    expect(explainTexts(' \n{"a":1}', ' \n{"a":2}')).toEqual([['/a', '1', '2']]);
  });

  test('takes values of up to 262,144 characters apart', () => {
    const long = (characters: number, value: number) => {
      const rest = `{"b":${value},"a":""}`;
      return rest.replace('""', `"${'x'.repeat(characters - rest.length)}"`);
    };
    expect(explainTexts(long(262_144, 1), long(262_144, 2))).toEqual([['/b', '1', '2']]);
    expect(explainTexts(long(262_145, 1), long(262_145, 2)).map(([path]) => path)).toEqual([undefined]);
  });

  test('shows what lies deeper than 32 levels as one text, in objects and in arrays', () => {
    const object = (inner: unknown) => ({ a: inner });
    const item = (inner: unknown) => ({ id: '1', list: [inner] });
    for (const [times, wrap, step] of [
      [32, object, '/a'],
      [16, item, '/list/0'],
    ] as const) {
      const places = (count: number) => {
        const around = (leaf: unknown) => Array.from({ length: count }).reduce(wrap, leaf);
        return explainJson(around({ id: '2', n: [1, true, null] }), around({ id: '2', n: [2] }));
      };
      expect(places(times)).toEqual([
        [step.repeat(times), '{"id":"2","n":[1,true,null]}', '{"id":"2","n":[2]}'],
      ]);
      const above = `${step.repeat(times - 1)}/n`;
      expect(places(times - 1).every(([path]) => path?.startsWith(above))).toBe(true);
    }
  });

  test('shows a long array with its items', () => {
    const [before, after] = [Array.from({ length: 101 }, () => 1), Array.from({ length: 101 }, () => 2)];
    expect(explainJson({ a: before }, { a: after })).toEqual([
      ['/a', JSON.stringify(before), JSON.stringify(after)],
    ]);
  });

  test('explains any two different JSON objects by at least one place, each of them true', () => {
    const json = fc.dictionary(hostileText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(json, json, (before, after) => {
        const [a, b] = [JSON.stringify(before), JSON.stringify(after)];
        fc.pre(a !== b);
        const places = explainTexts(a, b);
        expect(places.length).toBeGreaterThan(0);
        for (const [, was, now] of places) expect(was === now).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

test('a change stays, as its whole field, when the library that only explains fails', () => {
  const { diff } = DiffPatcher.prototype;
  DiffPatcher.prototype.diff = () => {
    throw new Error('the differ failed');
  };
  try {
    expect(explainTexts('{"a":1}', '{"a":2}')).toEqual([[undefined, '{"a":1}', '{"a":2}']]);
  } finally {
    DiffPatcher.prototype.diff = diff;
  }
});
