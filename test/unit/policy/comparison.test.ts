import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionSnapshot } from '../../../baselines/index.js';
import { Comparison, MOST_CHANGES } from '../../../daemon/policy/comparison.js';
import type { CollectionReading } from '../../../daemon/sources/source.js';
import { inSlices } from '../../../daemon/time/slices.js';
import { collection } from '../baselines/scene.js';
import { NO_RULES, SITE } from './build.js';

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
    expect(await stepsOf({ ...signedTerminals, records: signedTerminals.records.slice(1) })).toBeGreaterThan(
      20,
    );
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
