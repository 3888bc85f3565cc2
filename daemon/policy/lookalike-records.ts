import { type CollectionSnapshot, decodeValue, parseRecordLine } from '../../baselines/index.js';
import type { Change } from '../drift/change.js';
import { NAME_COLUMNS, skeleton } from './lookalike.js';

/** Finds the signed record whose name can be taken for the one of a record that was added: the canonical text of its key. */
export type LookalikeFinder = (change: Change) => string | undefined;

/** The signed records are taken apart when the first new record is asked about, once. */
export function lookalikeFinder({ definition, records }: CollectionSnapshot): LookalikeFinder {
  const pattern = NAME_COLUMNS.get(definition.kind);
  if (pattern === undefined) return () => undefined;
  let signed: Map<string, string> | null = null;

  const namesOf = (line: string): string[] => {
    const { key, fields } = parseRecordLine(line);
    const values = [
      ...definition.key.map((column, index) => [column, key[index]] as const),
      ...definition.columns.map((column) => [column, fields.get(column)] as const),
    ];
    return values.flatMap(([column, encoded]) => {
      if (!encoded || !pattern.test(column)) return [];
      const value = decodeValue(encoded);
      const shape = value.form === 'text' ? skeleton(value.text) : '';
      return shape === '' ? [] : [JSON.stringify([column, shape])];
    });
  };

  return ({ type, after }) => {
    if (type !== 'added') return undefined;
    signed ??= new Map(records.flatMap((record) => namesOf(record.line).map((name) => [name, record.key])));
    const known = signed;
    return after
      .flatMap(({ line }) => namesOf(line))
      .map((name) => known.get(name))
      .find((key) => key !== undefined);
  };
}
