import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normalizeJsonText } from '../../../../baselines/index.js';
import { createCellEncoder } from '../../../../daemon/sources/relational/derive/cell.js';
import { jsonDocument } from '../../../../daemon/sources/relational/derive/json-document.js';
import { createJsonRecords, memberText } from '../../../../daemon/sources/relational/derive/json-records.js';
import { membersOf } from '../../../../daemon/sources/relational/derive/members.js';

const LIMITS = { maxRecords: 1000, maxValueBytes: 64 };
const rest = createJsonRecords(
  { column: 'data', members: [{ path: '{path...}', field: 'value' }], except: ['a/{x}', 'gone/{y...}'] },
  ['path'],
  LIMITS,
);
const read = (text: string | null) =>
  rest
    .recordsOf(text === null ? null : jsonDocument(text))
    ?.map(({ key, fields }) => [...key, fields.get('value') ?? null]);

describe('members left out of a column of JSON', () => {
  const encode = (...paths: string[]) => {
    const matched = new Set<string>();
    const encoder = createCellEncoder(
      paths.map((path) => ({ column: 'data', path })),
      matched,
    );
    return { read: (text: string) => encoder('data', { text, json: true }), matched };
  };

  test('what is named is gone wherever it stands, and all else is as the normal form has it', () => {
    const { read, matched } = encode('counter', 'keys/{id}/used', 'rest/{all...}');
    expect(read('{"b":1.0,"counter":7,"keys":{"k":{"used":1,"pub":"\\u0041"}},"rest":{"x":{"y":1}}}')).toBe(
      '{"b":1.0,"keys":{"k":{"pub":"A"}},"rest":{}}',
    );
    expect([...matched]).toEqual(['counter', 'keys/{id}/used', 'rest/{all...}']);
  });

  test('two values that differ in nothing else are the same, and nothing but that is hidden', () => {
    const { read } = encode('counter');
    const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(json, json, fc.nat(), fc.nat(), (a, b, x, y) => {
        const text = (members: object, counter: number) => JSON.stringify({ ...members, counter });
        expect(read(text(a, x))).toBe(read(text(a, y)));
        const [one, other] = [a, b].map((members) => normalizeJsonText(text(members, 0)));
        if (one?.ok && other?.ok) expect(read(text(a, x)) === read(text(b, y))).toBe(one.text === other.text);
      }),
    );
  });

  test('a text that is no JSON, and a value that was too long to travel, stay what they are', () => {
    const { read } = encode('counter');
    expect(read('{"counter":1,"counter":2}')).toBe('~raw-json:{"counter":1,"counter":2}');
    const digest = `~digest:9:${'0'.repeat(64)}`;
    const encoder = createCellEncoder([{ column: 'data', path: 'counter' }], new Set());
    expect(encoder('data', { encoded: digest })).toBe(digest);
    expect(encoder('other', { text: '{"counter": 1}', json: true })).toBe('{"counter":1}');
  });

  test.each([
    ['{"counter":1', '~raw-json:{"counter":1'],
    [`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, expect.stringMatching(/^~raw-json:/)],
  ])('a hostile text is carried marked: %.20s', (text, expected) => {
    expect(encode('a/{b}/{c}/{d}').read(text)).toEqual(expected);
  });
});

describe('records out of JSON', () => {
  test('every member that no rule of others claims is a record, under its whole path', () => {
    expect(read('{"a":{"x":1},"b":{"c":[1.0],"d":{}},"e":"","gone":{"z":{"q":1}},"a~":"~hmac:x"}')).toEqual([
      ['a~0', '~~hmac:x'],
      ['b/c', '[1.0]'],
      ['b/d', '{}'],
      ['e', ''],
    ]);
  });

  test('a member that becomes something else falls to the rest and stays watched', () => {
    expect(read('{"a":7,"gone":null}')).toEqual([
      ['a', '7'],
      ['gone', 'null'],
    ]);
  });

  test.each([
    ['a name twice', '{"a":1,"a":2}'],
    ['no JSON', '{"a":'],
    ['no object', '[1]'],
    ['nothing', null],
    ['10,000 levels', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['more than 4 MiB', `{"a":"${'x'.repeat(5_000_000)}"}`],
  ])('what cannot be interpreted (%s) is one record without a key, and quotes nothing', (_, text) => {
    expect(rest.recordsOf(text === null ? null : jsonDocument(text))).toEqual([
      { key: [null], fields: new Map() },
    ]);
  });

  test('more records than allowed are not cut off but refused', () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`m${i}`, i]));
    expect(rest.recordsOf(jsonDocument(JSON.stringify(many)))).toBeNull();
  });

  test('names of every object of the language are members like any other', () => {
    expect(read('{"__proto__":1,"constructor":2,"toString":3}')).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ]);
  });

  test('a long value is its length and digest', () => {
    expect(read(`{"b":"${'y'.repeat(65)}"}`)?.[0]?.[1]).toMatch(/^~digest:65:[0-9a-f]{64}$/);
  });

  test('the host of a URL is shown without user, password, path and query', () => {
    const hosts = createJsonRecords(
      { column: 'data', members: [{ path: '{plugin}/endpoint', field: 'endpoint', host: 'host' }] },
      ['plugin'],
      LIMITS,
    );
    const host = (value: unknown) =>
      hosts.recordsOf(jsonDocument(JSON.stringify({ p: { endpoint: value } })))?.[0]?.fields.get('host') ??
      null;
    expect(host('https://user:s3cret@infura.example:8443/v3/0123?k=v')).toBe('https://infura.example:8443');
    expect(host('no url')).toBeNull();
    expect(host(7)).toBeNull();
  });

  test('values that JSON tells apart stay apart', () => {
    expect(['5', '"5"', '5.0', 'null', '"null"', '"a"', '"\\"a\\""'].map(memberText)).toEqual([
      '5',
      '"5"',
      '5.0',
      'null',
      '"null"',
      'a',
      '"\\"a\\""',
    ]);
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [x, y] = [JSON.stringify(a), JSON.stringify(b)].map((text) => {
          const normal = normalizeJsonText(text);
          return normal.ok ? normal.text : '';
        });
        expect(memberText(x ?? '') === memberText(y ?? '')).toBe(x === y);
      }),
    );
  });

  test('members are found as the language itself finds them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const normal = normalizeJsonText(JSON.stringify(object));
        if (!normal.ok) return;
        const members = membersOf(normal.text) ?? [];
        expect(members.map(([name, value]) => [name, JSON.parse(value)])).toEqual(
          Object.entries(JSON.parse(normal.text) as object).sort(([a], [b]) => (a < b ? -1 : 1)),
        );
      }),
    );
  });
});

describe('two members that would become one field of one record', () => {
  const fieldsOf = (members: Parameters<typeof createJsonRecords>[0]['members'], text: string) =>
    createJsonRecords({ column: 'data', members }, ['coin'], LIMITS)
      .recordsOf(jsonDocument(text))
      ?.map(({ key, fields }) => [...key, ...fields]);

  test('both stand, whichever comes first', () => {
    const rules = [
      { path: 'old/{coin}', field: 'wallet' },
      { path: 'wallets/{coin}', field: 'wallet' },
    ];
    expect(fieldsOf(rules, '{"wallets": {"BTC": "bc1q"}}')).toEqual([['BTC', ['wallet', 'bc1q']]]);
    expect(fieldsOf(rules, '{"wallets": {"BTC": "bc1q"}, "old": {"BTC": "EVIL"}}')).toEqual([
      ['BTC', ['wallet', 'EVIL']],
      ['BTC', ['wallet', 'bc1q']],
    ]);
  });

  test('also where it is the host of another one', () => {
    const rules = [
      { path: 'host/{coin}', field: 'host' },
      { path: 'url/{coin}', field: 'url', host: 'host' },
    ];
    const found = fieldsOf(rules, '{"url": {"BTC": "https://a.example/x"}, "host": {"BTC": "EVIL"}}');
    expect(found).toEqual([
      ['BTC', ['host', 'EVIL']],
      ['BTC', ['url', 'https://a.example/x'], ['host', 'https://a.example']],
    ]);
  });

  test('nor is a name with a slash taken for two names', () => {
    const rules = [
      { path: '{coin}', field: 'wallet' },
      { path: '{coin...}', field: 'wallet' },
    ];
    expect(fieldsOf(rules, '{"a": {"b": "bc1q"}, "a/b": "EVIL"}')).toHaveLength(2);
  });
});

describe('two documents are alike for the rules of a collection', () => {
  const JSON_RULES = {
    column: 'data',
    members: [
      { path: 'a/{key}', field: 'a' },
      { path: 'b', field: 'b' },
      { path: 'c/{key...}', field: 'c', host: 'host' },
    ],
    except: ['c/b/{x...}', 'c/c'],
  };
  const rules = createJsonRecords(JSON_RULES, ['key'], LIMITS);
  const documentOf = (value: unknown) => {
    const document = jsonDocument(JSON.stringify(value));
    if (document === null) throw new Error('no document');
    return document;
  };
  const areAlike = (one: unknown, other: unknown) => rules.areAlike(documentOf(one), documentOf(other));
  const before = { a: { a: 1, b: 2 }, b: { x: 1 }, c: { a: 1, b: { a: 1 }, c: 1 }, d: { a: 1 } };

  test.each<[string, object]>([
    ['nothing differs', {}],
    ['a member that no rule names', { d: { a: 2, b: { c: 3 } } }],
    ['a member that is gone, of which nothing was taken', { d: undefined }],
    ['what is left to others', { c: { a: 1, b: { a: 2 }, c: { a: 2 } } }],
  ])('where they differ in %s', (_, changed) => {
    expect(areAlike(before, { ...before, ...changed })).toBe(true);
    expect(areAlike({ ...before, ...changed }, before)).toBe(true);
  });

  test.each<[string, object]>([
    ['a value that is taken', { a: { a: 1, b: 3 } }],
    ['a member that came', { a: { a: 1, b: 2, c: 3 } }],
    ['a member that is gone', { a: { a: 1 } }],
    ['the inside of what is taken whole', { b: { x: 2 } }],
    ['an object that is no object any more', { b: 1 }],
    ['an object that is empty now, and a value then', { c: { a: 1, b: {}, c: 1 }, a: {} }],
    ['something far down', { c: { a: { a: { a: 1 } }, b: { a: 1 }, c: 1 } }],
  ])('and are not where they differ in %s', (_, changed) => {
    expect(areAlike(before, { ...before, ...changed })).toBe(false);
    expect(areAlike({ ...before, ...changed }, before)).toBe(false);
  });

  test('nor where one of them is no object, which is one record without a key', () => {
    expect(areAlike([1], [1])).toBe(false);
    expect(areAlike({}, 7)).toBe(false);
    expect(areAlike({}, { d: 1 })).toBe(true);
  });

  test('only when they have the same records, and the same rules matched', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(1, 2, 'https://a.example/x'),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ),
    }));
    const document = fc.dictionary(name, value, { maxKeys: 4 });
    const found = (object: object) => {
      const matched = new Set<string>();
      return { records: rules.recordsOf(documentOf(object), matched), matched };
    };
    fc.assert(
      fc.property(document, document, (one, other) => {
        // Most of the pairs share something.
        for (const next of [other, { ...one, ...other }]) {
          if (areAlike(one, next)) expect(found(next)).toEqual(found(one));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
