import { describe, expect, test } from '@jest/globals';
import { documentBytes, type JsonValue, KINDS } from '../../../baselines/index.js';
import {
  expectationBytes,
  expectedLine,
  parseExpectation,
  parseMute,
} from '../../../baselines/suppression.js';
import { refusalOf } from './refusal.js';

type Content = Readonly<Record<string, JsonValue>>;

const RENAMED: Content = {
  collection: 'terminals',
  key: ['BT300001'],
  before: { name: 'Praha' },
  after: { name: 'Brno' },
};
const NEW: Content = { collection: 'terminals', key: null, before: null, after: { name: 'Plzen' } };

const EXPECTATION: Content = {
  format: 'tillwarden-expectation/1',
  site: 'prague-1',
  created: '2026-11-24T08:00:00.000Z',
  notBefore: '2026-11-24T09:00:00.000Z',
  notAfter: '2026-11-25T09:00:00.000Z',
  adoptBy: '2026-12-01T09:00:00.000Z',
  reason: 'ticket 4711',
  changes: [RENAMED],
};
const MUTE: Content = {
  format: 'tillwarden-mute/1',
  site: 'prague-1',
  created: '2026-11-24T08:00:00.000Z',
  until: '2026-11-24T12:00:00.000Z',
  reason: 'moving the depot',
  kind: null,
  collection: 'terminals',
  key: ['BT300001'],
};

const expectation = (over: Content = {}) => parseExpectation(documentBytes({ ...EXPECTATION, ...over }));
const change = (over: Content) => expectation({ changes: [{ ...RENAMED, ...over }] });
const mute = (over: Content = {}) => parseMute(documentBytes({ ...MUTE, ...over }));

const refusal = (message: string) => `BASELINE_FORMAT: ${message}`;
const NAME = 'text like ^[a-z0-9-]{1,63}$';
const COLLECTION = 'text like ^[a-z][a-z0-9_]{0,62}$';
const INSTANT = String.raw`text like ^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`;
const tooLate = (where: string, days: number) =>
  refusal(`${where} must be at most ${days} days after what it follows, and not before it.`);

