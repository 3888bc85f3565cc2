import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../../baselines/index.js';
import type { RejectedChange } from '../../../../daemon/approvals/approval-backend.js';
import { type Difference, differencesBetween, idLength } from '../../../../daemon/cli/approve/differences.js';
import {
  defaultReason,
  lastQuestion,
  namedDifferences,
  reviewOneByOne,
} from '../../../../daemon/cli/approve/review.js';
import { fakeTerminal } from '../fake-terminal.js';

const DEFINITION: Definition = {
  name: 'terminals',
  kind: 'terminal',
  source: 'cas',
  table: 'public.terminal',
  key: ['id'],
  columns: ['name', 'active'],
  secret: [],
};

type Row = readonly [id: string | null, name: string, active: string];

function state(rows: readonly Row[], definition: Definition = DEFINITION) {
  const records = rows.map(([id, name, active]) =>
    recordLine({
      key: [id],
      fields: new Map(
        Object.entries({ name, active }).filter(([field]) => definition.columns.includes(field)),
      ),
    }),
  );
  return new Map([[definition.name, collectionSnapshot(definition, records)]]);
}

const SIGNED = state([
  ['1', 'one', 't'],
  ['2', 'two', 't'],
  ['3', 'three', 't'],
]);

function differences(rows: readonly Row[], definition = DEFINITION): Difference[] {
  return differencesBetween('prague-1', SIGNED, state(rows, definition), []);
}

const THREE: readonly Row[] = [
  ['1', 'ONE', 't'],
  ['2', 'two', 'f'],
  ['4', 'four', 't'],
  ['3', 'three', 't'],
];

async function review(
  keys: readonly string[],
  found: readonly Difference[],
  hostile: ReadonlyMap<string, RejectedChange> = new Map(),
) {
  const terminal = fakeTerminal(keys);
  const context = { rules: [], digits: idLength(found), hostile };
  const result = await reviewOneByOne(
    terminal,
    terminal.keyboard,
    found,
    context,
    new Map([['terminals', DEFINITION]]),
  );
  return { result, terminal };
}

describe('reviewing one by one', () => {
  test('accepts what was accepted and nothing else', async () => {
    const found = differences(THREE);
    const { result } = await review(['a', 's', 'r'], found);
    expect(found).toHaveLength(3);
    expect(result?.accepted).toEqual([found[0]]);
    expect(result?.rejected).toEqual([found[2]]);
  });

  test('b takes the last answer back, and what A accepted with it', async () => {
    const found = differences(THREE);
    const { result, terminal } = await review(['b', 'a', 'b', 's', 'A'], found);
    expect(terminal.lines).toContain('  this is the first');
    expect(result?.accepted).toEqual([found[1], found[2]]);
    const again = await review(['s', 'A', 's', 'r'], found);
    const other = await again.result?.back?.();
    expect(other?.accepted).toEqual([]);
    expect(other?.rejected).toEqual([found[2]]);
  });

  test('A accepts the rest without asking again, and not what was skipped before', async () => {
    const found = differences(THREE);
    const { result, terminal } = await review(['s', 'A'], found);
    expect(terminal.asked).toHaveLength(2);
    expect(result?.accepted).toEqual([found[1], found[2]]);
  });

  test('A never accepts a definition', async () => {
    const found = differences(THREE, { ...DEFINITION, columns: ['name'] });
    const { result } = await review(['A'], found);
    expect(found).toMatchObject([{ what: 'collection', aspects: ['columns'] }]);
    expect(result?.accepted).toEqual([]);
  });

  test('what somebody called hostile is marked, and accepted by its own a only', async () => {
    const found = differences(THREE);
    const called = new Map([
      [found[1]?.fingerprint ?? '', { fingerprint: found[1]?.fingerprint ?? '', person: 'anna', atMs: 0 }],
    ]);
    const own = await review(['A', 'a'], found, called);
    expect(own.terminal.asked).toHaveLength(2);
    expect(own.terminal.lines.join('\n')).toContain('called hostile by anna 1970-01-01 00:00:00 UTC');
    expect(own.result?.accepted).toEqual(found);
    const left = await review(['s', 'A', 'A'], found, called);
    expect(left.result?.accepted).toEqual([found[2]]);
    expect(namedDifferences(found, 'all', called)).toEqual([found[0], found[2]]);
    expect(namedDifferences(found, found[1]?.fingerprint ?? '', called)).toEqual([found[1]]);
  });

  test('quitting accepts nothing, whatever was accepted before', async () => {
    const { result } = await review(['a', 'q'], differences(THREE));
    expect(result).toBeNull();
  });

  test('explaining shows every field of both sides and asks again', async () => {
    const { terminal } = await review(
      ['e', 's'],
      differences([['1', 'ONE', 't'], ...THREE.slice(3), ['2', 'two', 't']]),
    );
    expect(terminal.asked).toHaveLength(2);
    const text = terminal.lines.join('\n');
    expect(text).toMatch(/signed:[\s\S]*active “t”[\s\S]*in the database:[\s\S]*name “ONE”/);
  });

  test('a key that is there twice or holds a null is shown and never asked about', async () => {
    const found = differences([
      ...THREE.slice(3),
      ['1', 'one', 't'],
      ['2', 'two', 't'],
      ['2', 'twin', 't'],
      [null, 'x', 't'],
    ]);
    const { result, terminal } = await review([], found);
    expect(found.map((one) => one.what === 'record' && one.change.type)).toEqual(['ambiguous', 'ambiguous']);
    expect(result?.accepted).toEqual([]);
    expect(terminal.lines.join('\n')).toContain('cannot be signed');
  });
});

