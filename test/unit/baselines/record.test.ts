import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareUtf8, recordLine, type TillRecord } from '../../../baselines/index.js';
import { LIMITS } from '../../../baselines/limits.js';
import { sha256Hex } from '../../../baselines/record.js';
import { readCollection, readRecords } from '../../../baselines/records.js';
import { collectionSnapshot } from '../../../baselines/snapshot.js';
import { codeOf, definition } from './scene.js';

describe('the order of texts', () => {
  // Each before the next: by their UTF-8 bytes, in which everything beyond U+FFFF comes last.
  const ascending = [
    '',
    'a',
    'aa',
    'ab',
    'b',
    'b\u00e9',
    '\u00e9',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\ud800\udc00',
  ];
  const more = ['\ud800\udc00a', '\ud83d\ude00', '\udbff\udfff'];
  const all = [...ascending, ...more];

  test('is that of their UTF-8 bytes, whichever of the two comes first', () => {
    for (const [i, a] of all.entries()) {
      for (const [j, b] of all.entries()) {
        const sign = Math.sign(compareUtf8(a, b));
        expect([a, b, sign]).toEqual([a, b, Math.sign(i - j)]);
        expect(sign).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }
    }
  });

  test('puts half of a pair where pairs are', () => {
    expect(compareUtf8('\udfff', '\uffff')).toBeGreaterThan(0);
    expect(compareUtf8('\uffff', '\udfff')).toBeLessThan(0);
  });
});

describe('a snapshot', () => {
  const line = (key: string, name: string) => recordLine({ key: [key], fields: new Map([['name', name]]) });
  const [a, b, b2, c] = [line('a', '1'), line('b', '1'), line('b', '2'), line('c', '1')];

  test('takes records that are in order as they are, without a copy', () => {
    for (const ordered of [[], [a], [a, b, c], [a, a, b], [a, b, b2]]) {
      expect(collectionSnapshot(definition('admins', 'admin'), ordered).records).toBe(ordered);
    }
  });

  test('orders all others, by key and then by line', () => {
    const mixed = [c, b2, a, b];
    const snapshot = collectionSnapshot(definition('admins', 'admin'), mixed);
    expect(snapshot.records).toEqual([a, b, b2, c]);
    expect(mixed).toEqual([c, b2, a, b]);
    expect(snapshot.recordsDigest).toBe(sha256Hex([a, b, b2, c].map((one) => `${one.line}\n`).join('')));
  });
});

