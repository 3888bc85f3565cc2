import { expect, test } from '@jest/globals';
import { recordLine } from '../../../baselines/index.js';
import type { ContainmentSql } from '../../../daemon/config/containment.js';
import { rowsMeant } from '../../../daemon/containment/rows-meant.js';
import type { Finding } from '../../../daemon/finding.js';

function finding(key: string, fields: Record<string, string | null>, removed = false): Finding {
  const line = recordLine({ key: [key], fields: new Map(Object.entries(fields)) }).line;
  const subject = {
    ...{
      what: 'change',
      collection: 'c',
      kind: 'wallet-route',
      type: 'modified',
      key: JSON.stringify([key]),
    },
    ...(removed ? { before: line, after: [] } : { before: null, after: [line] }),
  };
  return { subject } as unknown as Finding;
}

const sqlWith = (...where: ContainmentSql['where']): ContainmentSql => ({
  ...{
    database: 'postgres',
    urlFile: '/x',
    allowUnverifiedTls: false,
    table: 'a.b',
    column: 'c',
    value: 'v',
  },
  ...{ where, mostRows: 1, lockTimeoutMs: 1 },
});

test('conditions of the configuration alone mean the same rows whatever was found', () => {
  expect(rowsMeant(sqlWith({ column: 'kind', value: 'two-way' }), [])).toEqual([
    [{ column: 'kind', value: 'two-way' }],
  ]);
});

test('parts of the key and fields come from each record, from what stood there where it was removed', () => {
  const sql = sqlWith({ column: 'id', keyPart: 1 }, { column: 'org', field: 'organisation' });
  const found = [finding('~~1', { organisation: '7' }), finding('2', { organisation: '8' }, true)];
  expect(rowsMeant(sql, found)).toEqual([
    [
      { column: 'id', value: '~1' },
      { column: 'org', value: '7' },
    ],
    [
      { column: 'id', value: '2' },
      { column: 'org', value: '8' },
    ],
  ]);
});

test.each([
  ['a field that is not there', { other: '1' }],
  ['a field without a value', { organisation: null }],
  ['a sealed field', { organisation: `~hmac:${'a'.repeat(64)}` }],
  ['a field that is too large', { organisation: `~digest:70000:${'a'.repeat(64)}` }],
])('%s means no row', (_name, fields) => {
  expect(rowsMeant(sqlWith({ column: 'org', field: 'organisation' }), [finding('1', fields)])).toBeNull();
});

test('changes that are only counted, and too many records, mean no row', () => {
  const sql = sqlWith({ column: 'id', keyPart: 1 });
  const counted = {
    subject: { what: 'mass-change', collection: 'c', kind: 'terminal' },
  } as unknown as Finding;
  expect(rowsMeant(sql, [counted])).toBeNull();
  expect(
    rowsMeant(
      sql,
      Array.from({ length: 101 }, (_, n) => finding(String(n), {})),
    ),
  ).toBeNull();
});
