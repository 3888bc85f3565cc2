import { createHash } from 'node:crypto';
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

  test.each(['wallet-route', 'permission'] as const)(
    'hold the %s that stands beside a signed one under its key, and one that says the same like any other',
    (kind) => {
      const signed = snapshot(kind, record('zy', 'btc'), record('zz', 'btc'));
      const beside = record('zz', 'btc', 'bc1qEVIL');
      const observed = snapshot(
        kind,
        ...many(5_000, '0'),
        ...[record('zy', 'btc'), record('zy', 'btc'), record('zz', 'btc'), beside],
      );
      const { changes, mass } = worst(signed, observed);
      expect(changes.map(({ type }) => type).filter((type) => type === 'ambiguous')).toHaveLength(1);
      expect(changes.at(-1)?.after.map(({ line }) => line)).toContain(beside.line);
      expect(mass?.counts).toEqual({ added: 5_000, modified: 0, removed: 0, ambiguous: 2 });
    },
  );

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

describe('the rank of a change', () => {
  const types = (kind: Kind, signed: readonly RecordLine[], observed: readonly RecordLine[], most: number) =>
    worst(snapshot(kind, ...signed), snapshot(kind, ...observed), most).changes.map(({ type, key }) => [
      type,
      key,
    ]);

  test('of a record that is gone is the last, of one that stands there twice that of a new one', () => {
    const signed = [record('a', 'x'), record('b', 'x'), record('c', 'x')];
    const observed = [record('b', 'y'), record('c', 'x'), record('c', 'z'), record('d', 'x')];
    expect(types('terminal', signed, observed, 2)).toEqual([
      ['ambiguous', '["c"]'],
      ['added', '["d"]'],
    ]);
    expect(types('terminal', signed, observed, 3)).toEqual([
      ['modified', '["b"]'],
      ['ambiguous', '["c"]'],
      ['added', '["d"]'],
    ]);
  });

  test('of another address is the first only where a wallet route has it', () => {
    const signed = [record('a', 'x')];
    const observed = [record('a', 'x', 'bc1qEVIL'), record('b', 'x')];
    expect(types('wallet-route', signed, observed, 1)).toEqual([['modified', '["a"]']]);
    expect(types('terminal', signed, observed, 1)).toEqual([['added', '["b"]']]);
    expect(types('wallet-route', signed, [record('a', 'y'), record('b', 'x')], 1)).toEqual([
      ['added', '["b"]'],
    ]);
  });

  test('of a column that the definition names as a destination is the first, whatever it is called', () => {
    const named: Definition = { ...definitionOf('wallet-route'), destination: ['name'] };
    const signed = collectionSnapshot(named, [record('a', 'x')]);
    const observed = collectionSnapshot(named, [record('a', 'bc1qEVIL'), record('b', 'x')]);
    expect(worst(signed, observed, 1).changes).toMatchObject([{ type: 'modified', key: '["a"]' }]);
  });

  test.each([
    ['was', '{"to":"x"}', 'plain'],
    ['is', 'plain', ' [1]'],
  ])('of a json value is the first as well, whether it %s one', (_when, before, after) => {
    expect(types('wallet-route', [record('a', before)], [record('a', after), record('b', 'x')], 1)).toEqual([
      ['modified', '["a"]'],
    ]);
  });
});

describe('the set of more changes than are listed', () => {
  test('is told by a digest over every one of them, in key order', () => {
    const old = many(600, 'a');
    const changed = old.map((_, n) => record(`a${String(n).padStart(4, '0')}`, 'renamed'));
    const added = many(500, 'b');
    const expected = createHash('sha256');
    for (const [n, { digest }] of old.entries()) expected.update(`${digest}>${changed[n]?.digest}\n`);
    for (const { digest } of added) expected.update(`>${digest}\n`);
    const observed = snapshot('terminal', ...changed, ...added);
    const { mass } = worst(snapshot('terminal', ...old), observed, 5);
    expect(mass).toEqual({
      counts: { added: 500, removed: 0, modified: 600, ambiguous: 0 },
      digest: expected.digest('hex'),
      observed,
    });
  });

  test('names both records of one key', () => {
    const [one, two] = [record('a', 'x'), record('a', 'y')];
    const expected = createHash('sha256').update(`>${[one.digest, two.digest].sort().join()}\n`);
    const { mass } = worst(snapshot('terminal'), snapshot('terminal', one, two), 0);
    const other = createHash('sha256').update(`>${[one.digest, two.digest].sort().reverse().join()}\n`);
    expect([expected.digest('hex'), other.digest('hex')]).toContain(mass?.digest);
  });

  test('is gone through in steps, to be left between them', () => {
    const observed = snapshot('terminal', ...many(1_100, 'm'));
    let steps = 0;
    const walk = worstChangesInSteps('prague-1', snapshot('terminal'), observed, { most: 5, listed: NONE });
    while (walk.next().done !== true) steps++;
    expect(steps).toBeGreaterThanOrEqual(2);
  });

  test('lists what was listed before, and of the others the first by key, each once', () => {
    const listed = new Set(['["m0015"]', '["m0017"]']);
    const { changes } = worst(snapshot('terminal'), snapshot('terminal', ...many(20, 'm')), 4, listed);
    expect(changes.map(({ key }) => key)).toEqual(['["m0000"]', '["m0001"]', '["m0015"]', '["m0017"]']);
  });
});
