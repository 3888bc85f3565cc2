import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionSnapshot, Definition } from '../../../baselines/index.js';
import { Indicators } from '../../../daemon/indicators/matcher.js';
import { shippedIndicators } from '../../../daemon/indicators/shipped.js';
import { Comparison, MOST_CHANGES } from '../../../daemon/policy/comparison.js';
import type { ConditionOptions } from '../../../daemon/policy/conditions.js';
import type { CollectionReading } from '../../../daemon/sources/source.js';
import { inSlices } from '../../../daemon/time/slices.js';
import { collection } from '../baselines/scene.js';
import { definitionOf, NO_RULES, record, SITE, snapshot } from './build.js';

const MANY = 30_000;
const rows = (town: string) =>
  Array.from({ length: MANY }, (_, n) => [`BT${String(n).padStart(6, '0')}`, town] as const);
const signedTerminals = collection('terminals', 'terminal', rows('Praha'));
const renamed = collection('terminals', 'terminal', rows('Brno'));
const signed = new Map([['terminals', signedTerminals]]);
const readings = (snapshot: CollectionSnapshot): Map<string, CollectionReading> =>
  new Map([['terminals', { readable: true, snapshot }]]);

let comparison: Comparison;
beforeEach(() => {
  comparison = new Comparison(SITE, [signedTerminals.definition], NO_RULES);
});

describe('a source none of whose collections can be reached', () => {
  const unreached = (detail: string): CollectionReading => ({
    readable: false,
    cause: 'unreachable',
    detail,
  });
  const [routes, people] = [definitionOf('wallet-route'), definitionOf('admin')];
  const elsewhere = { ...definitionOf('terminal'), source: 'cas2' };
  const subjectsOf = (read: ReadonlyMap<string, CollectionReading>) =>
    new Comparison(SITE, [routes, people, elsewhere], NO_RULES)
      .compare(new Map(), read)
      .conditions.map(({ subject }) => subject);

  test('is one condition with the reason, and those of another source stay their own', () => {
    const read = new Map([
      [routes.name, unreached('no answer')],
      [people.name, unreached('no answer')],
      [elsewhere.name, { readable: false, cause: 'denied', detail: 'SQLSTATE 42501' } as const],
    ]);
    expect(subjectsOf(read)).toMatchObject([
      { what: 'unknown', collection: 'terminals', cause: 'denied' },
      { what: 'unreachable', source: 'cas', detail: 'no answer' },
    ]);
  });

  test.each<readonly [string, CollectionReading | undefined]>([
    ['one of which is read', { readable: true, snapshot: snapshot('admin', []) }],
    ['one of which fails otherwise', { readable: false, cause: 'failed', detail: 'SQLSTATE 58030' }],
    ['one of which nobody has read yet', undefined],
  ])('is not one %s', (_what, other) => {
    const read = new Map([[routes.name, unreached('no answer')]]);
    if (other !== undefined) read.set(people.name, other);
    expect(subjectsOf(read).map(({ what }) => what)).not.toContain('unreachable');
    expect(subjectsOf(read)).toContainEqual(
      expect.objectContaining({ what: 'unknown', collection: routes.name }),
    );
  });
});

describe('many changes that stay, and one more', () => {
  const DRIFTED = 200;
  const before = Array.from({ length: DRIFTED }, (_, n) => record(String(n), { name: 'Praha' }));
  const after = Array.from({ length: DRIFTED }, (_, n) => record(String(n), { name: 'Brno' }));
  const signedSide = snapshot('terminal', before);
  const look = (one: Comparison, observed: readonly (typeof before)[number][]) =>
    one.compare(
      new Map([['terminals', signedSide]]),
      new Map([['terminals', { readable: true, snapshot: snapshot('terminal', observed) }]]),
    ).conditions;

  test('cost what the one costs: of the others nobody asks again what is known of them', () => {
    const asked: string[] = [];
    class Counted extends Indicators {
      override ofRecord(line: string, definition: Definition) {
        asked.push(line);
        return super.ofRecord(line, definition);
      }
    }
    const indicators = new Counted(shippedIndicators.all);
    const compared = new Comparison(SITE, [signedSide.definition], { ...NO_RULES, indicators });
    const first = look(compared, after.slice(1).concat(before.slice(0, 1)));
    asked.length = 0;
    const second = look(compared, after);
    expect([first.length, second.length]).toEqual([DRIFTED - 1, DRIFTED]);
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set([after[0]?.line]));
  });
});

