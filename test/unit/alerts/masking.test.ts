import { expect, test } from '@jest/globals';
import { masked } from '../../../daemon/alerts/masking.js';

test('an e-mail address keeps its first character, its domain and its length', () => {
  expect(masked({ untrusted: 'anna@example.org' })).toEqual({
    untrusted: 'a',
    form: 'masked',
    masked: { end: '@example.org', characters: 16 },
  });
});

test('any other text keeps its first character, unless that is half of it', () => {
  expect(masked({ untrusted: '😀no' })).toMatchObject({
    untrusted: '😀',
    masked: { end: '', characters: 3 },
  });
  expect(masked({ untrusted: 'no' })).toMatchObject({ untrusted: '', masked: { end: '', characters: 2 } });
});

test('raw text of a json column is masked too; what is carried as a fingerprint stays as it is', () => {
  expect(masked({ untrusted: '{"a":1}', form: 'raw-json' })).toMatchObject({
    untrusted: '{',
    masked: { characters: 7 },
  });
  const hmac = { untrusted: 'ab12', form: 'hmac' } as const;
  expect(masked(hmac)).toBe(hmac);
});

test('nothing and an empty text stay as they are', () => {
  for (const untrusted of [null, '']) expect(masked({ untrusted })).toEqual({ untrusted });
});

test('a domain longer than any is masked like other text', () => {
  const endOf = (characters: number) => masked({ untrusted: `a@${'d'.repeat(characters)}` }).masked?.end;
  expect(endOf(253)).toHaveLength(254);
  expect(endOf(254)).toBe('');
});

test('what only holds an address is none', () => {
  for (const text of ['call anna@example.org', 'anna@example.org now', 'a@b@c']) {
    expect(masked({ untrusted: text }).masked?.end).toBe('');
  }
});
