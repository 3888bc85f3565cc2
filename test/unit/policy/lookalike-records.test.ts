import { describe, expect, test } from '@jest/globals';
import {
  atOnce,
  type CollectionSnapshot,
  collectionSnapshot,
  type Kind,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import type { Change } from '../../../daemon/drift/change.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import { lookalikeFinder, lookalikesInSteps } from '../../../daemon/policy/lookalike-records.js';
import { quotationText } from '../../../notifiers/index.js';
import { viewOf } from '../../../notifiers/view.js';
import { processorMs } from '../../support/processor.js';
import { CONTEXT, definitionOf, findingOf, NO_RULES, newsOf, record, SITE, snapshot } from './build.js';

const limits = { maxChanges: 9, maxFieldsPerChange: 9, valueCharacters: 128, changesCharacters: 9_999 };

/** What an alert says of a new record beside signed ones. */
function lookalikeOf(kind: Kind, signed: readonly string[], added: string): string | null | undefined {
  const before = snapshot(
    kind,
    signed.map((name, index) => record(String(index), { name, address: null })),
  );
  const after = snapshot(kind, [...before.records, record('new', { name: added, address: null })]);
  const outcome = diffCollection(SITE, before, after);
  const found = conditionsOfCollection(SITE, definitionOf(kind), outcome, NO_RULES, before);
  const news = newsOf({ fresh: found.map((one) => findingOf(one)), open: found.length });
  const alert = composeIncident(CONTEXT, news, { id: 'a'.repeat(16), role: 'page', page: 1 });
  const [view] = viewOf(alert, 1, limits).changes;
  return view?.lookalike && quotationText(view.lookalike);
}

describe('a new record with the name of a signed one', () => {
  test.each([
    ['a digit for a letter', 'a1ice'],
    ['a Cyrillic letter', 'аlice'],
    ['a capital and a dot', 'Al.ice'],
    ['the very same name', 'alice'],
  ])('%s is shown as its lookalike', (_how, name) => {
    expect(lookalikeOf('admin', ['bob', 'alice'], name)).toBe(
      'Its name can be taken for that of a signed record, id “1”',
    );
  });

  test('another name is no lookalike, nor is one of a kind without names', () => {
    expect(lookalikeOf('admin', ['bob', 'alice'], 'carol')).toBeNull();
    expect(lookalikeOf('admin', ['bob'], '...')).toBeNull();
    expect(lookalikeOf('wallet-route', ['alice'], 'a1ice')).toBeNull();
  });

  test('a record that changed, or is gone, is no lookalike of itself', () => {
    const before = snapshot('admin', [
      record('1', { name: 'alice', address: 'a' }),
      record('2', { name: 'bob' }),
    ]);
    const after = snapshot('admin', [record('1', { name: 'alice', address: 'b' })]);
    const outcome = diffCollection(SITE, before, after);
    const found = conditionsOfCollection(SITE, definitionOf('admin'), outcome, NO_RULES, before);
    expect(found).toHaveLength(2);
    for (const { subject } of found) expect(subject).not.toHaveProperty('lookalikeOf');
  });

  test('ten thousand signed records and five thousand new ones are compared in time that grows with both, not with their product', () => {
    const signed = snapshot(
      'admin',
      Array.from({ length: 10_000 }, (_, index) => record(`s${index}`, { name: `user ${index}` })),
    );
    const added = Array.from({ length: 5_000 }, (_, index) => record(`n${index}`, { name: `new ${index}` }));
    const outcome = diffCollection(SITE, signed, snapshot('admin', [...signed.records, ...added]));
    const started = processorMs();
    conditionsOfCollection(SITE, definitionOf('admin'), outcome, NO_RULES, signed);
    expect(processorMs() - started).toBeLessThan(5_000);
  });
});

describe('the lookalike of a new record', () => {
  const find = (
    signed: readonly RecordLine[],
    added: RecordLine,
    definition = definitionOf('admin', ['login', 'name']),
  ) => {
    const before = collectionSnapshot(definition, signed);
    const after = collectionSnapshot(definition, [...signed, added]);
    const outcome = diffCollection(SITE, before, after);
    const [change] = outcome.outcome === 'drifted' ? outcome.changes : [];
    return change && lookalikeFinder(before)(change);
  };
  const fingerprint = `~hmac:${'ab'.repeat(32)}`;
  const line = (id: string, login: string | null, name: string | null): RecordLine =>
    recordLine({
      key: [id],
      fields: new Map([
        ['login', login],
        ['name', name],
      ]),
    });

  test('is found by any column that holds a name, though another one is new', () => {
    expect(find([line('1', 'anna', 'Alice')], line('2', 'carol', 'A1ice'))).toBe('["1"]');
  });

  test('is not looked for in another column, nor among names that nobody has', () => {
    expect(find([line('1', 'alice', null)], line('2', null, 'alice'))).toBeUndefined();
    expect(find([line('1', null, '---')], line('2', null, '...'))).toBeUndefined();
    expect(find([line('1', '', null)], line('2', '', null))).toBeUndefined();
  });

  test('is not recognised by the fingerprints of secret names', () => {
    expect(find([line('1', fingerprint, null)], line('2', fingerprint, null))).toBeUndefined();
    const other = `~hmac:${'cd'.repeat(32)}`;
    expect(find([line('1', fingerprint, null)], line('2', other, null))).toBeUndefined();
  });

  test('is found by a name that is the key', () => {
    const keyed = { ...definitionOf('admin', ['address']), key: ['login'] };
    const one = (login: string) => recordLine({ key: [login], fields: new Map([['address', null]]) });
    expect(find([one('alice')], one('a1ice'), keyed)).toBe('["alice"]');
  });
});

describe('taking the signed records apart', () => {
  const added = (id: string, name: string): Change => {
    const outcome = diffCollection(SITE, snapshot('admin', []), snapshot('admin', [record(id, { name })]));
    const [change] = outcome.outcome === 'drifted' ? outcome.changes : [];
    if (change === undefined) throw new Error('there is no change');
    return change;
  };
  const signed = (count: number, kind: Kind = 'admin') =>
    snapshot(
      kind,
      Array.from({ length: count }, (_, index) => record(`s${index}`, { name: `user ${index}` })),
    );

  test('is left after every 64 of them', () => {
    for (const [count, steps] of [
      [63, 0],
      [64, 1],
      [200, 3],
    ] as const) {
      const walk = lookalikesInSteps(signed(count));
      let left = 0;
      while (walk.next().done !== true) left++;
      expect(left).toBe(steps);
    }
  });

  test('answers for new records, of collections whose records have names', () => {
    const find = atOnce(lookalikesInSteps(signed(3)));
    expect(find(added('n', 'User 1'))).toBe('["s1"]');
    for (const type of ['modified', 'removed', 'ambiguous'] as const)
      expect(find({ ...added('n', 'User 1'), type })).toBeUndefined();
    expect(atOnce(lookalikesInSteps(signed(3, 'wallet-route')))(added('n', 'user 1'))).toBeUndefined();
  });

  test('happens once, and not before a new record is asked about', () => {
    let taken = 0;
    const whole = signed(3);
    const counted: CollectionSnapshot = {
      ...whole,
      get records() {
        taken++;
        return whole.records;
      },
    };
    const find = lookalikeFinder(counted);
    expect(find({ ...added('n', 'user 1'), type: 'modified' })).toBeUndefined();
    expect(taken).toBe(0);
    expect(find(added('n', 'user 1'))).toBe('["s1"]');
    expect(find(added('m', 'user 2'))).toBe('["s2"]');
    expect(taken).toBe(1);
  });
});