describe('--only', () => {
  test('takes a short id for two changes, of which whoever may write to the database made one to be looked at', () => {
    const named = new Map<string, Row>();
    const twins = (): readonly [Row, Row] => {
      for (let i = 0; ; i++) {
        const row: Row = i % 2 === 0 ? ['1', `harmless ${i}`, 't'] : ['2', `stolen ${i}`, 't'];
        const [one] = differencesBetween('prague-1', state([]), state([row]), []);
        const id = one?.fingerprint.slice(0, 8) ?? '';
        const other = named.get(id);
        if (other !== undefined && other[0] !== row[0]) return [other, row];
        named.set(id, row);
      }
    };
    const [looked, signed] = twins();
    const at = (row: Row) => differencesBetween('prague-1', state([]), state([row]), []);
    const id = at(looked)[0]?.fingerprint ?? '';
    expect(namedDifferences(at(signed), id.slice(0, 8))).toHaveLength(1);
    expect(() => namedDifferences(at(signed), id.slice(0, 32))).toThrow('names no change');
  });

  test('asks before it signs what a short id chose, and refuses where nobody can be asked', () => {
    const terminal = fakeTerminal(['y']);
    const deaf = { ...terminal, keyboard: null };
    const whole = 'f'.repeat(32);
    for (const only of ['', 'all', whole, `all ${whole},${'0'.repeat(64)}`]) {
      expect(lastQuestion(terminal, only)).toBeNull();
      expect(lastQuestion(deaf, only)).toBeNull();
    }
    for (const only of [whole.slice(1), `all,${whole.slice(0, 8)}`]) {
      expect(lastQuestion(terminal, only)).toBe(terminal.keyboard);
      expect(() => lastQuestion(deaf, only)).toThrow('give them whole');
    }
    expect(lastQuestion(terminal, undefined)).toBe(terminal.keyboard);
  });

  test('all means every record, and no definition', () => {
    expect(namedDifferences(differences(THREE), 'all')).toHaveLength(3);
    expect(namedDifferences(differences(THREE, { ...DEFINITION, columns: ['name'] }), 'all')).toEqual([]);
  });

  test('ids may be cut to four digits and listed with commas or blanks', () => {
    const found = differences(THREE);
    const ids = found.slice(1).map(({ fingerprint }) => fingerprint.slice(0, 8));
    expect(namedDifferences(found, ids.join(', '))).toEqual(found.slice(1));
  });

  test.each(['abc', 'ALL', '-', 'constructor'])('%s names no change', (accept) => {
    expect(() => namedDifferences(differences(THREE), accept)).toThrow(
      expect.objectContaining({ code: 'CLI_UNKNOWN_CHANGE', exit: 64 }),
    );
  });
});

