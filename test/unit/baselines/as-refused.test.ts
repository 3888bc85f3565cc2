import { describe, expect, test } from '@jest/globals';
import { documentBytes, type JsonValue } from '../../../baselines/canonical.js';
import { parseStatement, parseTrustRoot, statementBytes, trustRootBytes } from '../../../baselines/index.js';
import { recoveryAmong } from '../../../baselines/trust-root.js';
import { decodeValue, encodeValue, type Value } from '../../../baselines/value.js';
import { readingTests } from '../../support/reading-tests.js';
import { refusalOf } from './refusal.js';
import { propose, trustRoot } from './scene.js';

type Json = JsonValue | Json[] | { [name: string]: Json };

/** What is put in place of each part of a good document. */
const WRONG: readonly (readonly [string, (was: Json) => Json | undefined])[] = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['0', () => 0],
  ['1', () => 1],
  ['1.5', () => 1.5],
  ['1e15', () => 1_000_000_000_000_000],
  ['""', () => ''],
  ['"A b"', () => 'A b'],
  ['a text before it', (was) => (typeof was === 'string' ? `x\n${was}` : undefined)],
  ['a text behind it', (was) => (typeof was === 'string' ? `${was}\nx` : undefined)],
  ['9,000 letters', () => 'a'.repeat(9_000)],
  ['an instant that never was', () => '2026-02-30T00:00:00.000Z'],
  ['[]', () => []],
  ['[null]', () => [null]],
  ['{}', () => ({})],
  ['each twice', (was) => (Array.isArray(was) ? was.flatMap((one) => [one, one]) : undefined)],
  ['backwards', (was) => (Array.isArray(was) && was.length > 1 ? [...was].reverse() : undefined)],
  ['one more member', (was) => (isObject(was) ? { ...was, zzz: 1 } : undefined)],
];

const isObject = (value: Json): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every part of a document, as a way to put something else in its place. */
function* parts(
  value: Json,
  path = '',
): Generator<readonly [string, Json, (other: Json | undefined) => Json]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const put = (other: Json | undefined) =>
        value.flatMap((one, i) => (i !== index ? [one] : other === undefined ? [] : [other]));
      yield [`${path}[${index}]`, item, put];
      for (const [inner, was, change] of parts(item, `${path}[${index}]`))
        yield [inner, was, (other) => put(change(other))];
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _, ...others } = value;
      const put = (other: Json | undefined) => (other === undefined ? others : { ...value, [name]: other });
      yield [`${path}.${name}`, member, put];
      for (const [inner, was, change] of parts(member, `${path}.${name}`))
        yield [inner, was, (other) => put(change(other))];
    }
  }
}

/** What the reader says to each, those with the same answer in one line. */
function answers(bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown): string {
  const good = JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
  const whole = ['all of it', good, (other: Json | undefined) => other ?? null] as const;
  const lines = [whole, ...parts(good)]
    .filter(([path]) => !path.includes('s[1]') || /heads|roles|kinds/.test(path))
    .flatMap(([path, was, put]) => {
      const byAnswer = new Map<string, string[]>();
      for (const [name, wrong] of WRONG) {
        const other = wrong(was);
        if (other === undefined && name !== 'nothing') continue;
        const said = answer(() => parse(documentBytes(put(other) as JsonValue)));
        byAnswer.set(said, [...(byAnswer.get(said) ?? []), name]);
      }
      return [path, ...[...byAnswer].map(([said, names]) => `  ${names.join(' | ')} → ${said}`)];
    });
  return lines.join('\n');
}

function answer(work: () => unknown): string {
  const said = refusalOf(work);
  return said === 'nothing was thrown' ? 'accepted' : said;
}

const account = (name: string) => ({ system: 'database', name }) as const;
const [anna, ben, dan] = trustRoot.people;
if (anna === undefined || ben === undefined || dan === undefined) throw new Error('three people');
const full = {
  ...trustRoot,
  version: 2,
  parent: 'a'.repeat(64),
  people: [
    { ...anna, accounts: [account('anna'), account('app')] },
    ben,
    { ...dan, roles: ['spare', 'tech'] },
  ],
  rules: [
    { kinds: ['root', 'admin'], threshold: 2, roles: ['owner'], notAuthor: true },
    { kinds: ['terminal'], collections: ['spares', 'terminals'], threshold: 1, roles: ['owner', 'tech'] },
  ],
  heads: [
    { site: 'brno-1', version: 3, statement: 'b'.repeat(64) },
    { site: 'prague-1', version: 7, statement: 'c'.repeat(64) },
  ],
} as const;
const { statement } = propose(null);
const collections = statement.collections.map((one) => ({
  ...one,
  definition: {
    ...one.definition,
    key: ['id', 'site'],
    columns: ['name', 'pin', 'written_by'],
    secret: ['pin'],
    author: ['written_by'],
  },
}));