describe('an expectation', () => {
  test('is read as it is written', () => {
    expect(expectation()).toMatchObject({ site: 'prague-1', reason: 'ticket 4711' });
    expect(expectation().changes).toEqual([
      {
        collection: 'terminals',
        key: ['BT300001'],
        before: new Map([['name', 'Praha']]),
        after: new Map([['name', 'Brno']]),
      },
    ]);
  });

  const WHOLE =
    'An expectation must be an object with exactly format, site, created, notBefore, notAfter, adoptBy, reason, changes, and at most objects.';
  test.each<[string, Content, string]>([
    ['one name too many', { comment: '' }, refusal(WHOLE)],
    ['no changes', { changes: [] }, refusal('changes must be at least one.')],
    ['changes that are no list', { changes: {} }, refusal('changes must be a list of at most 5000.')],
    [
      'changes out of order',
      { changes: [NEW, RENAMED] },
      refusal('changes must be in ascending order without repetition.'),
    ],
    [
      'a change twice',
      { changes: [RENAMED, RENAMED] },
      refusal('changes must be in ascending order without repetition.'),
    ],
    [
      'another format',
      { format: 'tillwarden-mute/1' },
      refusal('format must be one of tillwarden-expectation/1, tillwarden-expectation/2.'),
    ],
    ['a site in capitals', { site: 'Prague' }, refusal(`site must be ${NAME}.`)],
    ['no time of making', { created: null }, refusal(`created must be ${INSTANT}.`)],
    ['a window without a beginning', { notBefore: null }, refusal(`notBefore must be ${INSTANT}.`)],
    ['a window without an end', { notAfter: null }, refusal(`notAfter must be ${INSTANT}.`)],
    ['no day of adoption', { adoptBy: null }, refusal(`adoptBy must be ${INSTANT}.`)],
    ['no reason', { reason: '' }, refusal('reason must be text of 1 to 2000 characters.')],
    [
      'too long a reason',
      { reason: 'x'.repeat(2001) },
      refusal('reason must be text of 1 to 2000 characters.'),
    ],
    ['the longest reason', { reason: 'x'.repeat(2000) }, 'nothing was thrown'],
    ['a window before its making', { notBefore: '2026-11-24T07:59:59.999Z' }, tooLate('notBefore', 30)],
    ['a window that ends before it begins', { notAfter: '2026-11-24T08:59:59.999Z' }, tooLate('notAfter', 7)],
    ['adoption before the end', { adoptBy: '2026-11-25T08:59:59.999Z' }, tooLate('adoptBy', 30)],
  ])('with %s is answered with the field and the need', (_what, over, answer) => {
    expect(refusalOf(() => expectation(over))).toBe(answer);
  });

  test.each<[string, string, Content, number]>([
    [
      'notBefore',
      '2026-12-24T08:00:00.000Z',
      { notAfter: '2026-12-24T09:00:00.000Z', adoptBy: '2026-12-24T09:00:00.000Z' },
      30,
    ],
    ['notAfter', '2026-12-01T09:00:00.000Z', { adoptBy: '2026-12-02T09:00:00.000Z' }, 7],
    ['adoptBy', '2026-12-25T09:00:00.000Z', {}, 30],
  ])(
    'whose %s is as late as may be is read, and one millisecond later refused',
    (name, latest, over, days) => {
      const later = new Date(Date.parse(latest) + 1).toISOString();
      expect(refusalOf(() => expectation({ ...over, [name]: latest }))).toBe('nothing was thrown');
      expect(refusalOf(() => expectation({ ...over, [name]: later }))).toBe(tooLate(name, days));
    },
  );

  test.each(['notBefore', 'notAfter', 'adoptBy'])(
    'whose %s is the very moment it follows is read',
    (name) => {
      const before = { notBefore: 'created', notAfter: 'notBefore', adoptBy: 'notAfter' }[name] as string;
      expect(refusalOf(() => expectation({ [name]: EXPECTATION[before] as string }))).toBe(
        'nothing was thrown',
      );
    },
  );

  test('may announce several new records of one collection, but one change of a record', () => {
    const other = { ...NEW, after: { name: 'Zlin' } };
    expect(expectation({ changes: [NEW, other] }).changes).toHaveLength(2);
    expect(
      refusalOf(() => expectation({ changes: [RENAMED, { ...RENAMED, before: { name: 'Zlin' } }] })),
    ).toBe(refusal('The records of changes must be a list without repetition.'));
  });

  test('holds as many changes as it may, and not one more', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...RENAMED, key: [String(i).padStart(4, '0')] }));
    expect(expectation({ changes: many(5000) }).changes).toHaveLength(5000);
    expect(refusalOf(() => expectation({ changes: many(5001) }))).toBe(
      refusal('changes must be a list of at most 5000.'),
    );
  });

  test('brings its changes into the one order', () => {
    const read = expectation({ changes: [RENAMED, NEW] });
    const [first, second] = read.changes;
    if (first === undefined || second === undefined) throw new Error('two changes were written');
    expect(expectationBytes({ ...read, changes: [second, first] })).toEqual(expectationBytes(read));
  });
});

