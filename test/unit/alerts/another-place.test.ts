import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../baselines/index.js';
import { describeWorstFirst } from '../../../daemon/alerts/describe.js';
import { title } from '../../../daemon/alerts/title.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import { NO_RULES, SITE } from '../policy/build.js';

const SENSOR: Definition = {
  ...{ name: 'sensor_cas', kind: 'sensor', source: 'cas', table: 'pg_catalog' },
  ...{ key: ['object', 'identity'], columns: ['definition', 'owner'], secret: [] },
};

type Objects = Readonly<Record<string, object>>;

function described(signed: Objects, observed: Objects) {
  const [before, after] = [signed, observed].map((objects) =>
    collectionSnapshot(
      SENSOR,
      Object.entries(objects).map(([key, definition]) =>
        recordLine({ key: key.split(' '), fields: new Map([['definition', JSON.stringify(definition)]]) }),
      ),
    ),
  );
  if (!before || !after) throw new Error('two states are needed');
  const outcome = diffCollection(SITE, before, after);
  return describeWorstFirst(conditionsOfCollection(SITE, SENSOR, outcome, NO_RULES, before));
}

const at = (systemIdentifier: string, oid: string, source = 'a'): Objects => ({
  'database this': { place: { majorVersion: 15, oid, systemIdentifier } },
  'function public.rate()': { source },
  'watched-table public.terminal': { kind: 'r', place: { oid } },
});

describe('a database that turns out to be another one', () => {
  test('is one line, counts what differs only for that reason, and lists it last', () => {
    const [first, ...others] = described(at('1', '16384'), at('2', '16999'));
    expect(first && title([first, ...others])).toBe('another cluster, database or version');
    expect(first?.consequence).toMatch(/1 other object of it differs only in .* is approved along with it/);
    expect(others).toMatchObject([{ place: 'follows', inTitle: false }]);
  });

  test('hides nothing that changed beside it', () => {
    const all = described(at('1', '16384'), at('2', '16999', 'b'));
    expect(title(all)).toBe('another cluster, database or version, 1 database function was changed');
    expect(all.map(({ place }) => place)).toEqual(['another', undefined, 'follows']);
  });

  test('is no excuse for a number that changes in the same database', () => {
    expect(title(described(at('1', '16384'), { ...at('1', '16384'), ...at('1', '5') }))).toMatch(/another/);
    const swapped = {
      ...at('1', '16384'),
      'watched-table public.terminal': { kind: 'r', place: { oid: '5' } },
    };
    const [only] = described(at('1', '16384'), swapped);
    expect(only).toMatchObject({ condition: { severity: 'critical' } });
    expect(only && title([only])).toBe('1 watched table was changed');
  });
});

test("tillwarden's own triggers are told as that, low, and one that goes as severe as any", () => {
  const own = { 'trigger public.terminal.tillwarden_insert': { enabled: 'always on', reach: 'ours' } };
  const [made] = described({}, own);
  expect(made).toMatchObject({ condition: { severity: 'low' } });
  expect(made && title([made])).toBe("1 trigger or function of tillwarden's own was installed or renewed");
  expect(described(own, {})).toMatchObject([{ condition: { severity: 'critical' } }]);
});

test('an object of the database is called by its sort, and what is switched off by that', () => {
  const trigger = (enabled: string) => ({ 'trigger public.user.audit': { enabled } });
  expect(title(described(trigger('on'), trigger('trigger switched off')))).toBe(
    '1 database trigger was switched off',
  );
  expect(title(described(trigger('trigger switched off'), trigger('on')))).toBe(
    '1 database trigger was changed',
  );
  expect(title(described({}, { 'role eve': { superuser: true }, 'role mallory': {} }))).toBe(
    '2 new database roles',
  );
  expect(title(described({}, { 'toString x': {} }))).toBe('1 new database object');
});
