import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition } from '../../../../baselines/index.js';
import { differencesBetween } from '../../../../daemon/cli/approve/differences.js';
import { definitionRows, readingLine } from '../../../../daemon/cli/text/difference-text.js';
import { DEFINITION_ASPECTS, definitionDifferences } from '../../../../daemon/drift/definition-difference.js';

const plain: Definition = {
  ...{ name: 'doors', kind: 'door', source: 'cas', table: 'doors', key: ['address'], columns: ['state'] },
  secret: [],
};
const whole: Required<Omit<Definition, 'history'>> & Definition = {
  ...plain,
  ...{ author: ['state'], label: ['state'], destination: ['state'], preset: 'lamassu@1', history: true },
  labelFrom: { collection: 'terminals', by: 'state' },
  derive: { latest: 'state' },
  files: { paths: ['/batm/config'], server: { address: 'cas:22', hostKey: `SHA256:${'a'.repeat(43)}` } },
  doors: { from: 'the office', targets: [{ address: 'cas:7777' }] },
};
const holding = (definition: Definition | null) =>
  new Map(definition === null ? [] : [[definition.name, collectionSnapshot(definition, [])]]);
const rowsOf = (before: Definition | null, after: Definition | null) => {
  const [difference] = differencesBetween('prague-1', holding(before), holding(after), []);
  if (difference?.what !== 'collection') throw new Error('they are defined otherwise');
  return definitionRows(difference);
};

describe('a definition that is to be signed', () => {
  const aspects = DEFINITION_ASPECTS.filter((aspect) => aspect !== 'name');

  test.each([
    ['new', null, whole],
    ['gone', whole, null],
  ] as const)('is shown with every aspect that it has where it is %s', (_, before, after) => {
    expect(rowsOf(before, after).map(({ aspect }) => aspect)).toEqual(aspects);
  });

  test.each(aspects)('is shown with %s where that is all that differs', (aspect) => {
    const other: Definition = {
      ...whole,
      ...{ kind: 'file', source: 'other', table: 'other', key: ['id'], columns: ['state', 'more'] },
      ...{ secret: ['address'], author: ['more'], label: ['more'], destination: ['more'], preset: 'cas@1' },
      labelFrom: { collection: 'terminals', by: 'address' },
      derive: { distinct: true },
      files: { paths: ['/tmp'] },
      doors: { from: 'the office', targets: [{ address: 'cas:80' }] },
    };
    const { history: _, ...changed } = { ...whole, [aspect]: other[aspect] };
    const after: Definition = aspect === 'history' ? changed : { ...changed, history: true };
    expect(definitionDifferences(whole, after)).toEqual([aspect]);
    expect(rowsOf(whole, after).map((row) => row.aspect)).toEqual([aspect]);
  });

  test('shows the machine, its key and the doors as they are signed', () => {
    const text = JSON.stringify(rowsOf(null, whole));
    for (const part of ['cas:22', 'SHA256:', '/batm/config', 'cas:7777', 'the office']) {
      expect(text).toContain(part);
    }
  });

  test('says in one line how a collection is read, beside what it is', () => {
    expect(readingLine({ definition: plain })).toBe('source cas; key address; columns state; secret (none)');
    const text = readingLine({ definition: whole });
    for (const part of ['derive {"latest":"state"}', 'history true', 'cas:22', 'cas:7777'])
      expect(text).toContain(part);
  });

  test('does not let one name pass for two, or for none', () => {
    const columns = (names: readonly string[]) =>
      rowsOf(null, { ...plain, columns: names }).find(({ aspect }) => aspect === 'columns')?.after;
    expect(columns(['id', 'sell_wallet_address'])).toBe('id, sell_wallet_address');
    expect(columns(['id, sell_wallet_address'])).toBe('“id, sell_wallet_address”');
    expect(columns(['(none)'])).toBe('“(none)”');
    expect(columns([' id'])).not.toBe(' id');
  });
});
