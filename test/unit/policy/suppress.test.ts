import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  collectionSnapshot,
  type Definition,
  type Kind,
  type RecordLine,
  recordLine,
  type VerifiedSuppression,
  type VerifiedTrust,
  verifySuppression,
} from '../../../baselines/index.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import type { Condition, Finding } from '../../../daemon/finding.js';
import type { IndicatorMatch } from '../../../daemon/indicators/indicator.js';
import { conditionsOfCollection, topicOf } from '../../../daemon/policy/conditions.js';
import { incidentMayResolve, judge } from '../../../daemon/policy/judge.js';
import { isMuted, NONE_ENDED, suppressionConditions, wakesNobody } from '../../../daemon/policy/suppress.js';
import { mute, signedSuppression } from '../../support/suppressions.js';
import { keys, trust } from '../baselines/scene.js';
import { conditions, findingOf, NO_RULES, record, SITE, snapshot, unknownCondition } from './build.js';
import {
  ADOPT_MS,
  baselineOf,
  changeOf,
  END_MS,
  HOUR_MS,
  START_MS,
  verifiedAnnouncement,
  verifiedExpectation,
  verifiedMute,
} from './suppression-scene.js';

const line = (id: string, name: string | null, address: string | null = null): RecordLine =>
  record(id, { name, address });
const A = line('1', 'a');
const B = line('1', 'b');
const C = line('1', 'c');
const NEW = line('2', 'new');

interface Given {
  readonly kind?: Kind;
  readonly signed: readonly RecordLine[];
  readonly observed: readonly RecordLine[];
  readonly suppressions: readonly VerifiedSuppression[];
  readonly open?: readonly Finding[];
  readonly over?: readonly VerifiedSuppression[];
  readonly settled?: readonly VerifiedSuppression[];
  readonly nowMs?: number;
}

const digestsOf = (all: readonly VerifiedSuppression[]) => new Set(all.map(({ digest }) => digest));

function suppressed(given: Given) {
  const { kind = 'terminal', signed, observed, suppressions, open = [], nowMs = START_MS } = given;
  const { over = [], settled = [] } = given;
  const baseline = snapshot(kind, signed);
  return suppressionConditions({
    conditions: conditions(kind, signed, observed),
    suppressions,
    open,
    signed: new Map([[baseline.definition.name, baseline]]),
    ended: { over: digestsOf(over), settled: digestsOf(settled) },
    nowMs,
  });
}
const whats = (all: readonly Condition[]) =>
  all.map(({ subject }) =>
    subject.what === 'change' ? (subject.suppression?.what ?? 'plain') : subject.what,
  );

const base = baselineOf(snapshot('terminal', [A]));
const expectB = verifiedExpectation(base, [changeOf('terminals', A, B)]);
const expectNew = verifiedExpectation(base, [changeOf('terminals', null, NEW)]);
const expectGone = verifiedExpectation(base, [changeOf('terminals', A, null)]);
const expectAnyKey = verifiedExpectation(base, [{ ...changeOf('terminals', null, NEW), key: null }]);

