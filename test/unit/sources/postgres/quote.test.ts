import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  parseRelation,
  quoteBody,
  quoteIdentifier,
  quoteLiteral,
  relationText,
} from '../../../../daemon/sources/postgres/quote.js';

const identifier = fc
  .string({ minLength: 1, maxLength: 15, unit: 'grapheme' })
  .filter((name) => Buffer.byteLength(name) <= 63 && !name.includes('\0'));

test('any two names come back from their text', () => {
  fc.assert(
    fc.property(identifier, identifier, (schema, name) => {
      expect(parseRelation(relationText({ schema, name }))).toEqual({ schema, name });
    }),
  );
});

test.each([
  ['public.terminal', { schema: 'public', name: 'terminal' }],
  ['Public.Terminal', { schema: 'Public', name: 'Terminal' }],
  ['"a.b"."c""d"', { schema: 'a.b', name: 'c"d' }],
  ['public."x"', { schema: 'public', name: 'x' }],
  ['terminal', null],
  ['a.b.c', null],
  ['.b', null],
  ['a.', null],
  ['""."b"', null],
  ['"a".b"', null],
  [`a.${'x'.repeat(64)}`, null],
  ['a.b\0', null],
])('%s is read as %j', (text, relation) => {
  expect(parseRelation(text)).toEqual(relation);
});

test('quoting doubles what would end it', () => {
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
  expect(quoteLiteral("it's")).toBe("'it''s'");
  expect(quoteLiteral("\\' or 1=1")).toBe(" E'\\\\'' or 1=1'");
});

test('a body never holds its own dollar quote', () => {
  const body = 'x $tillwarden$ y $tillwarden1$ z';
  expect(quoteBody(body)).toBe(`$tillwarden2$${body}$tillwarden2$`);
});
