import {
  type CollectionSnapshot,
  canonicalJson,
  type Definition,
  parseRecordLine,
} from '../../baselines/index.js';
import { linesWithKey } from '../drift/find.js';
import type { BorrowedLabel } from '../finding.js';
import type { CollectionReading } from '../sources/source.js';

/** The label that a record has from another collection; undefined where its definition says nothing of one, or there is none. */
export type LabelFinder = (
  definition: Definition | undefined,
  sides: { readonly before: string | null; readonly after: readonly string[] },
) => BorrowedLabel | undefined;

/** No label of any other collection, where only one is at hand. */
export const NO_LABELS: LabelFinder = () => undefined;

/** Looks labels up among what people signed first: whoever changed a record may have renamed the other one too. Then among what was read. */
export function labelFinder(
  signed: ReadonlyMap<string, CollectionSnapshot>,
  readings: ReadonlyMap<string, CollectionReading>,
): LabelFinder {
  return (definition, { before, after }) => {
    const from = definition?.labelFrom;
    if (definition === undefined || from === undefined) return undefined;
    const line = before ?? after[0];
    const value = line === undefined ? null : valueIn(line, definition, from.by);
    if (value === null) return undefined;
    const reading = readings.get(from.collection);
    const places = [signed.get(from.collection), reading?.readable ? reading.snapshot : undefined];
    for (const snapshot of places) {
      const fields = snapshot === undefined ? [] : labelIn(snapshot, value);
      if (fields.length > 0) return { collection: from.collection, fields };
    }
    return undefined;
  };
}

function valueIn(line: string, { key, columns }: Definition, name: string): string | null {
  const record = parseRecordLine(line);
  const place = key.indexOf(name);
  if (place >= 0) return record.key[place] ?? null;
  return columns.includes(name) ? (record.fields.get(name) ?? null) : null;
}

function labelIn(snapshot: CollectionSnapshot, value: string): BorrowedLabel['fields'] {
  const { definition } = snapshot;
  const [line] = linesWithKey(snapshot, canonicalJson([value]));
  if (line === undefined) return [];
  return (definition.label ?? []).flatMap((name) => {
    const encoded = valueIn(line, definition, name);
    return encoded === null || encoded === '' ? [] : [{ name, value: encoded }];
  });
}