describe('an expectation of objects by their sort', () => {
  const FUNCTIONS: Content = { collection: 'sensor_cas', object: 'function', schema: 'reports' };
  const TRIGGERS: Content = { ...FUNCTIONS, object: 'trigger' };
  const of = (over: Content = {}) =>
    expectation({ format: 'tillwarden-expectation/2', changes: [], objects: [FUNCTIONS], ...over });

  test('is read as it is written, with changes or without, and brings its objects into the one order', () => {
    const read = of({ changes: [RENAMED], objects: [FUNCTIONS, TRIGGERS] });
    expect(read.objects).toEqual([FUNCTIONS, TRIGGERS]);
    expect(read.changes).toHaveLength(1);
    expect(of().changes).toEqual([]);
    expect(expectationBytes({ ...read, objects: [...read.objects].reverse() })).toEqual(
      expectationBytes(read),
    );
    expect(expectation().objects).toEqual([]);
  });

  test.each<[string, Content, string]>([
    [
      'the older format',
      { format: 'tillwarden-expectation/1', changes: [RENAMED] },
      'objects must be left out of tillwarden-expectation/1.',
    ],
    ['no objects', { objects: [] }, 'objects must be at least one.'],
    ['objects that are no list', { objects: {} }, 'objects must be a list of at most 50.'],
    [
      'objects out of order',
      { objects: [TRIGGERS, FUNCTIONS] },
      'objects must be in ascending order without repetition.',
    ],
    [
      'one name too many',
      { objects: [{ ...FUNCTIONS, key: null }] },
      'An entry of objects must be an object with exactly collection, object, schema.',
    ],
    [
      'a sort in capitals',
      { objects: [{ ...FUNCTIONS, object: 'Function' }] },
      'object must be text like ^[a-z][a-z-]{0,39}$.',
    ],
    ['no schema', { objects: [{ ...FUNCTIONS, schema: '' }] }, 'schema must be text of 1 to 200 characters.'],
    [
      'no schema at all',
      { objects: [{ ...FUNCTIONS, schema: null }] },
      'schema must be text of 1 to 200 characters.',
    ],
    [
      'a window of a millisecond more than a day',
      { notAfter: '2026-11-25T09:00:00.001Z' },
      'notAfter must be at most 1 day after what it follows, and not before it.',
    ],
  ])('with %s is refused', (_what, over, answer) => {
    expect(refusalOf(() => of(over))).toBe(refusal(answer));
  });
});

describe('a change', () => {
  const OTHERWISE = refusal('key must be given unless a new record appears.');
  test.each<[string, Content, string]>([
    [
      'one name too many',
      { comment: '' },
      refusal('A change must be an object with exactly collection, key, before, after.'),
    ],
    ['no collection', { collection: null }, refusal(`collection must be ${COLLECTION}.`)],
    ['a collection in capitals', { collection: 'Terminals' }, refusal(`collection must be ${COLLECTION}.`)],
    ['a key that is a text', { key: 'BT300001' }, refusal('key must be a list of at most 2000.')],
    ['an empty key', { key: [] }, refusal('key must be at least one value.')],
    ['a number in its key', { key: [1] }, refusal('key must be a list of texts.')],
    ['an empty value in its key', { key: [''] }, 'nothing was thrown'],
    ['as many values in its key as may be', { key: Array(2000).fill('') }, 'nothing was thrown'],
    ['one value more', { key: Array(2001).fill('') }, refusal('key must be a list of at most 2000.')],
    ['a text before', { before: 'Praha' }, refusal('before must be an object or null.')],
    ['a number before', { before: 1 }, refusal('before must be an object or null.')],
    ['a list before', { before: ['Praha'] }, refusal('before must be an object or null.')],
    ['a list after', { after: ['Praha'] }, refusal('after must be an object or null.')],
    ['a number in a field', { before: { name: 1 } }, refusal('before must be an object of texts and nulls.')],
    ['a list in a field', { after: { name: [] } }, refusal('after must be an object of texts and nulls.')],
    ['null in a field', { after: { name: null } }, 'nothing was thrown'],
    ['no key for a record that changes', { key: null }, OTHERWISE],
    ['no key for a record that vanishes', { key: null, after: null }, OTHERWISE],
    ['no key and nothing at all', { key: null, before: null, after: null }, OTHERWISE],
    ['no key for a new record', { key: null, before: null }, 'nothing was thrown'],
    ['a key for a new record', { before: null }, 'nothing was thrown'],
    ['a record that vanishes', { after: null }, 'nothing was thrown'],
    ['nothing on both sides', { before: null, after: null }, refusal('after must be other than before.')],
    [
      'a secret of any value in a new record',
      { before: null, after: { name: '~set' } },
      'nothing was thrown',
    ],
    [
      'a secret of any value in the place of a signed one',
      { after: { name: '~set' } },
      refusal('after must be without a secret of any value, which only a record that appears may have.'),
    ],
    [
      'a secret of any value as the signed one',
      { before: { name: '~set' } },
      refusal('after must be without a secret of any value, which only a record that appears may have.'),
    ],
    ['the same on both sides', { after: { name: 'Praha' } }, refusal('after must be other than before.')],
  ])('with %s is answered with the field and the need', (_what, over, answer) => {
    expect(refusalOf(() => change(over))).toBe(answer);
  });

  test('leads to a record only when it names its key and the record is there', () => {
    const fields = new Map([['name', 'Praha']]);
    const of = (key: readonly string[] | null) => ({
      collection: 'terminals',
      key,
      before: null,
      after: fields,
    });
    expect(expectedLine(of(['1']), fields)?.key).toBe('["1"]');
    expect(expectedLine(of(['1']), null)).toBeNull();
    expect(expectedLine(of(null), fields)).toBeNull();
  });
});

