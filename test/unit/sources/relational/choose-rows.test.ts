import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cell } from '../../../../daemon/sources/relational/derive/cell.js';
import { LatestRows } from '../../../../daemon/sources/relational/derive/choose-rows.js';

const VALID = { where: [{ column: 'valid', is: 't' }], latest: 'id' };
const ANY = { latest: 'id' };

test('what is chosen is the same whether all rows are seen at once or gone on from those seen before', () => {
  const cell: fc.Arbitrary<Cell> = fc.oneof(
    fc.nat(12).map((id) => ({ text: `${id}`, json: false })),
    fc.constant(null),
    fc.constant({ encoded: '~digest:9:0' }),
  );
  const rows = fc.array(fc.record({ id: cell, valid: fc.constantFrom('t', 'f') }), { maxLength: 5 });
  const see = (choices: LatestRows, seen: readonly { id: Cell; valid: string }[]): void => {
    for (const { id, valid } of seen) {
      const cells = new Map<string, Cell>([
        ['id', id],
        ['valid', { text: valid, json: false }],
      ]);
      choices.see({ get: (name) => cells.get(name) });
    }
  };
  const found = (choices: LatestRows) =>
    [VALID, ANY].map((one) => [choices.of(one).values, choices.of(one).isInDoubt]);
  fc.assert(
    fc.property(rows, rows, (before, then) => {
      const [all, first, second] = [1, 2, 3].map(() => new LatestRows([VALID, ANY])) as [
        LatestRows,
        LatestRows,
        LatestRows,
      ];
      see(all, [...before, ...then]);
      see(first, before);
      const asBefore = found(first);
      expect(second.goOnFrom(first)).toBe(true);
      see(second, then);
      expect(found(second)).toEqual(found(all));
      expect(found(first)).toEqual(asBefore);
    }),
  );
});

test('a choice that was not made before is not gone on from', () => {
  expect(new LatestRows([VALID, ANY]).goOnFrom(new LatestRows([ANY]))).toBe(false);
  expect(new LatestRows([ANY]).goOnFrom(new LatestRows([VALID, ANY]))).toBe(true);
});