describe('an expectation', () => {
  test.each([
    ['exactly this modification', [A], [B], expectB, 'expected'],
    ['another value', [A], [C], expectB, 'plain'],
    ['more of the record than it says', [A], [line('1', 'b', 'x')], expectB, 'plain'],
    ['the record gone instead', [A], [], expectB, 'plain'],
    ['the record twice', [A], [B, B], expectB, 'plain'],
    ['the record as expected, beside the old one', [A], [A, B], expectB, 'plain'],
    ['from another signed value', [C], [B], expectB, 'plain'],
    ['the same values under another key', [line('3', 'a')], [line('3', 'b')], expectB, 'plain'],
    ['exactly this new record', [A], [A, NEW], expectNew, 'expected'],
    ['a new record with another value', [A], [A, line('2', 'other')], expectNew, 'plain'],
    ['a null where a text was expected', [A], [A, line('2', null)], expectNew, 'plain'],
    ['a new record under another key', [A], [A, line('4', 'new')], expectNew, 'plain'],
    ['exactly this removal', [A], [], expectGone, 'expected'],
    ['a change instead of the removal', [A], [B], expectGone, 'plain'],
    ['a new record under any key', [A], [A, line('77', 'new')], expectAnyKey, 'expected'],
    ['another new record, any key', [A], [A, line('77', 'other')], expectAnyKey, 'plain'],
    [
      'one like it that is signed already',
      [A, line('5', 'new')],
      [A, line('5', 'new'), line('77', 'new')],
      expectAnyKey,
      'plain',
    ],
    ['a record changed into one like it', [A], [line('1', 'new')], expectAnyKey, 'plain'],
  ] as const)('of %s', (_what, signed, observed, suppression, what) => {
    expect(whats(suppressed({ signed, observed, suppressions: [suppression] }))).toEqual([what]);
  });

  test('of a new record under any key suppresses none of two', () => {
    const observed = [A, line('77', 'new'), line('78', 'new')];
    expect(whats(suppressed({ signed: [A], observed, suppressions: [expectAnyKey] }))).toEqual([
      'plain',
      'plain',
    ]);
  });

  test('suppresses exactly its own changes, whatever else changes', () => {
    const value = fc.option(fc.constantFrom('a', 'b', '__proto__', '~', '', 'é', 'e\u0301', 'null'), {
      nil: null,
    });
    const records = fc.uniqueArray(
      fc.tuple(fc.constantFrom('1', '2', '3', 'null', '__proto__'), value, value),
      { selector: ([id]) => id, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        records,
        records,
        records,
        fc.infiniteStream(fc.boolean()),
        (signed, observed, other, pick) => {
          const lines = (rows: typeof signed) => rows.map(([id, name, address]) => line(id, name, address));
          const [before, after, elsewhere] = [lines(signed), lines(observed), lines(other)];
          const known = baselineOf(snapshot('terminal', before));
          const find = (all: readonly RecordLine[], key: string) =>
            all.find((one) => one.key === key) ?? null;
          const keys = [...new Set([...before, ...after, ...elsewhere].map(({ key }) => key))];
          // Some of what will really happen, and some of what will not.
          const said = keys.flatMap((key) => {
            const to = find(pick.next().value ? after : elsewhere, key);
            const from = find(before, key);
            return pick.next().value || from?.line === to?.line ? [] : [{ key, from, to }];
          });
          fc.pre(said.length > 0);
          const changes = said.map(({ from, to }) => changeOf('terminals', from, to));
          const suppression = verifiedExpectation(known, changes);
          const result = suppressed({ signed: before, observed: after, suppressions: [suppression] });
          for (const { subject } of result) {
            if (subject.what !== 'change') throw new Error('only changes here');
            const isSaid = said.some(
              ({ key, to }) => key === subject.key && (to?.line ?? null) === (subject.after[0] ?? null),
            );
            expect(subject.suppression?.what === 'expected').toBe(isSaid);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ['before its window', START_MS - 1, 'plain'],
    ['at its beginning', START_MS, 'expected'],
    ['at its end', END_MS, 'expected'],
    ['after its end', END_MS + 1, 'plain'],
  ])('suppresses what is first seen %s: %d', (_when, nowMs, what) => {
    expect(whats(suppressed({ signed: [A], observed: [B], suppressions: [expectB], nowMs }))).toEqual([what]);
  });

  test('suppresses what was notified in its window before people had signed it, and nothing that was there before', () => {
    const [plain] = conditions('terminal', [A], [B]);
    const seen = (firstSeenMs: number) => (plain ? [findingOf(plain, { firstSeenMs })] : []);
    const at = (firstSeenMs: number) =>
      whats(
        suppressed({
          signed: [A],
          observed: [B],
          suppressions: [expectB],
          open: seen(firstSeenMs),
          nowMs: START_MS + HOUR_MS,
        }),
      );
    expect(at(START_MS + 1)).toEqual(['expected']);
    expect(at(START_MS - 1)).toEqual(['plain']);
  });

  test('lasts until the day of adoption, then is overdue and high, and notifies people once', () => {
    const at = (nowMs: number, open: readonly Finding[]) =>
      suppressed({ kind: 'terminal', signed: [A], observed: [B], suppressions: [expectB], open, nowMs });
    const [first] = at(START_MS, []);
    if (first === undefined) throw new Error('nothing was excused');
    const open = [findingOf(first, { firstSeenMs: START_MS, notifiedMs: START_MS })];
    expect(whats(at(ADOPT_MS - 1, open))).toEqual(['expected']);
    const [late] = at(ADOPT_MS, open);
    expect(late).toMatchObject({ severity: 'high', subject: { suppression: { what: 'overdue' } } });
    const [plain] = conditions('terminal', [A], [B]);
    expect(late?.fingerprint).toBe(plain?.fingerprint);
    if (late === undefined) throw new Error('nothing is overdue');
    const after = at(ADOPT_MS + 1, [findingOf(late, { firstSeenMs: ADOPT_MS })]);
    expect(after.map(({ fingerprint }) => fingerprint)).toEqual([late.fingerprint]);
  });

  test('is an incident apart, of severity info, and says what it would have been', () => {
    const [one] = suppressed({ signed: [A], observed: [B], suppressions: [expectB] });
    expect(one).toMatchObject({
      severity: 'info',
      reason: `expected by ${expectB.id}; otherwise high, default for terminal`,
    });
    expect(one && topicOf(one.subject)).toBe('expected');
    expect(one && wakesNobody(one.subject)).toBe(true);
  });
});

describe('a mute', () => {
  const all = verifiedMute(base, { collection: 'terminals', key: null });
  const one = verifiedMute(base, { collection: 'terminals', key: ['1'] });
  const kind = verifiedMute(base, { kind: 'terminal' });
  const admins = verifiedMute(base, { kind: 'admin' });

  test.each([
    ['the collection', all, ['muted', 'muted']],
    ['one record', one, ['muted', 'plain']],
    ['the kind', kind, ['muted', 'muted']],
    ['another kind', admins, ['plain', 'plain']],
  ] as const)('of %s covers its changes and no others', (_what, suppression, what) => {
    expect(whats(suppressed({ signed: [A], observed: [B, NEW], suppressions: [suppression] }))).toEqual(what);
  });

  test.each([
    ['before it was signed', START_MS - 1, 'plain'],
    ['from then on', START_MS, 'muted'],
    ['until just before its end', START_MS + 4 * HOUR_MS - 1, 'muted'],
    ['not at its end', START_MS + 4 * HOUR_MS, 'plain'],
  ])('counts by the clock: %s', (_when, nowMs, what) => {
    expect(whats(suppressed({ signed: [A], observed: [B], suppressions: [all], nowMs }))).toEqual([what]);
  });

  test('covers no state in which nobody can look', () => {
    const unknown = unknownCondition('terminal', 'denied');
    const [left] = suppressionConditions({
      conditions: [unknown],
      suppressions: [all, kind],
      open: [],
      signed: new Map(),
      ended: NONE_ENDED,
      nowMs: START_MS,
    });
    expect(left).toBe(unknown);
  });

  test('gives way to an expectation of the same change', () => {
    expect(whats(suppressed({ signed: [A], observed: [B], suppressions: [all, expectB] }))).toEqual([
      'expected',
    ]);
  });

  test('notifies nobody while it lasts, also when the clock was set back, and people when it ends', () => {
    const muted = suppressed({ signed: [A], observed: [B], suppressions: [all] });
    const input = {
      examined: () => true,
      outcomes: new Map(),
      signed: new Map([['terminals', snapshot('terminal', [A])]]),
    };
    const first = judge({ ...input, conditions: muted, open: [], nowMs: START_MS });
    expect(first).toMatchObject({ appeared: [{ severity: 'info' }], notify: [] });
    const open = muted.map((condition) => findingOf(condition, { firstSeenMs: START_MS, notifiedMs: null }));
    for (const nowMs of [START_MS + HOUR_MS, START_MS - HOUR_MS]) {
      expect(judge({ ...input, conditions: muted, open, nowMs }).notify).toEqual([]);
    }
    const plain = conditions('terminal', [A], [B]);
    const end = judge({ ...input, conditions: plain, open, nowMs: START_MS + 4 * HOUR_MS });
    expect(end.notify).toMatchObject(plain);
    // It has been so since the mute silenced it, not since the mute ended.
    expect(end.notify).toMatchObject([{ subject: { sinceMs: START_MS } }]);
    expect(end.ended).toMatchObject([{ ending: 'superseded' }]);
    expect(muted.every(isMuted)).toBe(true);
  });

  test('resolves the incident of what it covers: people signed it', () => {
    const subject = conditions('admin', [A], [B])[0]?.subject;
    if (subject === undefined) throw new Error('there is no difference');
    const ended = [{ subject, severity: 'critical' as const, ending: 'superseded' as const, endedMs: 1 }];
    expect(incidentMayResolve(ended, () => null)).toEqual({
      resolves: true,
      reason: 'what people signed in advance about it began or ended',
    });
  });
});

test.each([
  ['mute', verifiedMute(base, { collection: 'terminals', key: null })],
  ['expectation', expectB],
])(
  'a %s that was over once covers nothing any more, also when the clock is set back',
  (_type, suppression) => {
    const at = (over: readonly VerifiedSuppression[]) =>
      whats(suppressed({ signed: [A], observed: [B], suppressions: [suppression], over }));
    expect(at([])).not.toEqual(['plain']);
    expect(at([suppression])).toEqual(['plain']);
  },
);

test('what is seen only after the window was over is not in it, also when the clock is set back', () => {
  const given = { signed: [A], observed: [B], suppressions: [expectB], settled: [expectB] };
  expect(whats(suppressed(given))).toEqual(['plain']);
  // What was seen in it was in it.
  const [seen] = suppressed({ ...given, settled: [] });
  if (seen === undefined) throw new Error('there is no difference');
  expect(whats(suppressed({ ...given, open: [findingOf(seen, { firstSeenMs: START_MS })] }))).toEqual([
    'expected',
  ]);
});

test('without a suppression nothing is touched', () => {
  const plain = conditions('terminal', [A], [B]);
  expect(
    suppressionConditions({
      conditions: plain,
      suppressions: [],
      open: [],
      signed: new Map(),
      ended: NONE_ENDED,
      nowMs: 0,
    }),
  ).toBe(plain);
});

describe('what is suppressed', () => {
  test('is known by the change and the suppression, as earlier versions stored it', () => {
    const [plain] = conditions('terminal', [A], [B]);
    const [one] = suppressed({ signed: [A], observed: [B], suppressions: [expectB] });
    const identity = JSON.stringify(['excused', plain?.fingerprint, expectB.id]);
    expect(one?.fingerprint).toBe(createHash('sha256').update(identity).digest('hex'));
  });

  test('by nothing is what wakes people: an overdue change does, whatever is unknown does', () => {
    const [plain] = conditions('terminal', [A], [B]);
    if (plain?.subject.what !== 'change') throw new Error('there is no change');
    const by = { id: 'x', signers: [], untilMs: 0, reason: '' };
    const overdue = { ...plain.subject, suppression: { ...by, what: 'overdue' as const } };
    expect(wakesNobody(overdue)).toBe(false);
    expect(topicOf(overdue)).toBe('drift');
    expect(wakesNobody({ ...overdue, suppression: { ...by, what: 'muted' } })).toBe(true);
  });

  test('late says by which expectation, and that it is in no baseline', () => {
    const [first] = suppressed({ signed: [A], observed: [B], suppressions: [expectB] });
    const open = first ? [findingOf(first, { firstSeenMs: START_MS })] : [];
    const [late] = suppressed({ signed: [A], observed: [B], suppressions: [expectB], open, nowMs: ADOPT_MS });
    expect(late?.reason).toBe(`expected by ${expectB.id} and not in a baseline in time`);
  });
});

describe('a suppression covers nothing beyond what it says:', () => {
  const decide = (all: readonly Condition[], suppressions: readonly VerifiedSuppression[], signed = [A]) =>
    suppressionConditions({
      conditions: all,
      suppressions,
      open: [],
      signed: new Map([['terminals', snapshot('terminal', signed)]]),
      ended: NONE_ENDED,
      nowMs: START_MS,
    });

  test('a mute of one collection no other one', () => {
    const mute = verifiedMute(base, { collection: 'terminals', key: null });
    expect(whats(decide(conditions('contact', [A], [B]), [mute]))).toEqual(['plain']);
  });

  test('an expectation no collection that cannot be read, beside what was expected', () => {
    const all = [unknownCondition('terminal', 'denied'), ...conditions('terminal', [A], [B])];
    expect(whats(decide(all, [expectB, expectAnyKey]))).toEqual(['unknown', 'expected']);
  });

  test('an expectation no record that was signed twice and is there once as expected', () => {
    const all = conditions('terminal', [A, A], [B]);
    expect(all).toMatchObject([{ subject: { type: 'ambiguous' } }]);
    expect(whats(decide(all, [expectB]))).toEqual(['plain']);
  });

  test('several expectations each their own, in one look', () => {
    const all = conditions('terminal', [A], [B, NEW, line('77', 'other')]);
    const suppressions = [expectB, expectAnyKey, expectNew];
    expect(whats(decide(all, suppressions))).toEqual(['expected', 'expected', 'plain']);
  });
});

describe('a new record with a secret of any value', () => {
  const sealed = (id: string, name: string, address: string) =>
    recordLine({
      key: [id],
      fields: new Map([
        ['name', name],
        ['address', address],
      ]),
    });
  const hmac = (digit: string) => `~hmac:${digit.repeat(64)}`;
  const expectSet = verifiedExpectation(base, [changeOf('terminals', null, sealed('2', 'new', '~set'))]);
  const anySet = verifiedExpectation(base, [
    { ...changeOf('terminals', null, sealed('2', 'new', '~set')), key: null },
  ]);

  test.each([
    ['whichever it is', sealed('2', 'new', hmac('a')), 'expected'],
    ['but not without one', line('2', 'new'), 'plain'],
    ['but not with a text that looks like one', line('2', 'new', hmac('a')), 'plain'],
    ['but not with the text of our own mark', line('2', 'new', '~set'), 'plain'],
    ['but not beside another name', sealed('2', 'other', hmac('a')), 'plain'],
  ])('is expected by its key, %s', (_what, observed, what) => {
    expect(whats(suppressed({ signed: [A], observed: [A, observed], suppressions: [expectSet] }))).toEqual([
      what,
    ]);
    expect(whats(suppressed({ signed: [A], observed: [A, observed], suppressions: [anySet] }))).toEqual([
      what,
    ]);
  });

  test('under any key is one record: two that differ in nothing but their secret wake people', () => {
    const observed = [A, sealed('7', 'new', hmac('a')), sealed('8', 'new', hmac('b'))];
    expect(whats(suppressed({ signed: [A], observed, suppressions: [anySet] }))).toEqual(['plain', 'plain']);
    const signed = [A, sealed('7', 'new', hmac('a'))];
    expect(whats(suppressed({ signed, observed, suppressions: [anySet] }))).toEqual(['plain']);
  });
});

test('a new record under any key is as expected also where nothing of its collection is signed yet', () => {
  const decided = suppressionConditions({
    conditions: conditions('terminal', [], [line('77', 'new')]),
    suppressions: [expectAnyKey],
    open: [],
    signed: new Map(),
    ended: NONE_ENDED,
    nowMs: START_MS,
  });
  expect(whats(decided)).toEqual(['expected']);
});

test('a mute of one sort of database object in one schema covers what hangs on nothing watched, and nothing else', () => {
  const sensor: Definition = {
    ...{ name: 'sensor_cas', kind: 'sensor', source: 'cas', table: 'pg_catalog' },
    ...{ key: ['object', 'identity'], columns: ['definition'], secret: [] },
  };
  const object = (sort: string, identity: string, reach: string | null = 'elsewhere') =>
    recordLine({
      key: [sort, identity],
      fields: new Map([['definition', JSON.stringify({ reach })]]),
    });
  const signed = collectionSnapshot(sensor, []);
  const observed = [
    object('function', 'reports.sum()'),
    object('function', 'reports.divert()', null),
    object('function', '"reports.*".sum()'),
    object('function', 'public.sum()'),
    object('trigger', 'reports.log.stamp'),
  ];
  const outcome = diffCollection(SITE, signed, collectionSnapshot(sensor, observed));
  const scope = { collection: 'sensor_cas', key: ['function', 'reports.*'] };
  const found = suppressionConditions({
    conditions: conditionsOfCollection(SITE, sensor, outcome, NO_RULES, signed),
    suppressions: [verifiedMute(baselineOf(signed), scope)],
    ...{ open: [], signed: new Map([['sensor_cas', signed]]), ended: NONE_ENDED, nowMs: START_MS },
  });
  const muted = found
    .filter(({ subject }) => wakesNobody(subject))
    .map(({ subject }) => 'key' in subject && subject.key);
  expect(found).toHaveLength(5);
  expect(muted).toEqual(['["function","reports.sum()"]']);
});

describe('objects announced by their sort', () => {
  const sensor: Definition = {
    ...{ name: 'sensor_cas', kind: 'sensor', source: 'cas', table: 'pg_catalog' },
    ...{ key: ['object', 'identity'], columns: ['definition'], secret: [] },
  };
  const object = (sort: string, identity: string, definition: object = {}) =>
    recordLine({
      key: [sort, identity],
      fields: new Map([['definition', JSON.stringify({ reach: 'elsewhere', ...definition })]]),
    });
  const sum = object('function', 'reports.sum()');
  const signed = collectionSnapshot(sensor, [sum]);
  const announced = verifiedAnnouncement(baselineOf(signed), [
    { collection: 'sensor_cas', object: 'function', schema: 'reports' },
  ]);
  const found = (...observed: readonly RecordLine[]) =>
    conditionsOfCollection(
      SITE,
      sensor,
      diffCollection(SITE, signed, collectionSnapshot(sensor, observed)),
      NO_RULES,
      signed,
    );
  const decided = (conditions: readonly Condition[], nowMs: number, open: readonly Finding[] = []) =>
    suppressionConditions({
      ...{ conditions, open, nowMs },
      suppressions: [announced],
      signed: new Map([['sensor_cas', signed]]),
      ended: NONE_ENDED,
    });
  const keys = (conditions: readonly Condition[]) =>
    conditions
      .filter(({ subject }) => wakesNobody(subject))
      .map(({ subject }) => 'key' in subject && subject.key);

  test('wake nobody in their time, whatever happens to them, and nothing else is covered', () => {
    const conditions = found(
      object('function', 'reports.sum()', { source: 'select 2' }),
      object('function', 'reports.avg()'),
      object('function', 'public.avg()'),
      object('function', 'reports.divert()', { reach: undefined }),
      object('trigger', 'reports.log.stamp'),
    );
    expect(conditions).toHaveLength(5);
    expect(keys(decided(conditions, START_MS)).sort()).toEqual([
      '["function","reports.avg()"]',
      '["function","reports.sum()"]',
    ]);
    expect(keys(decided(found(), START_MS))).toEqual(['["function","reports.sum()"]']);
  });

  test('wake people before and after, and what came in their time until it has to be signed', () => {
    const conditions = found(sum, object('function', 'reports.avg()'));
    expect(keys(decided(conditions, START_MS - 1))).toEqual([]);
    expect(keys(decided(conditions, END_MS + 1))).toEqual([]);
    const [inTime] = decided(conditions, END_MS);
    if (inTime === undefined) throw new Error('one was to be found');
    const open = [findingOf(inTime, { firstSeenMs: END_MS })];
    expect(keys(decided(conditions, ADOPT_MS - 1, open))).toHaveLength(1);
    const [late] = decided(conditions, ADOPT_MS, open);
    expect(late).toMatchObject({ severity: 'high', subject: { suppression: { what: 'overdue' } } });
    // Another version of it is another change.
    const again = found(sum, object('function', 'reports.avg()', { source: 'select 3' }));
    expect(keys(decided(again, END_MS + 1, open))).toEqual([]);
  });

  test('never cover what is known from an incident elsewhere', () => {
    const [condition] = found(sum, object('function', 'reports.avg()'));
    if (condition?.subject.what !== 'change') throw new Error('one was to be found');
    const match = { id: 'gb', incident: 'general-bytes-2023-03' } as unknown as IndicatorMatch;
    const known = { ...condition, subject: { ...condition.subject, indicators: [match] } };
    expect(keys(decided([known], START_MS))).toEqual([]);
    expect(keys(decided([condition], START_MS))).toHaveLength(1);
  });
});

describe('a mute under a rule by which whoever made a change does not count', () => {
  const definition: Definition = {
    ...{ name: 'roles', kind: 'admin', source: 'cas', table: 'roles', key: ['id'], columns: ['by', 'name'] },
    ...{ secret: [], author: ['by'] },
  };
  const role = (by: string | null) =>
    recordLine({ key: ['1'], fields: new Map([...Object.entries({ by, name: 'x' })]) });
  const roles = collectionSnapshot(definition, [role(null)]);
  const baseline = baselineOf(roles);
  const named = (name: string) => [{ system: 'database' as const, name }];
  const under = (threshold: number) => {
    const people = trust.root.people.map((one) =>
      one.name === 'dan' ? one : { ...one, accounts: named(`${one.name.toUpperCase()}_db`) },
    );
    const rules = [{ kinds: ['admin' as const], threshold, roles: ['owner'], notAuthor: true as const }];
    return { ...trust, root: { ...trust.root, people, rules } } as VerifiedTrust;
  };
  const muting = (threshold: number) =>
    verifySuppression(
      { trust: under(threshold), site: SITE, baseline },
      signedSuppression('mute', mute(SITE, { kind: 'admin' }, { createdMs: START_MS }), [
        { name: 'anna', privateKey: keys.anna },
        { name: 'ben', privateKey: keys.ben },
      ]),
    ).suppression;
  const change = (by: string | null): Condition => ({
    ...{ fingerprint: 'f'.repeat(64), severity: 'critical', reason: 'x', graceMs: 0 },
    subject: {
      ...{ what: 'change', collection: 'roles', kind: 'admin', type: 'modified', key: '["1"]' },
      ...{ before: role(null).line, after: [role(by).line] },
    },
  });
  const mutes = (suppression: VerifiedSuppression, condition: Condition) =>
    suppressionConditions({
      ...{ conditions: [condition], suppressions: [suppression], open: [], ended: NONE_ENDED },
      ...{ signed: new Map([['roles', roles]]), nowMs: START_MS },
    }).every(isMuted);

  test('covers no change of a signer without whom too few would have signed', () => {
    expect(mutes(muting(2), change('anna_DB'))).toBe(false);
    expect(mutes(muting(2), change('ben_db'))).toBe(false);
  });

  test('covers what others change, and whatever enough others have signed for', () => {
    expect(mutes(muting(2), change('dan_db'))).toBe(true);
    expect(mutes(muting(2), change(null))).toBe(true);
    expect(mutes(muting(1), change('anna_db'))).toBe(true);
  });

  test('covers no mass of changes, of which nobody can say whose they are', () => {
    const { fingerprint, reason } = change(null);
    const mass: Condition = {
      ...{ fingerprint, reason, severity: 'critical', graceMs: 0 },
      subject: {
        ...{ what: 'mass-change', collection: 'roles', kind: 'admin', signed: 1, signedDigest: 'd' },
        counts: { added: 0, removed: 0, modified: 500, ambiguous: 0 },
      },
    };
    expect(mutes(muting(2), mass)).toBe(false);
    expect(mutes(muting(1), mass)).toBe(true);
  });
});