describe('what was compared', () => {
  const outcomeOf = (read: ReadonlyMap<string, CollectionReading>) =>
    comparison.compare(signed, read).outcomes.get('terminals');
  const unread = (cause: 'denied' | 'missing', detail: string) =>
    new Map<string, CollectionReading>([['terminals', { readable: false, cause, detail }]]);

  test('is not compared again while it cannot be read for the same reason, and is for another', () => {
    const first = outcomeOf(unread('denied', 'a'));
    expect(outcomeOf(unread('denied', 'a'))).toBe(first);
    expect(outcomeOf(unread('denied', 'b'))).toMatchObject({ outcome: 'unknown', detail: 'b' });
    expect(outcomeOf(unread('missing', 'b'))).toMatchObject({ outcome: 'unknown', cause: 'missing' });
    expect(outcomeOf(readings(signedTerminals))).toEqual({ outcome: 'same' });
    expect(outcomeOf(unread('missing', 'b'))).toMatchObject({ outcome: 'unknown', cause: 'missing' });
  });

  test('is compared again when some of its records can be read no more', () => {
    const whole = outcomeOf(readings(signedTerminals));
    expect(outcomeOf(readings(signedTerminals))).toBe(whole);
    const unreadRecords = {
      count: 1,
      covers: () => false,
      cause: 'failed',
      detail: 'SQLSTATE 22021',
    } as const;
    const part: CollectionReading = { readable: true, snapshot: signedTerminals, unread: unreadRecords };
    expect(outcomeOf(new Map([['terminals', part]]))).not.toBe(whole);
  });

  test('is compared again when the address book has become whole', () => {
    let isWhole = false;
    const book = { lines: 1, isComplete: () => isWhole, ask: () => ({ found: 'unknown' as const }) };
    const asking = new Comparison(SITE, [signedTerminals.definition], { ...NO_RULES, book: () => book });
    const compared = () => asking.compare(signed, readings(renamed)).outcomes.get('terminals');
    const before = compared();
    expect(compared()).toBe(before);
    isWhole = true;
    const after = compared();
    expect(after).not.toBe(before);
    expect(compared()).toBe(after);
  });

  test('lists the same records of a flood as before when more of them change', () => {
    const listed = () => {
      const outcome = outcomeOf(readings(renamed));
      return outcome?.outcome === 'drifted' ? outcome.changes.map(({ key }) => key) : [];
    };
    const before = listed();
    const others = collection('terminals', 'terminal', rows('Brno').slice(0, MANY - 1));
    const outcome = outcomeOf(readings(others));
    if (outcome?.outcome !== 'drifted') throw new Error('it drifted');
    expect(before).toHaveLength(MOST_CHANGES);
    expect(outcome.changes.filter(({ key }) => !before.includes(key)).length).toBeLessThanOrEqual(1);
  });

  test('is of what people signed as well where nobody configures it any more', () => {
    const bare = new Comparison(SITE, [], NO_RULES);
    const { outcomes, conditions } = bare.compare(signed, new Map());
    expect(outcomes.get('terminals')).toMatchObject({ outcome: 'unknown' });
    expect(conditions).toMatchObject([{ subject: { what: 'unknown', collection: 'terminals' } }]);
    expect(comparison.compare(signed, new Map())).toMatchObject({ conditions: [], outcomes: new Map() });
  });
});

test('a changed record carries who was active when it was read, and why a link is gone', () => {
  const links = snapshot('access-link', [record('1', { expires: '2026-11-30 11:00:00' })]);
  const none = snapshot('access-link', []);
  const activity = { table: 'person', withinMs: 60_000, users: [] };
  const subjectOf = (options: Partial<ConditionOptions>) =>
    new Comparison(SITE, [links.definition], { ...NO_RULES, ...options }).compare(
      new Map([[links.definition.name, links]]),
      new Map([[links.definition.name, { readable: true, snapshot: none }]]),
    ).conditions[0]?.subject;
  const clock = () => Date.parse('2026-11-30T12:00:00Z');
  const activityAt = (one: CollectionSnapshot) => (one === none ? activity : undefined);
  expect(subjectOf({ clock, activityAt })).toMatchObject({ linkEnded: 'expired', activity });
  const bare = subjectOf({});
  expect(bare).not.toHaveProperty('linkEnded');
  expect(bare).not.toHaveProperty('activity');
  expect(bare).not.toHaveProperty('labelFrom');
  expect(bare).not.toHaveProperty('destinations');
});

