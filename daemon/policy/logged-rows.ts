import { compareValues, type Definition } from '../../baselines/index.js';
import type { LoggedChange, LoggedRow } from '../sources/source.js';
import { type Step, stepsOf } from './logged.js';

/** A row out of which records are derived that was otherwise between two looks than before and after. What the records were then nobody can say. */
export interface RowTransient {
  /** Canonical text of what tells the row apart, in the order of `rowKey`. */
  readonly key: string;
  /** The write that brought it about, and what it wrote; `before` is what was there before that. */
  readonly change: LoggedChange;
  readonly before: LoggedRow | null | undefined;
  /** When that ended, in UTC milliseconds by the watched system's clock. */
  readonly untilMs: number;
  /** True: the row is there still, and another one counts in its place. */
  readonly superseded: boolean;
  /** Columns of which no value is kept that were something else. */
  readonly sealed: readonly string[];
  /** Collections that are derived from such a row. */
  readonly collections: readonly Definition[];
}

/** Columns that tell rows of a table apart, as far as the log keeps them. */
export function rowKey(derived: readonly Definition[]): readonly string[] {
  const latest = new Set(derived.flatMap(({ derive }) => derive?.latest ?? []));
  if (latest.size > 0) return [...latest];
  const plain = derived.find(
    ({ derive, key, secret }) => !derive?.json && !key.some((one) => secret.includes(one)),
  );
  if (plain !== undefined) return plain.key;
  return [...new Set(derived.flatMap(({ derive }) => (derive?.where ?? []).map(({ column }) => column)))];
}

/**
 * What the log says of rows of one table that stood between two looks and in neither: a row that was changed and changed again, that came and went, or that
 * counted until a newer one did. `derived`: the collections that are derived from the table.
 */
export function judgeRows(derived: readonly Definition[], changes: readonly LoggedChange[]): RowTransient[] {
  const key = rowKey(derived);
  if (key.length === 0 || changes.length < 2) return [];
  const steps = stepsOf({ key }, changes);
  const found = [...steps].flatMap(([row, own]) => [
    ...changedAgain(row, own, derived),
    ...superseded(row, own, derived, changes),
  ]);
  return found.sort((a, b) => a.change.id - b.change.id);
}

function changedAgain(key: string, steps: readonly Step[], derived: readonly Definition[]): RowTransient[] {
  const collections = derived.filter((one) =>
    steps.some(({ before, after }) => counts(one, before) || counts(one, after)),
  );
  if (collections.length === 0) return [];
  return steps.slice(0, -1).flatMap((step, i): RowTransient[] => {
    const later = steps.slice(i + 1);
    const changedLater = new Set(later.flatMap(({ secrets }) => secrets));
    // Of a row that was inserted every value is new.
    const sealed =
      step.before === null ? [...changedLater] : step.secrets.filter((name) => changedLater.has(name));
    const stands = isSame(step.after, steps[0]?.before) || isSame(step.after, steps.at(-1)?.after);
    if (stands && sealed.length === 0) return [];
    const untilMs = later[0]?.change.atMs ?? step.change.atMs;
    const change = { ...step.change, after: step.after };
    return [{ key, change, before: step.before, untilMs, superseded: false, sealed, collections }];
  });
}

/** A row that began to count, and stands, until one that is newer by the column that chooses counted in its place. */
function superseded(
  key: string,
  steps: readonly Step[],
  derived: readonly Definition[],
  changes: readonly LoggedChange[],
): RowTransient[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  const ended = (one: Definition): LoggedChange | undefined => {
    const column = one.derive?.latest;
    if (column === undefined || !counts(one, last.after) || first.before === undefined) return undefined;
    if (first.before !== null && counts(one, first.before)) return undefined;
    const own = last.after?.get(column) ?? null;
    return changes.find((change) => {
      const newer = change.after?.get(column) ?? null;
      const isLater = change.id > last.change.id && change.transaction !== last.change.transaction;
      return (
        isLater &&
        own !== null &&
        newer !== null &&
        counts(one, change.after) &&
        compareValues(newer, own) > 0
      );
    });
  };
  const collections = derived.filter((one) => ended(one) !== undefined);
  const by = collections[0] && ended(collections[0]);
  if (by === undefined) return [];
  const change = { ...last.change, after: last.after };
  return [{ key, change, before: first.before, untilMs: by.atMs, superseded: true, sealed: [], collections }];
}

/** Whether a row has the fixed values; one of which nobody can say what it was may have them. */
function counts({ derive }: Definition, row: LoggedRow | null | undefined): boolean {
  if (row === null) return false;
  if (row === undefined) return true;
  return (derive?.where ?? []).every(({ column, is }) => !row.has(column) || row.get(column) === is);
}

function isSame(a: LoggedRow | null | undefined, b: LoggedRow | null | undefined): boolean {
  if (!a || !b) return a === null && b === null;
  return a.size === b.size && [...a].every(([column, value]) => b.get(column) === value);
}
