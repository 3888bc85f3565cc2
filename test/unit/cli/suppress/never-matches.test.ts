import { describe, expect, test } from '@jest/globals';
import {
  collectionSnapshot,
  type Definition,
  encodeValue,
  type RecordLine,
  recordLine,
} from '../../../../baselines/index.js';
import { createNeverMatches } from '../../../../daemon/cli/suppress/never-matches.js';
import { sourceKinds } from '../../../../daemon/sources/index.js';
import { sensorsOf } from '../../../../daemon/sources/source-kind.js';
import { table } from '../../../support/postgres-source.js';

const text = (value: string) => encodeValue({ form: 'text', text: value });
const fields = (values: Record<string, string | null>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, value === null ? null : text(value)]));
const record = (key: readonly string[], values: Record<string, string | null>) =>
  recordLine({ key: key.map(text), fields: fields(values) });

const sensors = sensorsOf(sourceKinds);
const never = (
  definition: Definition,
  key: readonly string[] | null,
  values: Record<string, string | null> | null = null,
  records: readonly RecordLine[] = [],
) =>
  createNeverMatches(
    collectionSnapshot(definition, records),
    sensors,
  )({
    key: key?.map(text) ?? null,
    fields: values === null ? null : fields(values),
    appears: values !== null,
  });

describe('of a sensor', () => {
  const sensorOf = (kind: string) => {
    const sensor = sourceKinds.get(kind)?.sensor;
    if (!sensor) throw new Error(`${kind} has no sensor`);
    return sensor.definition('cas', { folders: [], patterns: [], logs: [] });
  };

  test.each([
    ['mysql', 'function', 'reports.tidy', /no such sort of object; it has account, check, column/],
    ['mysql', 'routine', 'reports.*', /does not say what an object reaches.*name one object/],
    ['postgres', 'routine', 'reports.tidy', /no such sort of object; it has bound-setting, cast/],
    ['postgres', 'extension', 'reports.*', /named one by one; by their schema constraint/],
  ])('%s, no %s %s can be', (kind, object, identity, reason) => {
    expect(never(sensorOf(kind), [object, identity])).toMatch(reason);
  });

  test.each([
    ['mysql', 'routine', 'reports.tidy.PROCEDURE'],
    ['mysql', 'variable', 'read_only'],
    ['mysql', 'procedure-of-ours', 'sensor'],
    ['postgres', 'function', 'reports.*'],
    ['postgres', 'function', 'reports.tidy()'],
    ['postgres', 'extension', 'plperl'],
  ])('%s, a %s %s may be', (kind, object, identity) => {
    expect(never(sensorOf(kind), [object, identity])).toBeNull();
  });

  test('whatever is signed may be', () => {
    const odd = record(['view', 'reports.*'], { definition: null, owner: null });
    expect(never(sensorOf('mysql'), ['view', 'reports.*'], null, [odd])).toBeNull();
  });
});

test('a record cannot be named by a secret', () => {
  const links = table('links', ['token'], ['role'], { secret: ['token'] });
  expect(never(links, ['abc'])).toMatch(/token is secret/);
});

test('where rows count by a fixed value, none of another value is read', () => {
  const rows = table('settings', ['type', 'name'], ['value', 'state'], {
    derive: {
      where: [
        { column: 'state', is: 'live' },
        { column: 'type', is: 'config' },
      ],
    },
  });
  expect(never(rows, ['other', 'x'])).toMatch(/whose type is one fixed value/);
  expect(never(rows, ['config', 'x'], { value: 'a', state: 'draft' })).toMatch(/whose state is one/);
  expect(never(rows, ['config', 'x'], { value: 'a', state: null })).toMatch(/whose state is one/);
  expect(never(rows, ['config', 'x'], { value: 'a', state: 'live' })).toBeNull();
  const signed = record(['config', 'x'], { value: 'a', state: 'live' });
  expect(never(rows, ['config', 'x'], { value: 'a', state: 'draft' }, [signed])).toMatch(/state/);
});

test('a new record of a history is nobody’s news', () => {
  const history = table('history', ['id'], ['value'], { history: true });
  expect(never(history, ['9'], { value: 'a' })).toMatch(/no change/);
  expect(never(history, ['9'])).toBeNull();
});

test('one that takes any key cannot be told from a signed one like it', () => {
  const users = table('users', ['id'], ['name']);
  const signed = record(['1'], { name: 'bob' });
  expect(never(users, null, { name: 'bob' }, [signed])).toMatch(/like it under another key/);
  expect(never(users, null, { name: 'eve' }, [signed])).toBeNull();
  expect(never(users, ['2'], { name: 'bob' }, [signed])).toBeNull();
});
