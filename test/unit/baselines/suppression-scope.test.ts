import { describe, expect, test } from '@jest/globals';
import {
  collectionSnapshot,
  type ExpectedChange,
  type MuteScope,
  NAMESPACES,
  reviewSuppression,
  type SignedDocument,
  type VerifiedTrust,
  verifySuppression,
} from '../../../baselines/index.js';
import { expectation, mute, signedSuppression } from '../../support/suppressions.js';
import { refusalOf } from './refusal.js';
import {
  type Approver,
  admins,
  definition,
  extended,
  headOf,
  keys,
  NOW_MS,
  noChain,
  propose,
  SITE,
  terminals,
  trust,
} from './scene.js';

const roles = collectionSnapshot(
  definition('roles', 'admin', { columns: ['name', 'by'], author: ['by'] }),
  [],
);
const sensor = collectionSnapshot(definition('sensor_cas', 'sensor'), []);
const baseline = headOf(extended(noChain, propose(null, [admins, roles, terminals, sensor])));
const authority = { trust, site: SITE, baseline };

const people = (names: readonly Approver[]) => names.map((name) => ({ name, privateKey: keys[name] }));
const expecting = (change: Partial<ExpectedChange> = {}, by: readonly Approver[] = ['dan'], site = SITE) => {
  const whole = {
    collection: 'terminals',
    key: ['1'],
    before: null,
    after: new Map([['name', 'x']]),
    ...change,
  };
  return signedSuppression('expectation', expectation(site, [whole], { createdMs: NOW_MS }), people(by));
};
const muting = (scope: MuteScope, by: readonly Approver[] = ['anna', 'ben'], site = SITE) =>
  signedSuppression('mute', mute(site, scope, { createdMs: NOW_MS }), people(by));
const announcing = (collection: string, by: readonly Approver[] = ['anna', 'ben']) =>
  signedSuppression(
    'expectation',
    expectation(SITE, [], { createdMs: NOW_MS }, 'upgrade', [
      { collection, object: 'function', schema: 'reports' },
    ]),
    people(by),
  );
const fields = (...names: readonly string[]) => new Map(names.map((name) => [name, 'x']));

const NOTHING = 'nothing was thrown';
const NAME =
  'BASELINE_EXCUSE_NAME: An excuse does not lie under the name that follows from its content; it was renamed or changed. Remove it.';
const UNSIGNED =
  'BASELINE_UNSIGNED: Nobody whose key is in the trust root has signed it; it was not even read. Sign it, or remove it if nobody of you made it.';
const SITE_REFUSAL = 'BASELINE_WRONG_SITE: The excuse is for another site than prague-1; remove it.';
const noCollection = (name: string) =>
  `BASELINE_EXCUSE_SCOPE: The baseline in force holds no collection ${name}, so nothing about it can be excused. Approve the collection first.`;
const otherColumns = (name: string) =>
  `BASELINE_RECORDS_FIELDS: A record of ${name} has other columns than the baseline in force defines; make the excuse anew.`;
const named = (file: string): SignedDocument => ({ ...expecting(), file });

describe('a suppression', () => {
  test.each<[string, SignedDocument, string]>([
    ['a new record', expecting(), NOTHING],
    ['a record that vanishes', expecting({ before: fields('name'), after: null }), NOTHING],
    ['a new record of any key', expecting({ key: null }), NOTHING],
    ['a collection', muting({ collection: 'terminals', key: null }), NOTHING],
    ['a record', muting({ collection: 'terminals', key: ['1'] }), NOTHING],
    ['a kind', muting({ kind: 'terminal' }), NOTHING],
    ['objects of a sensor', announcing('sensor_cas'), NOTHING],
    [
      'objects of what is no sensor',
      announcing('terminals'),
      'BASELINE_EXCUSE_SCOPE: terminals is no sensor, and only objects that a sensor records are expected by their sort; name the changes themselves.',
    ],
    ['objects of an unknown collection', announcing('tills'), noCollection('tills')],
    [
      'objects with one signature too few',
      announcing('sensor_cas', ['anna']),
      'BASELINE_TOO_FEW_SIGNERS: sensor_cas must be signed by 2 with the role owner; only anna signed.',
    ],
    ['the name of a statement', named('000001.json'), NAME],
    ['a name that leads elsewhere', named('../x.json'), NAME],
    ['the name of another content', named('expectation.0000000000000000.json'), NAME],
    ['the name of the other type', named(expecting().file.replace('expectation', 'mute')), UNSIGNED],
    ['another site', expecting({}, ['dan'], 'brno-1'), SITE_REFUSAL],
    ['a mute of another site', muting({ kind: 'terminal' }, ['dan'], 'brno-1'), SITE_REFUSAL],
    ['an unknown collection', expecting({ collection: 'tills' }), noCollection('tills')],
    ['a mute of an unknown collection', muting({ collection: 'tills', key: null }), noCollection('tills')],
    ['a key too long', expecting({ key: ['1', '2'] }), otherColumns('terminals')],
    [
      'a mute with a key too long',
      muting({ collection: 'terminals', key: ['1', '2'] }),
      otherColumns('terminals'),
    ],
    ['another column', expecting({ after: fields('place') }), otherColumns('terminals')],
    ['a column too many', expecting({ after: fields('name', 'place') }), otherColumns('terminals')],
    ['a column too many before', expecting({ before: fields('name', 'place') }), otherColumns('terminals')],
    ['no column', expecting({ after: fields() }), otherColumns('terminals')],
    [
      'one of two columns and another',
      expecting({ collection: 'roles', after: fields('name', 'of') }),
      otherColumns('roles'),
    ],
    ['nobody’s signature', expecting({}, []), UNSIGNED],
    [
      'one signature too few',
      expecting({ collection: 'admins' }, ['anna']),
      'BASELINE_TOO_FEW_SIGNERS: admins must be signed by 2 with the role owner; only anna signed.',
    ],
    [
      'too few signatures for a kind',
      muting({ kind: 'wallet-route' }, ['anna']),
      'BASELINE_TOO_FEW_SIGNERS: the kind wallet-route must be signed by 2 with the role owner; only anna signed.',
    ],
  ])('of this kind counts or says why not: %s', (_what, document, answer) => {
    expect(refusalOf(() => verifySuppression(authority, document))).toBe(answer);
  });

  test('counts for what the active baseline holds; without one only a kind can be muted', () => {
    const without = { ...authority, baseline: null };
    expect(refusalOf(() => verifySuppression(without, expecting()))).toBe(noCollection('terminals'));
    expect(refusalOf(() => verifySuppression(without, muting({ kind: 'terminal' })))).toBe(NOTHING);
  });
});

