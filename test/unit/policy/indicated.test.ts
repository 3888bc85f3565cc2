import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { atOnce, type CollectionSnapshot, collectionSnapshot } from '../../../baselines/index.js';
import type { AddressBook } from '../../../daemon/destinations/book.js';
import type { Subject } from '../../../daemon/finding.js';
import type { Indicator } from '../../../daemon/indicators/indicator.js';
import { Indicators } from '../../../daemon/indicators/matcher.js';
import { shippedIndicators } from '../../../daemon/indicators/shipped.js';
import { Comparison } from '../../../daemon/policy/comparison.js';
import { IndicatedCollection, MOST_INDICATED } from '../../../daemon/policy/evidence/indicated.js';
import type { CollectionReading } from '../../../daemon/sources/source.js';
import { inSlices } from '../../../daemon/time/slices.js';
import { collection } from '../baselines/scene.js';
import { NO_RULES, SITE } from './build.js';

const THIEF = 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440';
const terminals = (...rows: (readonly [string, string])[]) => collection('terminals', 'terminal', rows);
const routes = (...rows: (readonly [string, string])[]) => collection('routes', 'wallet-route', rows);

const known = (snapshot: CollectionSnapshot | null) =>
  new Map(snapshot === null ? [] : [[snapshot.definition.name, snapshot]]);
const read = (snapshot: CollectionSnapshot): Map<string, CollectionReading> =>
  new Map([[snapshot.definition.name, { readable: true, snapshot }]]);

function compare(
  signed: CollectionSnapshot | null,
  observed: CollectionSnapshot,
  { indicators = shippedIndicators, book = null as AddressBook | null } = {},
) {
  const options = { ...NO_RULES, indicators, book: () => book };
  return new Comparison(SITE, [observed.definition], options).compare(known(signed), read(observed))
    .conditions;
}
const indicated = (conditions: readonly { readonly subject: Subject }[]) =>
  conditions.flatMap(({ subject }) => (subject.what === 'indicator' ? [subject] : []));

describe('an indicator', () => {
  test('labels a change nobody signed and raises it to its own severity', () => {
    const [change] = compare(routes(['1', 'ours']), routes(['1', 'ours'], ['2', THIEF]));
    expect(change?.subject).toMatchObject({
      what: 'change',
      indicators: [{ incident: 'general-bytes-2023-03', kind: 'wallet-address', value: THIEF }],
    });
    const low = new Comparison(SITE, [routes().definition], {
      ...NO_RULES,
      rules: [{ kind: 'wallet-route', severity: 'low' }],
      indicators: shippedIndicators,
    });
    const [raised] = low.compare(known(routes()), read(routes(['2', THIEF]))).conditions;
    expect(raised).toMatchObject({ severity: 'critical', reason: 'known from general-bytes-2023-03' });
  });

  test('in what people signed is a condition of its own, for as long as it is there', () => {
    const signed = terminals(['BT123456', 'Praha']);
    const [one, ...others] = compare(signed, signed);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ severity: 'high', subject: { what: 'indicator', signed: true, records: 1 } });
    expect(compare(terminals(['BT1', 'Praha']), terminals(['BT1', 'Praha']))).toEqual([]);
  });

  test('in what nobody has signed yet is told beside that nobody has', () => {
    const all = compare(null, terminals(['BT123456', 'Praha']));
    expect(all.map(({ subject }) => subject.what)).toEqual(['unknown', 'indicator']);
    expect(indicated(all)[0]?.signed).toBe(false);
  });

  test('is told once: by the change of a record, or by itself', () => {
    expect(indicated(compare(terminals(['A1', 'x']), terminals(['A1', 'x'], ['BT123456', 'y'])))).toEqual([]);
    // What was signed with it and is gone now is signed with it all the same.
    expect(indicated(compare(terminals(['BT123456', 'y']), terminals()))).toHaveLength(1);
  });

  test('that names an address of the signed book raises nothing, and says whose it is', () => {
    const book: AddressBook = {
      lines: 1,
      isComplete: () => true,
      ask: () => ({ found: 'known', label: 'cold' }),
    };
    const signed = routes(['1', THIEF]);
    const [one] = compare(signed, signed, { book });
    expect(one).toMatchObject({ severity: 'high', reason: 'default for a feed that names an own address' });
    expect(indicated(one === undefined ? [] : [one])[0]?.matches[0]?.own).toBe('cold');
  });

  test('of too many records is counted, and the first of them stand by themselves', () => {
    const rows = Array.from({ length: 300 }, (_, n) => [`T${n}`, '203.0.113.9'] as const);
    const poisoned: Indicator = {
      ...{ kind: 'network', value: '203.0.113.0/24', feed: 'cert', incident: 'cert', severity: 'critical' },
      ...{ source: null, falsePositives: null },
    };
    const all = indicated(
      compare(terminals(...rows), terminals(...rows), { indicators: new Indicators([poisoned]) }),
    );
    expect(all).toHaveLength(MOST_INDICATED + 1);
    expect(all.at(-1)).toMatchObject({ key: null, records: 300 });
  });
});

