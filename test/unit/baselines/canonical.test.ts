import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, documentBytes, type JsonValue, parseDocument } from '../../../baselines/canonical.js';
import { LIMITS } from '../../../baselines/limits.js';
import { codeOf } from './scene.js';

const hostileNames = [
  '__proto__',
  'constructor',
  'toJSON',
  'hasOwnProperty',
  '',
  '1',
  '10',
  '2',
  '\ud83e\udd80',
  '\uff5e',
];
const name = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: 'grapheme' }));

/** Any value of our documents; objects are built as JSON.parse builds them, so `__proto__` is a name. */
const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.constantFrom(null, true, false),
      name,
      fc.maxSafeInteger().filter((n) => !Object.is(n, -0)),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(name, tie('value')), { selector: ([key]) => key, maxLength: 5 })
      .map((members) => objectOf(members)),
  ),
})).value;

function objectOf(members: readonly (readonly [string, JsonValue])[]): JsonValue {
  const object = {};
  for (const [key, member] of members) {
    Object.defineProperty(object, key, {
      value: member,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

describe('canonical JSON', () => {
  test('orders names by UTF-16 code units, as RFC 8785 section 3.2.3 shows it', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    expect(Object.keys(JSON.parse(canonicalJson(objectOf(names.map((one) => [one, 1])))))).toEqual(
      ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'].sort((a, b) =>
        a === '1' ? -1 : b === '1' ? 1 : 0,
      ),
    );
    expect(canonicalJson(objectOf(names.map((one) => [one, 1])))).toBe(
      '{"\\r":1,"1":1,"\u0080":1,"\u00f6":1,"\u20ac":1,"\ud83d\ude00":1,"\ufb33":1}',
    );
  });

  test('escapes only what RFC 8785 section 3.2.2.2 escapes', () => {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\"/\u007f\u2028')).toBe(
      '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/\u007f\u2028"',
    );
  });

  test('treats names of JavaScript as names', () => {
    const object = JSON.parse('{"toJSON":"x","constructor":null,"__proto__":{"a":1}}') as JsonValue;
    expect(canonicalJson(object)).toBe('{"__proto__":{"a":1},"constructor":null,"toJSON":"x"}');
  });

  test.each([[0.5], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 53], [-0], ['\ud800'], [undefined]])(
    'has no form for %p',
    (impossible) => {
      expect(codeOf(() => canonicalJson(impossible as JsonValue))).toBe('BASELINE_NOT_CANONICAL');
    },
  );

  test('is the same for the same value only', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b);
        expect(same).toBe(equal(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test('reads back what it wrote, and writes back what it read', () => {
    fc.assert(
      fc.property(value, (one) => {
        const bytes = documentBytes(one);
        const back = parseDocument(bytes);
        expect(equal(back, one)).toBe(true);
        expect(documentBytes(back)).toEqual(bytes);
      }),
    );
  });

  test('refuses every other text of the same value', () => {
    const respelt = fc.tuple(value, fc.nat(), fc.constantFrom(' ', '\n', '\t', '\u00a0', '0', '"', ','));
    fc.assert(
      fc.property(respelt, ([one, at, extra]) => {
        const text = Buffer.from(documentBytes(one)).toString('utf8');
        const cut = at % (text.length + 1);
        const changed = Buffer.from(text.slice(0, cut) + extra + text.slice(cut), 'utf8');
        // Inside a string an insertion may spell another value; it never spells this one.
        const read = codeOf(() => expect(equal(parseDocument(changed), one)).toBe(false));
        expect([
          'nothing was thrown',
          'BASELINE_NOT_CANONICAL',
          'BASELINE_NOT_JSON',
          'BASELINE_NOT_UTF8',
        ]).toContain(read);
      }),
    );
  });
});

/** Equality of values, written apart from the code under test. */
function equal(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
    );
  }
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    const left = new Map(Object.entries(a));
    const right = new Map(Object.entries(b));
    return (
      left.size === right.size &&
      [...left].every(([key, member]) => right.has(key) && equal(member, right.get(key) as JsonValue))
    );
  }
  return Object.is(a, b);
}

describe('reading a document', () => {
  test('refuses one byte too many before it looks at anything', () => {
    const bytes = Buffer.alloc(LIMITS.documentBytes + 1, 0xff);
    expect(codeOf(() => parseDocument(bytes))).toBe('BASELINE_TOO_LARGE');
    expect(codeOf(() => parseDocument(bytes.subarray(1)))).toBe('BASELINE_NOT_UTF8');
  });

  test('counts levels outside of strings only', () => {
    const nested = (levels: number) => Buffer.from(`${'['.repeat(levels)}${']'.repeat(levels)}\n`);
    expect(codeOf(() => parseDocument(nested(LIMITS.documentDepth)))).toBe('nothing was thrown');
    expect(codeOf(() => parseDocument(nested(LIMITS.documentDepth + 1)))).toBe('BASELINE_TOO_DEEP');
    expect(codeOf(() => parseDocument(nested(500_000)))).toBe('BASELINE_TOO_DEEP');
    expect(parseDocument(documentBytes(`"\\${'['.repeat(100)}`))).toBe(`"\\${'['.repeat(100)}`);
  });

  test('says nothing of what an unsigned document holds', () => {
    try {
      parseDocument(Buffer.from('{"secret-text"'));
    } catch (error) {
      expect((error as Error).message).not.toContain('secret');
      expect((error as Error).cause).toBeUndefined();
    }
    expect.assertions(2);
  });
});
