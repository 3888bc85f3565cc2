import { describe, expect, test } from '@jest/globals';
import { type MetaKey, metaText, metaValue } from '../../../daemon/store/meta.js';

const corrupt = expect.objectContaining({ name: 'StoreError', code: 'STORE_CORRUPT' });
const NOTE = { backupHead: 'a', replacedHead: null, backupCreated: '2026-11-25T03:00:00.000Z' };

describe('a single value in the store', () => {
  test('is written as it always was', () => {
    expect([
      metaText('config', 'ab'),
      metaText('memory', 'begins'),
      metaText('alive', 5),
      metaText('installed:prague-1', 7),
      metaText('restored', null),
      metaText('restored', NOTE),
      metaText('digest', { date: '2026-11-25', atMs: 5 }),
    ]).toEqual([
      'ab',
      'begins',
      '5',
      '7',
      '',
      '{"backupHead":"a","replacedHead":null,"backupCreated":"2026-11-25T03:00:00.000Z"}',
      '{"date":"2026-11-25","atMs":5}',
    ]);
  });

  test.each<[MetaKey, string, unknown]>([
    ['trust', 'ab', 'ab'],
    ['memory', 'lost', 'lost'],
    ['alive', '-5', -5],
    ['installed:a', '1764000000000', 1_764_000_000_000],
    ['restored', '', null],
    ['restored', JSON.stringify(NOTE), NOTE],
    ['digest', '{"atMs":5,"date":"2026-11-25","more":1}', { date: '2026-11-25', atMs: 5 }],
  ])('%s is read back from %s', (key, text, value) => {
    expect(metaValue(key, text)).toEqual(value);
  });

  test.each<[MetaKey, string]>([
    ['memory', 'else'],
    ['alive', ''],
    ['installed:a', '5 o’clock'],
    ['restored', '{"backupHead":"a","backupCreated":"b"}'],
    ['restored', 'null'],
    ['digest', '{"date":5,"atMs":5}'],
    ['digest', '['],
  ])('%s that reads %s is refused', (key, text) => {
    expect(() => metaValue(key, text)).toThrow(corrupt);
  });
});