test('records that have an indicator are the same ones, whatever was looked at before', () => {
  const { definition, records } = terminals(
    ...['A', 'B', 'BT123456', 'C', 'D'].flatMap((id) => [[id, 'x'] as const, [id, '203.0.113.9'] as const]),
  );
  // The very same objects in both sides and from look to look, some of them twice.
  const list = fc
    .array(fc.constantFrom(...records), { maxLength: 9 })
    .map((some) => collectionSnapshot(definition, some));
  const found = (
    of: IndicatedCollection,
    [signed, observed]: readonly [CollectionSnapshot, CollectionSnapshot],
  ) => {
    const sides = atOnce(of.inSteps(signed, observed));
    return [sides.signed, sides.observed].map((side) => [...side].map(([{ line }, hits]) => [line, hits]));
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(list, list), { minLength: 2, maxLength: 4 }), (looks) => {
      const kept = new IndicatedCollection(definition, shippedIndicators);
      for (const look of looks) {
        expect(found(kept, look)).toEqual(
          found(new IndicatedCollection(definition, shippedIndicators), look),
        );
      }
    }),
    { numRuns: 300 },
  );
});

describe('another feed', () => {
  test('is weighed against every record first, and counts only once it is put in force', async () => {
    const signed = terminals(['A1', 'x'], ['BT123456', 'y']);
    const sides = { signed: known(signed), readings: read(signed) };
    const comparison = new Comparison(SITE, [signed.definition], NO_RULES);
    expect(await comparison.weigh(shippedIndicators, sides, inSlices)).toBe(1);
    expect(comparison.compare(sides.signed, sides.readings).conditions).toEqual([]);
    comparison.indicate(shippedIndicators);
    expect(indicated(comparison.compare(sides.signed, sides.readings).conditions)).toHaveLength(1);
    expect(await comparison.weigh(shippedIndicators, sides, inSlices)).toBe(0);
  });

  test('is held against what changes alone, once it is in force', () => {
    let asked = 0;
    const counting = new Indicators(shippedIndicators.all);
    const ofRecord = counting.ofRecord.bind(counting);
    counting.ofRecord = (line, definition) => {
      asked += 1;
      return ofRecord(line, definition);
    };
    const rows = Array.from({ length: 500 }, (_, n) => [`T${String(n).padStart(4, '0')}`, 'x'] as const);
    const signed = terminals(...rows);
    const comparison = new Comparison(SITE, [signed.definition], { ...NO_RULES, indicators: counting });
    comparison.compare(known(signed), read(signed));
    expect(asked).toBe(500);
    comparison.compare(known(signed), read(terminals(...rows.slice(1), ['BT123456', 'y'])));
    // The new record is asked for by the walk and by its change; the one that is gone by its change alone.
    expect(asked).toBeLessThanOrEqual(503);
  });
});
