import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { encodeValue, type Kind } from '../../../baselines/index.js';
import { createQuoter, NO_QUOTING_LIMITS, untrustedValue } from '../../../daemon/alerts/quoting.js';
import { conditions, definitionOf, record } from '../policy/build.js';

const LIMITS = { ...NO_QUOTING_LIMITS, longestValue: 10, budget: 10, longestValueBeyond: 4 };
const digest = (text: string) => ({
  untrusted: createHash('sha256').update(text).digest('hex'),
  form: 'digest',
  bytes: Buffer.from(text).length,
});
/** The fields by which people know a record, as a change of another one of its fields names them. */
const about = (kind: Kind, columns: readonly string[], fields: Readonly<Record<string, string | null>>) => {
  const [found] = conditions(
    kind,
    [record('1', { ...fields, x: 'a' })],
    [record('1', { ...fields, x: 'b' })],
  );
  if (found?.subject.what !== 'change') throw new Error('there is no change');
  const ours = { severity: 'high', headline: '', definition: definitionOf(kind, columns) } as const;
  return createQuoter()
    .change(found.subject, ours)
    .about?.map(({ name }) => name);
};

describe('the text of the watched system in an alert', () => {
  test('is carried whole up to the limit of one value, and as a digest beyond it', () => {
    expect(createQuoter(LIMITS).value('0123456789')).toEqual({ untrusted: '0123456789' });
    expect(createQuoter(LIMITS).value('0123456789é')).toEqual(digest('0123456789é'));
  });

  test('is carried by the lesser limit once the budget is used up', () => {
    const quoter = createQuoter(LIMITS);
    quoter.value('012345678');
    expect(quoter.value('01234')).toEqual({ untrusted: '01234' });
    expect(quoter.value('01234')).toEqual(digest('01234'));
    expect(quoter.value('0123')).toEqual({ untrusted: '0123' });
  });

  test('uses up the budget to the character', () => {
    const quoter = createQuoter(LIMITS);
    quoter.value('0123456789');
    expect(quoter.carried()).toBe(10);
    expect(quoter.value('01234')).toEqual(digest('01234'));
    expect(quoter.carried()).toBe(14);
  });

  test('is not used up by what has no text', () => {
    const quoter = createQuoter(LIMITS);
    quoter.value(null);
    quoter.value('');
    expect(quoter.carried()).toBe(0);
  });

  test('keeps its form', () => {
    expect(untrustedValue(encodeValue({ form: 'raw-json', text: '{' }))).toEqual({
      untrusted: '{',
      form: 'raw-json',
    });
  });
});

describe('a record is known', () => {
  test('by three of its fields at most, in the order of the definition', () => {
    const names = ['login', 'serial', 'coin', 'label'];
    const fields = Object.fromEntries(names.map((name) => [name, 'v']));
    expect(about('terminal', [...names, 'x'], fields)).toEqual(['login', 'serial', 'coin']);
  });

  test('by short fields only, and not by empty ones', () => {
    const fields = { login: 'v'.repeat(64), serial: 'v'.repeat(65), coin: '', label: null };
    expect(about('terminal', ['login', 'serial', 'coin', 'label', 'x'], fields)).toEqual(['login']);
  });

  test('by nothing but what changed where all of it is new', () => {
    const [found] = conditions('terminal', [], [record('1', { name: 'a' })]);
    if (found?.subject.what !== 'change') throw new Error('there is no change');
    const ours = { severity: 'high', headline: '', definition: definitionOf('terminal') } as const;
    expect(createQuoter().change(found.subject, ours).about).toEqual([]);
  });
});