describe('the review of a suppression', () => {
  test('tells what it says, who signed it, who must, and which signatures do not count', () => {
    const document = expecting({ collection: 'admins' }, ['ben', 'anna']);
    const [ben] = document.signatures;
    const [wrong] = signedSuppression(
      'expectation',
      document.bytes,
      people(['dan']),
      NAMESPACES.mute,
    ).signatures;
    if (ben === undefined || wrong === undefined) throw new Error('two were to sign');
    const reviewed = reviewSuppression(authority, { ...document, signatures: [ben, wrong] });
    expect(reviewed).toMatchObject({
      id: document.file.replace('.json', ''),
      type: 'expectation',
      site: SITE,
      reason: 'ticket 4711',
      createdMs: NOW_MS,
      fromMs: NOW_MS,
      signers: ['ben'],
      requirements: [{ because: ['admins'], needed: 2, people: ['anna', 'ben'] }],
      missing: [{ signed: ['ben'], lacking: 1 }],
      notices: [{ code: 'BASELINE_SIGNATURE_NAMESPACE', file: wrong.file, version: null, weight: 'notice' }],
    });
    expect(reviewSuppression(authority, document)).toMatchObject({ signers: ['anna', 'ben'], missing: [] });
    expect(reviewSuppression(authority, { ...document, signatures: [] })).toMatchObject({ signers: [] });
  });

  test('refuses what no signature could make count', () => {
    expect(refusalOf(() => reviewSuppression(authority, named('000001.json')))).toBe(NAME);
    expect(refusalOf(() => reviewSuppression(authority, expecting({}, [], 'brno-1')))).toBe(SITE_REFUSAL);
  });

  test('asks for a kind and for every collection of it, by name', () => {
    const because = (scope: MuteScope, under = authority) =>
      reviewSuppression(under, muting(scope)).requirements.map((needed) => needed.because);
    expect(because({ kind: 'admin' })).toEqual([['the kind admin', 'admins', 'roles']]);
    expect(because({ kind: 'terminal' })).toEqual([['the kind terminal', 'terminals']]);
    expect(because({ collection: 'roles', key: null })).toEqual([['roles']]);
  });

  test('leaves out whom the new record names as its author, by a value that is a text', () => {
    const rules = trust.root.rules.map((rule) => ({ ...rule, notAuthor: true }));
    const annas = [{ system: 'database' as const, name: 'anna_db' }];
    const root = {
      ...trust.root,
      rules,
      people: trust.root.people.map((one) => (one.name === 'anna' ? { ...one, accounts: annas } : one)),
    } as VerifiedTrust['root'];
    const authorsOf = (by: string | null, side: 'before' | 'after' = 'after') => {
      const change = { collection: 'roles', key: ['1'], before: null, after: null };
      const document = expecting(
        {
          ...change,
          [side]: new Map([
            ['name', 'x'],
            ['by', by],
          ]),
        },
        [],
      );
      return reviewSuppression({ ...authority, trust: { ...trust, root } }, document).requirements[0]
        ?.authors;
    };
    expect(authorsOf('anna_db')).toEqual(['anna']);
    expect(authorsOf('ben_db')).toEqual([]);
    expect(authorsOf(null)).toEqual([]);
    expect(authorsOf('anna_db', 'before')).toEqual([]);
    expect(authorsOf('~raw-json:anna_db')).toEqual([]);
    expect(authorsOf('~~anna_db')).toEqual([]);
  });
});
