import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../../baselines/index.js';
import { observedState } from '../../../../daemon/cli/approve/observed-state.js';

const TERMINALS: Definition = {
  ...{ name: 'terminals', kind: 'terminal', source: 'cas', table: 'public.terminal' },
  ...{ key: ['id'], columns: ['name'], secret: [] },
};

/** Records of their own each time. */
const stateOf = (...rows: readonly (readonly [id: string, name: string])[]) =>
  collectionSnapshot(
    TERMINALS,
    rows.map(([id, name]) => recordLine({ key: [id], fields: new Map([['name', name]]) })),
  );

test('what is as signed is the signed record, whatever was changed, added or removed around it', () => {
  const signed = stateOf(['1', 'a'], ['2', 'b'], ['4', 'd'], ['5', 'e'], ['7', 'g']);
  const read = stateOf(
    ['0', 'new'],
    ['1', 'a'],
    ['3', 'new'],
    ['4', 'other'],
    ['5', 'e'],
    ['7', 'g'],
    ['7', 'twice'],
  );
  const observation = {
    definitions: [TERMINALS],
    readings: new Map([['terminals', { readable: true as const, snapshot: read }]]),
    hostile: [],
  };
  const observed = observedState(observation, new Map([['terminals', signed]])).collections.get('terminals');
  expect(observed).toEqual(read);
  const shared = observed?.records.filter((record) => signed.records.includes(record));
  expect(shared?.map(({ key }) => key)).toEqual(['["1"]', '["5"]', '["7"]']);
});
