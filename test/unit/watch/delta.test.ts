import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  collectionSnapshot,
  type Definition,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import { observedDelta } from '../../../daemon/watch/delta.js';

const definition: Definition = {
  name: 'terminals',
  kind: 'terminal',
  source: 'cas',
  table: 'public.terminal',
  key: ['id'],
  columns: ['name'],
  secret: [],
};
type Row = readonly [id: string | null, name: string | null];
const made = new Map<string, RecordLine>();
/** What did not change is the same object, as it is from one read to the next; now and then another that is equal. */
function recordOf([id, name]: Row): RecordLine {
  const fresh = recordLine({ key: [id], fields: new Map([['name', name]]) });
  if (name === 'b') return fresh;
  const known = made.get(fresh.line) ?? fresh;
  made.set(fresh.line, known);
  return known;
}
const snapshot = (rows: readonly Row[]) => collectionSnapshot(definition, rows.map(recordOf));

/** The stored rows after a delta, as the store would hold them. */
function apply(
  rows: ReadonlyMap<string, string>,
  delta: ReturnType<typeof observedDelta>,
): Map<string, string> {
  const next = new Map(delta?.replace ? [] : rows);
  for (const { key, ordinal } of delta?.removals ?? []) expect(next.delete(`${key} ${ordinal}`)).toBe(true);
  for (const { key, ordinal, line } of delta?.upserts ?? []) next.set(`${key} ${ordinal}`, line);
  return next;
}

describe('the observed delta', () => {
  test('is null when the snapshot is the same object, or has the digest of an earlier run', () => {
    const same = snapshot([['1', 'a']]);
    expect(observedDelta(same, same, 5)).toBeNull();
    expect(observedDelta(same.recordsDigest, same, 5)).toBeNull();
  });

  test('replaces everything when only another digest is known', () => {
    expect(observedDelta('00', snapshot([['1', 'a']]), 5)).toMatchObject({
      replace: true,
      observedAtMs: 5,
      count: 1,
      upserts: [{ key: '["1"]', ordinal: 0 }],
    });
  });

  test('names only what differs', () => {
    const before = snapshot([
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ]);
    const after = snapshot([
      ['1', 'a'],
      ['2', 'B'],
      ['4', 'd'],
    ]);
    const delta = observedDelta(before, after, 5);
    expect(delta?.replace).toBe(false);
    expect(delta?.upserts.map((row) => row.key)).toEqual(['["2"]', '["4"]']);
    expect(delta?.removals.map((row) => row.key)).toEqual(['["3"]']);
  });

  test('turns the stored rows of any snapshot into those of any other, duplicate and null keys included', () => {
    const rows = fc.array(
      fc.tuple(
        fc.constantFrom('1', '2', '__proto__', 'é', '😀', '\uffff', null),
        fc.constantFrom('a', 'b', 'constructor', null),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        const before = snapshot(first);
        const after = snapshot(second);
        const stored = apply(new Map(), observedDelta(null, before, 1));
        const updated = apply(stored, observedDelta(before, after, 2));
        const fresh = apply(new Map(), observedDelta(null, after, 2));
        expect(new Map([...updated].sort())).toEqual(new Map([...fresh].sort()));
        expect([...updated.values()].sort()).toEqual(after.records.map((record) => record.line).sort());
      }),
    );
  });
});
