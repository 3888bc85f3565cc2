import { describe, expect, test } from '@jest/globals';
import {
  atOnce,
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  encodeValue,
  type Kind,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import { changesBetween } from '../../../daemon/drift/diff.js';
import { worstChangesInSteps } from '../../../daemon/drift/worst.js';

const definitionOf = (kind: Kind): Definition => ({
  ...{ name: 'watched', kind, source: 'cas', table: 'public.watched', key: ['id'] },
  ...{ columns: ['name', 'wallet_address'], secret: [] },
});

const text = (value: string) => encodeValue({ form: 'text', text: value });

function record(id: string, name: string, address = 'bc1qours'): RecordLine {
  const fields = new Map([
    ['name', text(name)],
    ['wallet_address', text(address)],
  ]);
  return recordLine({ key: [text(id)], fields });
}

const snapshot = (kind: Kind, ...records: readonly RecordLine[]): CollectionSnapshot =>
  collectionSnapshot(definitionOf(kind), records);
const many = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, n) => record(`${prefix}${String(n).padStart(4, '0')}`, 'new'));
const NONE: ReadonlySet<string> = new Set();
const worst = (
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
  most = 10,
  listed: ReadonlySet<string> = NONE,
) => atOnce(worstChangesInSteps('prague-1', signed, observed, { most, listed }));

describe('the worst changes of a collection', () => {
  test('are all of them when there are few, as the plain comparison lists them', () => {
    const signed = snapshot('terminal', record('a', 'x'), record('b', 'x'), record('c', 'x'));
    const observed = snapshot('terminal', record('a', 'y'), record('c', 'x'), record('d', 'x'));
    const { changes, mass } = worst(signed, observed, 3);
    expect(mass).toBeNull();
    expect(changes).toEqual(changesBetween('prague-1', signed, observed));
    expect(changes).toHaveLength(3);
  });

  test('hold the diverted route whatever keys its author gives 5,000 others', () => {
    const signed = snapshot('wallet-route', record('zz', 'btc'));
    const diverted = record('zz', 'btc', 'bc1qEVIL');
    const { changes, mass } = worst(signed, snapshot('wallet-route', ...many(5_000, '0'), diverted));
    expect(changes).toHaveLength(10);
    expect(changes.at(-1)).toMatchObject({ type: 'modified', after: [{ line: diverted.line }] });
    expect(mass?.counts).toEqual({ added: 5_000, modified: 1, removed: 0, ambiguous: 0 });
  });

  test('hold the new records before the changed and the removed ones', () => {
    const before = many(30, 'a');
    const signed = snapshot('terminal', ...before);
    const changed = before.slice(10).map((_, n) => record(`a${String(n + 10).padStart(4, '0')}`, 'renamed'));
    const { changes } = worst(signed, snapshot('terminal', ...changed, record('z', 'rogue')), 3);
    expect(changes.map(({ type }) => type)).toEqual(['modified', 'modified', 'added']);
  });

  test('keep those that were listed before, so that a flood that goes on lists nothing anew', () => {
    const signed = snapshot('terminal');
    const first = worst(signed, snapshot('terminal', ...many(20, 'm')), 5);
    const listed = new Set(first.changes.map(({ key }) => key));
    const next = worst(signed, snapshot('terminal', ...many(20, 'a'), ...many(20, 'm')), 5, listed);
    expect(next.changes.map(({ key }) => key)).toEqual([...listed]);
    expect(next.mass?.digest).not.toBe(first.mass?.digest);
  });

  test('are one set for the same records, and another when one of the unlisted is another', () => {
    const signed = snapshot('terminal');
    const digest = (...records: readonly RecordLine[]) =>
      worst(signed, snapshot('terminal', ...many(600, 'm'), ...records)).mass?.digest;
    expect(digest(record('z', 'a'))).toBe(digest(record('z', 'a')));
    expect(digest(record('z', 'a'))).not.toBe(digest(record('z', 'b')));
  });
});
