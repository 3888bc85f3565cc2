import { describe, expect, test } from '@jest/globals';
import { surveyJson } from '../../../daemon/sources/relational/survey/json-survey.js';
import { shapeOf } from '../../../daemon/sources/relational/survey/value-shape.js';
import { processorMs } from '../../support/processor.js';

describe('the shape of a value', () => {
  test.each([
    ['', 'empty'],
    ['t', 'boolean'],
    ['-12.50', 'number'],
    ['2026-11-30 10:00:00.5+00', 'time'],
    ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff', 'uuid'],
    ['anna@example.org', 'mail'],
    ['+420 111 222 333', 'phone'],
    ['https://api.example.org/v1', 'url'],
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'address'],
    ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', 'address'],
    ['0x52908400098527886E0F7030069857D2E4169EE7', 'address'],
    ['TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW', 'address'],
    ['$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW', 'password-hash'],
    ['$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', 'password-hash'],
    ['pbkdf2_sha256$260000$x$y', 'password-hash'],
    ['*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19', 'password-hash'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHc', 'private-key'],
    ['5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ', 'private-key'],
    [
      'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
      'private-key',
    ],
    ['v2x8f7a1c09bE4d3Kq7LmZ0pR5tY', 'random'],
    ['9f86d081884c7d659a2feaa0c55ad015', 'random'],
    ['{"a":1}', 'json-object'],
    ['[1]', 'json-array'],
    ['smtp.password', 'secret-name'],
    ['Praha Hlavni nadrazi 12', 'text'],
    ['BT1000001', 'text'],
    ['org.example.strategies.FixedFeeStrategy', 'text'],
  ])('%j is %s', (text, shape) => {
    expect(shapeOf(text)).toBe(shape);
  });

  test('an address with one letter exchanged is none: its checksum is wrong', () => {
    expect(shapeOf('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb')).not.toBe('address');
  });

  test.each(['a'.repeat(1024), '1'.repeat(60), ' '.repeat(1024), '-'.repeat(1024), '\u0000'])(
    'a text made to be slow is judged at once (%#)',
    (text) => {
      const from = processorMs();
      for (let i = 0; i < 100; i++) shapeOf(text);
      expect(processorMs() - from).toBeLessThan(500);
    },
  );
});

describe('the members of JSON', () => {
  test('are told by name where the name is one; what may be data is counted', () => {
    const found = surveyJson([
      JSON.stringify({ smtp: { host: 'x', password: 'y' }, 'anna@example.org': 1, ['a'.repeat(64)]: 2 }),
    ]);
    expect(found?.members.map(({ path }) => path.join('/'))).toEqual(['smtp/host', 'smtp/password']);
    expect(found?.unnamed).toBe(2);
  });

  test('of a list go by its name', () => {
    const text = JSON.stringify({ wallets: [{ name: 'hot', privateKey: 'x' }, { name: 'cold' }] });
    const members = surveyJson([text])?.members.map(({ path }) => path.join('/'));
    expect(members).toEqual(['wallets/name', 'wallets/privateKey']);
  });

  test('of ten thousand levels, of a hundred thousand names or of none harm nothing', () => {
    expect(surveyJson(['['.repeat(10_000) + ']'.repeat(10_000), 'no json', '[1]'])).toBeNull();
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`n${i}`, i])));
    const found = surveyJson([deep, wide, '{"__proto__":{"x":1}}']);
    expect(found?.members.length).toBeLessThanOrEqual(60);
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });
});