describe('a mute', () => {
  test('is read as it is written, for a record, a collection or a kind', () => {
    expect(mute().scope).toEqual({ collection: 'terminals', key: ['BT300001'] });
    expect(mute({ key: null }).scope).toEqual({ collection: 'terminals', key: null });
    expect(mute({ kind: 'terminal', collection: null, key: null }).scope).toEqual({ kind: 'terminal' });
  });

  test.each<[string, Content, string]>([
    [
      'one name too many',
      { comment: '' },
      refusal(
        'A mute must be an object with exactly format, site, created, until, reason, kind, collection, key.',
      ),
    ],
    ['another format', { format: 'tillwarden-mute/2' }, refusal('format must be one of tillwarden-mute/1.')],
    ['a site in capitals', { site: 'Prague' }, refusal(`site must be ${NAME}.`)],
    ['no time of making', { created: null }, refusal(`created must be ${INSTANT}.`)],
    ['no end', { until: null }, refusal(`until must be ${INSTANT}.`)],
    ['no reason', { reason: '' }, refusal('reason must be text of 1 to 2000 characters.')],
    ['the longest reason', { reason: 'x'.repeat(2000) }, 'nothing was thrown'],
    [
      'too long a reason',
      { reason: 'x'.repeat(2001) },
      refusal('reason must be text of 1 to 2000 characters.'),
    ],
    [
      'an end at its making',
      { until: MUTE['created'] as string },
      refusal('until must be later than created.'),
    ],
    [
      'an end before its making',
      { until: '2026-11-24T07:00:00.000Z' },
      refusal('until must be later than created.'),
    ],
    ['the shortest time', { until: '2026-11-24T08:00:00.001Z' }, 'nothing was thrown'],
    ['the longest time', { until: '2026-12-01T08:00:00.000Z' }, 'nothing was thrown'],
    ['too long a time', { until: '2026-12-01T08:00:00.001Z' }, tooLate('until', 7)],
    [
      'neither kind nor collection',
      { collection: null },
      refusal('kind must be given, or collection, and not both.'),
    ],
    [
      'both kind and collection',
      { kind: 'terminal' },
      refusal('kind must be given, or collection, and not both.'),
    ],
    [
      'a key of a kind',
      { kind: 'terminal', collection: null },
      refusal('key must be null where a kind is muted.'),
    ],
    [
      'a kind there is not',
      { kind: 'till', collection: null, key: null },
      refusal(`kind must be one of ${KINDS.join(', ')}.`),
    ],
    ['a collection in capitals', { collection: 'Terminals' }, refusal(`collection must be ${COLLECTION}.`)],
    ['an empty key', { key: [] }, refusal('key must be at least one value.')],
  ])('with %s is answered with the field and the need', (_what, over, answer) => {
    expect(refusalOf(() => mute(over))).toBe(answer);
  });
});
