import { describe, expect, test } from '@jest/globals';
import { type Definition, recordLine, sha256Hex } from '../../../baselines/index.js';
import { createQuoter, type QuotingLimits } from '../../../daemon/policy/quoting.js';
import { definitionOf } from './build.js';

const LIMITS: QuotingLimits = { maxFields: 40, longestValue: 10, budget: 20, longestValueBeyond: 3 };
const digestOf = (text: string, bytes = text.length) => ({
  untrusted: sha256Hex(text),
  form: 'digest',
  bytes,
});

describe('what is carried of long values', () => {
  test('a value of the limit is carried whole, a longer one as its length in bytes and its digest', () => {
    const quoter = createQuoter(LIMITS);
    expect(quoter.value('a'.repeat(10))).toEqual({ untrusted: 'a'.repeat(10) });
    expect(quoter.value(`${'a'.repeat(10)}é`)).toEqual(digestOf(`${'a'.repeat(10)}é`, 12));
    expect(quoter.carried()).toBe(20);
  });

  test('once the budget is used up the limit is smaller, and not a character before', () => {
    const quoter = createQuoter(LIMITS);
    quoter.value('a'.repeat(10));
    quoter.value('a'.repeat(9));
    expect(quoter.value('abcd')).toEqual({ untrusted: 'abcd' });
    expect(quoter.value('abcd')).toEqual(digestOf('abcd'));
    expect(quoter.value('abc')).toEqual({ untrusted: 'abc' });
    const exact = createQuoter(LIMITS);
    exact.value('a'.repeat(10));
    exact.value('a'.repeat(10));
    expect(exact.value('abcd')).toEqual(digestOf('abcd'));
  });

  test('what does not exist takes nothing of the budget', () => {
    const quoter = createQuoter(LIMITS);
    expect(quoter.value(null)).toEqual({ untrusted: null });
    expect(quoter.carried()).toBe(0);
  });
});

describe('what people know a record by', () => {
  const NAMES = ['coin', 'email', 'label', 'login', 'name', 'serial'];
  const definition: Definition = { ...definitionOf('admin', [...NAMES, 'role']), secret: ['login'] };
  const line = (over: Readonly<Record<string, string>>) =>
    recordLine({
      key: ['1'],
      fields: new Map([...NAMES, 'role'].map((name) => [name, over[name] ?? `the ${name}`] as const)),
    }).line;
  const about = (
    before: string | null,
    after: readonly string[],
    defined: Definition | undefined = definition,
  ) =>
    createQuoter()
      .change(
        {
          what: 'change',
          collection: 'admins',
          kind: 'admin',
          type: 'modified',
          key: '["1"]',
          before,
          after,
        },
        { severity: 'high', headline: 'h', definition: defined },
      )
      .about?.map(({ name, value }) => `${name} ${value.untrusted}`);

  test('are the first three columns that name it, are no secret and did not change', () => {
    const signed = line({ role: 'a' });
    expect(about(signed, [line({ role: 'b' })])).toEqual([
      'coin the coin',
      'email the email',
      'label the label',
    ]);
    expect(about(signed, [line({ role: 'b', email: 'x' })])).toEqual([
      'coin the coin',
      'label the label',
      'name the name',
    ]);
  });

  test('are short: of 64 characters at most', () => {
    const long = { coin: 'c'.repeat(65), email: 'e'.repeat(64) };
    expect(about(line({ ...long, role: 'a' }), [line({ ...long, role: 'b' })])).toEqual([
      `email ${'e'.repeat(64)}`,
      'label the label',
      'name the name',
    ]);
  });

  test('are not repeated of a record that is new or gone, and not guessed without a definition', () => {
    expect(about(null, [line({})])).toEqual([]);
    expect(about(line({}), [])).toEqual([]);
    expect(
      createQuoter().change(
        {
          what: 'change',
          collection: 'x',
          kind: 'admin',
          type: 'modified',
          key: '["1"]',
          before: line({ role: 'a' }),
          after: [line({ role: 'b' })],
        },
        { severity: 'high', headline: 'h', definition: undefined },
      ).about,
    ).toEqual([]);
  });
});

test('the parts of a key have the names of their columns, or numbers, and are masked where personal', () => {
  const key = (personal: ReadonlySet<string>) =>
    createQuoter().change(
      {
        what: 'change',
        collection: 'x',
        kind: 'admin',
        type: 'added',
        key: '["anna@example.com","2"]',
        before: null,
        after: [],
      },
      { severity: 'high', headline: 'h', definition: definitionOf('admin'), personal },
    ).key;
  expect(key(new Set())).toEqual([
    { name: 'id', value: { untrusted: 'anna@example.com' } },
    { name: 'key 2', value: { untrusted: '2' } },
  ]);
  expect(key(new Set(['id']))[0]?.value).toMatchObject({ form: 'masked' });
});
