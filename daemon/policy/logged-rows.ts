import { compareValues, type Definition } from '../../baselines/index.js';
import type { LoggedChange, LoggedRow } from '../sources/source.js';
import { lastSecrets, type Step, stepsOf } from './logged.js';

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
  const endings = derived.map((one) => [one, endingsOf(one, changes)] as const);
  const found = [...steps].flatMap(([row, own]) => [
    ...changedAgain(row, own, derived),
    ...superseded(row, own, endings),
  ]);
  return found.sort((a, b) => a.change.id - b.change.id);
}

function changedAgain(key: string, steps: readonly Step[], derived: readonly Definition[]): RowTransient[] {
  const collections = derived.filter((one) =>
    steps.some(({ before, after }) => counts(one, before) || counts(one, after)),
  );
  if (collections.length === 0) return [];
  const lastOf = lastSecrets(steps);
  return steps.slice(0, -1).flatMap((step, i): RowTransient[] => {
    // Of a row that was inserted every value is new.
    const candidates = step.before === null ? [...lastOf.keys()] : step.secrets;
    const sealed = candidates.filter((name) => (lastOf.get(name) ?? 0) > i);
    const stands = isSame(step.after, steps[0]?.before) || isSame(step.after, steps.at(-1)?.after);
    if (stands && sealed.length === 0) return [];
    const untilMs = steps[i + 1]?.change.atMs ?? step.change.atMs;
    const change = { ...step.change, after: step.after };
    return [{ key, change, before: step.before, untilMs, superseded: false, sealed, collections }];
  });
}

/** A row that began to count, and stands, until one that is newer by the column that chooses counted in its place. */
function superseded(
  key: string,
  steps: readonly Step[],
  endings: readonly (readonly [Definition, ReadonlyMap<LoggedChange, LoggedChange>])[],
): RowTransient[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last?.after === undefined || last.after === null) return [];
  const { before } = first;
  if (before === undefined) return [];
  const ended = endings.flatMap(([one, by]) => {
    const newer = before !== null && counts(one, before) ? undefined : by.get(last.change);
    return newer === undefined ? [] : [{ one, newer }];
  });
  const [by] = ended;
  if (by === undefined) return [];
  const [change, collections] = [{ ...last.change, after: last.after }, ended.map(({ one }) => one)];
  return [{ key, change, before, untilMs: by.newer.atMs, superseded: true, sealed: [], collections }];
}

/**
 * Writes that made a row count, each with the first later one, of another transaction, that made a newer row count. One whose own transaction made a newer one count
 * ended with that one. In one walk from the last write: there may be 20,000, in any order.
 */
function endingsOf(one: Definition, changes: readonly LoggedChange[]): Map<LoggedChange, LoggedChange> {
  const endings = new Map<LoggedChange, LoggedChange>();
  const column = one.derive?.latest;
  if (column === undefined) return endings;
  /** What counted later, the oldest at the end. */
  const newer: { readonly change: LoggedChange; readonly value: string }[] = [];
  for (const change of [...changes].sort((a, b) => b.id - a.id)) {
    const value = change.after?.get(column) ?? null;
    if (value === null || !counts(one, change.after)) continue;
    let next = newer.at(-1);
    while (next !== undefined && compareValues(next.value, value) <= 0) {
      newer.pop();
      next = newer.at(-1);
    }
    const ending = next?.change.transaction === change.transaction ? endings.get(next.change) : next?.change;
    if (ending !== undefined) endings.set(change, ending);
    newer.push({ change, value });
  }
  return endings;
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
