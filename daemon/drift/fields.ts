import { parseRecordLine, type TillRecord } from '../../baselines/index.js';
import type { FieldChange } from './change.js';

/** The two sides of a change as canonical record lines, which is how findings keep them. */
export interface ChangedLines {
  /** The record the baseline holds; null when it holds none. */
  readonly before: string | null;
  /** The records observed; empty when removed, several when ambiguous. */
  readonly after: readonly string[];
}

/**
 * Every whole field that differs, by our own comparison; all fields when a record was added or removed, or when no field differs
 * (a duplicate). Never empty unless the records have no fields.
 */
export function changedFields({ before, after }: ChangedLines): FieldChange[] {
  const signed = before === null ? null : parseRecordLine(before);
  if (after.length === 0) return fieldsOf(signed, null);
  return after.flatMap((line, index) => {
    const observed = parseRecordLine(line);
    const differing = fieldsOf(signed, observed).filter((field) => field.before !== field.after);
    const fields = differing.length > 0 ? differing : fieldsOf(signed, observed);
    return after.length === 1 ? fields : fields.map((field) => ({ ...field, record: index + 1 }));
  });
}

/** Names of the fields that `changedFields` would list, each once. */
export function changedFieldNames(lines: ChangedLines): string[] {
  return [...new Set(changedFields(lines).map((change) => change.field))];
}

function fieldsOf(before: TillRecord | null, after: TillRecord | null): FieldChange[] {
  const names = new Set([...(before?.fields.keys() ?? []), ...(after?.fields.keys() ?? [])]);
  return [...names]
    .sort()
    .map((field) => ({ field, before: before?.fields.get(field), after: after?.fields.get(field) }));
}