describe('comparing what is large', () => {
  test('beforehand comes to the same, and is not done a second time', async () => {
    const unprepared = comparison.compare(signed, readings(renamed));
    const other = new Comparison(SITE, [signedTerminals.definition], NO_RULES);
    await other.prepare({ signed: signed, readings: readings(renamed), names: ['terminals'] }, inSlices);
    const prepared = other.compare(signed, readings(renamed));
    expect(prepared).toEqual(unprepared);
    expect(prepared.conditions).toHaveLength(MOST_CHANGES + 1);
    expect(other.compare(signed, readings(renamed)).outcomes.get('terminals')).toBe(
      prepared.outcomes.get('terminals'),
    );
  });

  test('can be left after every thousand records, whether they differ or not', async () => {
    const stepsOf = async (snapshot: CollectionSnapshot) => {
      let count = 0;
      const other = new Comparison(SITE, [signedTerminals.definition], NO_RULES);
      const sides = { signed, readings: readings({ ...snapshot, recordsDigest: 'x' }), names: ['terminals'] };
      await other.prepare(sides, async (steps) => {
        for (;;) {
          const step = steps.next();
          if (step.done === true) return step.value;
          count++;
        }
      });
      return count;
    };
    expect(await stepsOf(renamed)).toBeGreaterThan((2 * MANY) / 1_024);
    const rest = signedTerminals.records.slice(1);
    const readAnew = rest.map((record) => ({ ...record }));
    expect(await stepsOf({ ...signedTerminals, records: readAnew })).toBeGreaterThan(20);
    // Of the very same objects nothing is looked at: sixteen thousand are passed over at once.
    expect(await stepsOf({ ...signedTerminals, records: rest })).toBeGreaterThan(MANY / 16_384);
  });

  test('beforehand says nothing of what was read since, or of another baseline', async () => {
    await comparison.prepare({ signed: signed, readings: readings(renamed), names: ['terminals'] }, inSlices);
    expect(comparison.compare(signed, readings(signedTerminals)).conditions).toEqual([]);
    await comparison.prepare(
      { signed: signed, readings: readings(signedTerminals), names: ['terminals'] },
      inSlices,
    );
    const other = new Map([['terminals', renamed]]);
    expect(comparison.compare(other, readings(signedTerminals)).conditions).toHaveLength(MOST_CHANGES + 1);
  });

  test('beforehand hides no defect: it is told when it counts', async () => {
    const broken = readings({ ...renamed, recordsDigest: 'x', records: null as never });
    await comparison.prepare({ signed: signed, readings: broken, names: ['terminals'] }, inSlices);
    expect(comparison.compare(signed, broken).defects).toMatchObject([{ collection: 'terminals' }]);
  });
});

test('a new record beside a changed one is told with the signed one that it can be taken for', () => {
  const admins = definitionOf('admin');
  const name = admins.name;
  const compare = (observed: Parameters<typeof snapshot>[1]) =>
    new Comparison(SITE, [admins], NO_RULES)
      .compare(
        new Map([[name, snapshot('admin', [record('1', { name: 'alice' }), record('2', { name: 'bob' })])]]),
        new Map([[name, { readable: true as const, snapshot: snapshot('admin', observed) }]]),
      )
      .conditions.map(({ subject }) => ('lookalikeOf' in subject ? subject.lookalikeOf : null));
  const signed = record('1', { name: 'alice' });
  const changed = record('2', { name: 'bob', address: 'x' });
  expect(compare([signed, changed, record('3', { name: 'a1ice' })]).sort()).toEqual(['["1"]', null]);
  expect(compare([signed, changed])).toEqual([null]);
});