readingTests(import.meta.url, {
  'a statement': () => answers(statementBytes({ ...statement, collections }), parseStatement),
  'a trust root': () => answers(trustRootBytes(full), parseTrustRoot),
});

describe('what is written', () => {
  test('is the same whatever the order of people, roles, keys, accounts, collections and heads', () => {
    const digestSent = {
      ...full,
      people: full.people
        .map((one) => ({ ...one, roles: [...one.roles].reverse(), keys: [...one.keys].reverse() }))
        .reverse(),
      rules: full.rules.map((one) => ({
        ...one,
        ...('collections' in one ? { collections: [...one.collections].reverse() } : {}),
      })),
      heads: [...full.heads].reverse(),
    };
    const accounts = digestSent.people.map((one) =>
      'accounts' in one ? { ...one, accounts: [...one.accounts].reverse() } : one,
    );
    expect(Buffer.from(trustRootBytes({ ...digestSent, people: accounts })).toString()).toBe(
      Buffer.from(trustRootBytes(full)).toString(),
    );
    const { people, rules, heads } = parseTrustRoot(trustRootBytes(full));
    expect({ people, rules, heads }).toEqual({ people: full.people, rules: full.rules, heads: full.heads });
  });

  test('ends later than it was made, not at the same instant', () => {
    const bytes = (expires: string) => answer(() => trustRootBytes({ ...full, expires }));
    expect(bytes(full.created)).toBe('BASELINE_FORMAT: expires must be later than created.');
    expect(answer(() => parseStatement(statementBytes({ ...statement, expires: statement.created })))).toBe(
      'BASELINE_FORMAT: expires must be later than created.',
    );
  });

  test('refuses a key that two people share, a key that one has twice, and a rule that nobody can meet', () => {
    const twice = (line: string) => line.replace(/^(\S+ \S+).*$/, '$1');
    const [key = ''] = anna.keys;
    const shared = { ...full, people: [full.people[0], { ...ben, keys: [twice(key)] }, full.people[2]] };
    expect(answer(() => trustRootBytes(shared))).toContain(
      'anna and ben have the same key; each person needs a key of their own.',
    );
    const lonely = {
      ...full,
      rules: [{ kinds: ['root', 'admin'], threshold: 3, roles: ['owner'] }],
    } as const;
    expect(answer(() => trustRootBytes(lonely))).toContain(
      'The rule for root, admin needs 3 people and only 2 have',
    );
    const unheld = {
      ...full,
      rules: [{ kinds: ['root'], collections: ['spares'], threshold: 1, roles: ['boss'] }],
    } as const;
    expect(answer(() => trustRootBytes(unheld))).toContain(
      'The rule for root, spares names the role boss and nobody has it.',
    );
  });

  test('knows who signed with a recovery key: those that have the role, of those named', () => {
    const people = [anna, { ...ben, roles: ['recovery'] }, { ...dan, roles: ['recovery'] }];
    expect(recoveryAmong(['anna', 'ben', 'eve'], { ...trustRoot, people })).toEqual(['ben']);
  });
});

describe('a value', () => {
  const digest = 'd'.repeat(64);
  test.each<readonly [Value, string]>([
    [{ form: 'text', text: 'plain' }, 'plain'],
    [{ form: 'text', text: '' }, ''],
    [{ form: 'text', text: '~raw-json:x' }, '~~raw-json:x'],
    [{ form: 'text', text: 'x~' }, 'x~'],
    [{ form: 'text', text: '~' }, '~~'],
    [{ form: 'digest', bytes: 70_000, sha256: digest }, `~digest:70000:${digest}`],
    [{ form: 'hmac', hmac: digest }, `~hmac:${digest}`],
    [{ form: 'raw-json', text: '{"a":1,"a":2}' }, '~raw-json:{"a":1,"a":2}'],
    [{ form: 'raw-json', text: 'ends in ~raw-json:' }, '~raw-json:ends in ~raw-json:'],
  ])('%j stands as %j and is read back', (value, encoded) => {
    expect(encodeValue(value)).toBe(encoded);
    expect(decodeValue(encoded)).toEqual(value);
  });

  test.each([
    `~digest:1:${digest}0`,
    `~x~digest:1:${digest}`,
    `~hmac:${digest}0`,
    `~x~hmac:${digest}`,
    '~hmac:xyz',
    '~newer:mark',
    '~x ~raw-json:',
  ])('%j is no mark that is known: it is read as the text it is', (encoded) => {
    expect(decodeValue(encoded)).toEqual({ form: 'text', text: encoded });
  });
});