describe('a records file', () => {
  const admins = definition('admins', 'admin', { columns: ['name', 'role'] });
  const record = (key: TillRecord['key'], name = 'x') =>
    recordLine({
      key,
      fields: new Map([
        ['name', name],
        ['role', null],
      ]),
    }).line;
  const [one, two] = [record(['1']), record(['2'])];
  const file = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');
  const read = (content: string | Uint8Array, count = 2) =>
    readRecords({ definition: admins, records: sha256Hex(content), count }, Buffer.from(content));
  const malformed = 'hold in line 2 something else than one record in canonical form';
  const others = 'hold in line 2 other fields or key columns than the definition has';

  test('is read with all its records', () => {
    expect(read(file(one, two)).records.map(({ line }) => line)).toEqual([one, two]);
    expect(read('', 0).records).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['is cut off', `${file(one)}${two}`, malformed],
    ['is cut off within a line', `${file(one)}{`, malformed],
    ['holds an empty line', file(one, ''), malformed],
    ['holds a line of one character', file(one, '1'), malformed],
    ['holds null', file(one, 'null'), malformed],
    ['holds a text', file(one, '"key"'), malformed],
    ['holds a list', file(one, '[]'), malformed],
    ['holds no fields', file(one, '{"key":["2"]}'), malformed],
    ['holds null for fields', file(one, '{"fields":null,"key":["2"]}'), malformed],
    ['holds text for fields', file(one, '{"fields":"xy","key":["2"]}'), malformed],
    ['holds a number for fields', file(one, '{"fields":7,"key":["2"]}'), malformed],
    ['holds a list for fields', file(one, '{"fields":["x",null],"key":["2"]}'), malformed],
    ['holds text for a key', file(one, '{"fields":{"name":"x","role":null},"key":"2"}'), malformed],
    ['holds a number in a key', file(one, '{"fields":{"name":"x","role":null},"key":[2]}'), malformed],
    ['holds a number in a field', file(one, '{"fields":{"name":7,"role":null},"key":["2"]}'), malformed],
    [
      'holds one name twice',
      file(one, '{"fields":{"name":"x","name":"x","role":null},"key":["2"]}'),
      malformed,
    ],
    ['holds names out of order', file(one, '{"fields":{"role":null,"name":"x"},"key":["2"]}'), malformed],
    ['holds white space', file(one, `${two} `), malformed],
    ['holds half of a surrogate pair', file(one, record(['2'], '\ud800')), malformed],
    ['holds a field less', file(one, '{"fields":{"name":"x"},"key":["2"]}'), others],
    ['holds another field', file(one, '{"fields":{"name":"x","rule":null},"key":["2"]}'), others],
    ['holds a key of two columns', file(one, record(['2', '3'])), others],
    ['holds a null in its key', file(one, record([null])), 'hold in line 2 a null in a key'],
    ['holds a key twice', file(one, record(['1'], 'y')), 'hold the key of line 2 twice'],
    ['is out of order', file(two, one), 'are out of order in line 2'],
    ['holds too few', file(one), 'are 1; the statement says 2'],
    ['holds too many', file(one, two, record(['3'])), 'are 3; the statement says 2'],
  ])('that %s is refused with the number of the line', (_what, content, message) => {
    expect(() => read(content)).toThrow(`The records of admins ${message}.`);
  });

  test('may hold a text that only looks like half of a pair', () => {
    const looks = record(['2'], '\\ud800');
    expect(read(file(one, looks)).records[1]?.line).toBe(looks);
  });

  test('with columns named by numbers is no list and no text', () => {
    const numbered = definition('admins', 'admin', { columns: ['0', '1'] });
    for (const fields of ['["x","y"]', '"xy"']) {
      const content = `{"fields":${fields},"key":["1"]}\n`;
      const collection = { definition: numbered, records: sha256Hex(content), count: 1 };
      expect(codeOf(() => readRecords(collection, Buffer.from(content)))).toBe('BASELINE_RECORDS_MALFORMED');
    }
  });

  test('of other bytes, in another encoding or not there is refused with what to do', () => {
    const digest = '0'.repeat(64);
    const collection = { definition: admins, records: digest, count: 1 };
    expect(() => readRecords(collection, Buffer.from(file(one)))).toThrow(
      'The records of admins are not the signed ones; restore the file from where it was signed.',
    );
    expect(() => read(Buffer.from([0xff, 0x0a]))).toThrow('The records of admins are not UTF-8 text.');
    expect(() => readCollection(collection, () => undefined)).toThrow(
      `The records of admins are missing: ${digest}.jsonl. Restore the file from where it was signed.`,
    );
  });

  test('beside another state of it is the same, with the records of that one where they stand in both', () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
    const state = fc
      .tuple(keys, fc.integer({ min: 0, max: 3 }))
      .map(([all, changed]) => all.map((id) => record([String(id)], id % 4 === changed ? 'y' : 'x')).sort());
    fc.assert(
      fc.property(state, state, (before, after) => {
        const collectionOf = (lines: readonly string[]) => {
          const records = lines.map((line) => JSON.parse(line).key[0] as string).sort();
          const ordered = records.map((id) => lines.find((line) => line.includes(`"key":["${id}"]`)) ?? '');
          return { content: file(...ordered), count: ordered.length };
        };
        const [old, next] = [collectionOf(before), collectionOf(after)];
        const like = read(old.content, old.count);
        const statement = { definition: admins, records: sha256Hex(next.content), count: next.count };
        const beside = readRecords(statement, Buffer.from(next.content), like);
        expect(beside).toEqual(read(next.content, next.count));
        const known = new Map(like.records.map((one) => [one.line, one]));
        for (const one of beside.records) expect(known.get(one.line) ?? one).toBe(one);
      }),
    );
  });

  test('beside another state of it is refused for what is wrong with its lines all the same', () => {
    const like = read(file(one, two));
    const refused = (content: string, count: number) =>
      codeOf(() =>
        readRecords({ definition: admins, records: sha256Hex(content), count }, Buffer.from(content), like),
      );
    expect(refused(file(two, one), 2)).toBe('BASELINE_RECORDS_ORDER');
    expect(refused(file(one, one), 2)).toBe('BASELINE_RECORDS_DUPLICATE');
    expect(refused(file(one, `${two} `), 2)).toBe('BASELINE_RECORDS_MALFORMED');
    expect(refused(file(one), 2)).toBe('BASELINE_RECORDS_COUNT');
  });

  test('is looked at up to its limit and not one byte beyond', () => {
    const collection = { definition: admins, records: '0'.repeat(64), count: 1 };
    const bytes = Buffer.alloc(LIMITS.recordsBytes + 1);
    expect(codeOf(() => readRecords(collection, bytes.subarray(1)))).toBe('BASELINE_RECORDS_DIGEST');
    expect(() => readRecords(collection, bytes)).toThrow(
      'The records of admins have 67108865 bytes; at most 67108864 are read.',
    );
  });
});