describe('a changed definition', () => {
  test('hides no change of what both definitions read', () => {
    const [found] = differences(THREE, { ...DEFINITION, columns: ['name'] });
    expect(found).toMatchObject({
      changes: [
        { key: '["1"]', type: 'modified' },
        { key: '["4"]', type: 'added' },
      ],
    });
  });

  test('that identifies records differently says that they cannot be compared', () => {
    const other = { ...DEFINITION, key: ['serial'] };
    expect(differences(THREE, other)).toMatchObject([{ what: 'collection', changes: null }]);
  });

  test('has the same id however the configuration orders its columns', () => {
    const id = (columns: string[]) =>
      differences(THREE, { ...DEFINITION, table: 'public.other', columns })[0];
    expect(id(['name', 'active'])?.fingerprint).toBe(id(['active', 'name'])?.fingerprint);
  });
});

test('the most severe collections come first', () => {
  const routes = { ...DEFINITION, name: 'wallet_routes', kind: 'wallet-route' as const };
  const before = new Map([...SIGNED, ...state([], routes)]);
  const after = new Map([...state(THREE), ...state([['1', 'a', 'b']], routes)]);
  const found = differencesBetween('prague-1', before, after, []);
  expect(found.map((one) => one.what === 'record' && one.change.collection)).toEqual([
    'wallet_routes',
    'terminals',
    'terminals',
    'terminals',
  ]);
});

test('the reason names collections and counts, in our words', () => {
  expect(defaultReason(differences(THREE))).toBe('accepted 3 records of terminals');
  expect(defaultReason([])).toBe('renewed as it is');
});

describe('a database that is another one', () => {
  const sensor: Definition = { ...DEFINITION, name: 'sensor_cas', kind: 'sensor', columns: ['definition'] };
  const at = (identifier: string, source = 'a') =>
    new Map([
      [
        'sensor_cas',
        collectionSnapshot(
          sensor,
          [
            ['database', { place: { majorVersion: 15, systemIdentifier: identifier } }],
            ['code', { source }],
            ['table', { place: { oid: identifier } }],
          ].map(([id, definition]) =>
            recordLine({
              key: [String(id)],
              fields: new Map([['definition', JSON.stringify(definition)]]),
            }),
          ),
        ),
      ],
    ]);

  test('is asked about once, with what differs only for that reason, and what else changed by itself', async () => {
    const found = differencesBetween('prague-1', at('1'), at('2', 'b'), []);
    expect(found).toMatchObject([{ leads: 1 }, {}, { follows: found[0]?.fingerprint }]);
    const { result, terminal } = await review(['a', 's'], found);
    expect(result?.accepted).toEqual([found[0], found[2]]);
    expect(terminal.lines.join('\n')).toMatch(/with it: 1 record of sensor_cas/);
    const taken = await review(['s', 's', 'a'], found);
    expect(taken.result?.accepted).toEqual([found[2]]);
    expect(namedDifferences(found, found[0]?.fingerprint ?? '')).toEqual([found[0], found[2]]);
  });

  test('takes nothing along that somebody called hostile', async () => {
    const found = differencesBetween('prague-1', at('1'), at('2'), []);
    const fingerprint = found[1]?.fingerprint ?? '';
    const hostile = new Map([[fingerprint, { fingerprint, person: 'bob', atMs: 0 }]]);
    const { result } = await review(['a', 's'], found, hostile);
    expect(result?.accepted).toEqual([found[0]]);
    expect(namedDifferences(found, found[0]?.fingerprint ?? '', hostile)).toEqual([found[0]]);
  });
});
