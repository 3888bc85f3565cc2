import {
  atOnce,
  type CollectionSnapshot,
  decodeValue,
  parseRecordLine,
  type Steps,
} from '../../baselines/index.js';
import type { Change } from '../drift/change.js';
import { namingColumns, skeleton } from './lookalike.js';

/** Finds the signed record whose name can be taken for the one of a record that was added: the canonical text of its key. */
export type LookalikeFinder = (change: Change) => string | undefined;

/** The signed records are taken apart when the first new record is asked about, once. */
export function lookalikeFinder(snapshot: CollectionSnapshot): LookalikeFinder {
  let made: LookalikeFinder | null = null;
  return (change) => {
    if (change.type !== 'added') return undefined;
    made ??= atOnce(lookalikesInSteps(snapshot));
    return made(change);
  };
}

/** Records that are taken apart in one step. */
const RECORDS_AT_ONCE = 64;

/** The same, taken apart at once, to be left between its steps. */
export function* lookalikesInSteps({ definition, records }: CollectionSnapshot): Steps<LookalikeFinder> {
  const names = namingColumns(definition);
  if (names.length === 0) return () => undefined;

  const namesOf = (line: string): string[] => {
    const { key, fields } = parseRecordLine(line);
    const values = new Map([
      ...definition.key.map((column, index) => [column, key[index]] as const),
      ...definition.columns.map((column) => [column, fields.get(column)] as const),
    ]);
    return names.flatMap((columns) => {
      const shape = skeleton(columns.map((column) => textOf(values.get(column))).join(' '));
      return shape === '' ? [] : [JSON.stringify([columns, shape])];
    });
  };

  const known = new Map<string, string>();
  for (const [index, { line, key }] of records.entries()) {
    for (const name of namesOf(line)) known.set(name, key);
    if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) yield;
  }
  return ({ type, after }) => {
    if (type !== 'added') return undefined;
    return after
      .flatMap(({ line }) => namesOf(line))
      .map((name) => known.get(name))
      .find((key) => key !== undefined);
  };
}

function textOf(encoded: string | null | undefined): string {
  const value = encoded ? decodeValue(encoded) : null;
  return value?.form === 'text' ? value.text : '';
}
