import {
  type CollectionSnapshot,
  type Definition,
  decodeValue,
  encodeValue,
  normalizeJsonText,
  parseRecordLine,
  type RecordLine,
} from '../../baselines/index.js';
import type { LoggedChange, LoggedRow } from '../sources/source.js';

/** What stood in a record between two looks, and in neither of them. */
export interface Transient {
  /** Canonical text of the record's key. */
  readonly key: string;
  /** The record as it is now, or was before where it is gone; null where it was there in between alone. */
  readonly base: RecordLine | null;
  /** The write that brought it about, with what it wrote. */
  readonly change: LoggedChange;
  /** When the next write ended it, in UTC milliseconds by the watched system's clock. */
  readonly untilMs: number;
  /** Names of secret columns that were something else. */
  readonly secrets: readonly string[];
}

/** What the log says of one look at a collection. */
export interface LoggedLook {
  /** Who wrote the records that changed, by key; null where no entry says so although each should have one. */
  readonly writers: ReadonlyMap<string, LoggedChange | null>;
  readonly transients: readonly Transient[];
  /** Keys of all records that have an entry. */
  readonly written: ReadonlySet<string>;
}

/** What a row was before and after one transaction. */
export interface Step {
  readonly before: LoggedRow | null | undefined;
  after: LoggedRow | null | undefined;
  secrets: readonly string[];
  change: LoggedChange;
}

/**
 * Compares what two looks saw with what the log says of the time between, in `all`: entries that were read after the second look, so that whatever it shows has
 * one. Some of them may have come after it, and are then of the next time, too.
 */
export function judgeLog(look: {
  readonly definition: Definition;
  readonly before: CollectionSnapshot;
  readonly now: CollectionSnapshot;
  readonly all: readonly LoggedChange[];
}): LoggedLook {
  const { definition, before, now, all } = look;
  const changed = before === now ? [] : changedKeys(before, now);
  if (!hasKeys(definition)) {
    const writers = new Map(changed.map(({ key }) => [key, all.at(-1) ?? null] as const));
    return { writers, transients: [], written: new Set() };
  }
  const steps = stepsOf(definition, all);
  const truncated = all.findLast(({ operation }) => operation === 'truncate');
  const writers = new Map(
    changed.map((record) => [record.key, writerOf(record, steps.get(record.key) ?? [], truncated)] as const),
  );
  return { writers, transients: transientsOf(steps, before, now), written: new Set(steps.keys()) };
}

/** The last write of each record, where the look before is not known. */
export function lastWrites(
  definition: Definition,
  changes: readonly LoggedChange[],
): ReadonlyMap<string, LoggedChange> {
  if (!hasKeys(definition)) return new Map();
  const last = new Map<string, LoggedChange>();
  for (const [key, steps] of stepsOf(definition, changes)) {
    const step = steps.at(-1);
    if (step !== undefined) last.set(key, step.change);
  }
  return last;
}

/** Whether a record holds what a write left in it, as far as anybody can say. */
export function holds(
  record: RecordLine | null,
  { after, isCut }: Pick<LoggedChange, 'after' | 'isCut'>,
): boolean {
  return isCut !== true && isSame(record, after);
}

/** True where a row of the table is a record, and is known by what the log keeps of it. */
function hasKeys({ derive, key, secret }: Definition): boolean {
  return derive === undefined && !key.some((column) => secret.includes(column));
}

interface ChangedRecord {
  readonly key: string;
  readonly before: RecordLine | null;
  readonly now: RecordLine | null;
}

function changedKeys(before: CollectionSnapshot, now: CollectionSnapshot): ChangedRecord[] {
  const was = new Map(before.records.map((record) => [record.key, record]));
  const changed: ChangedRecord[] = [];
  for (const record of now.records) {
    const old = was.get(record.key) ?? null;
    was.delete(record.key);
    if (old?.digest !== record.digest) changed.push({ key: record.key, before: old, now: record });
  }
  for (const old of was.values()) changed.push({ key: old.key, before: old, now: null });
  return changed;
}

/** What became of each row of a table, by the canonical text of its key: one step for each transaction, in their order. */
export function stepsOf(
  definition: Pick<Definition, 'key'>,
  changes: readonly LoggedChange[],
): ReadonlyMap<string, Step[]> {
  const steps = new Map<string, Step[]>();
  const add = (key: string | null, step: Step) => {
    if (key === null) return;
    if (step.after === null) present.delete(key);
    else present.add(key);
    const before = steps.get(key);
    const last = before?.at(-1);
    if (before === undefined) steps.set(key, [step]);
    else if (last?.change.transaction !== step.change.transaction) before.push(step);
    else {
      // Nobody saw what a transaction did on its way.
      Object.assign(last, { after: step.after, change: step.change });
      last.secrets = [...new Set([...last.secrets, ...step.secrets])];
    }
  };
  // A row that was gone before all went has nothing to add: many such statements would cost as much as they would for as many rows.
  const present = new Set<string>();
  for (const change of changes) {
    const { operation, before, after, secrets } = change;
    if (operation === 'truncate') {
      for (const key of present) add(key, { before: undefined, after: null, secrets: [], change });
      continue;
    }
    const [from, to] = [keyOf(definition, before), keyOf(definition, after)];
    if (from === to || (operation === 'update' && (from === null || to === null)))
      add(to ?? from, { before, after, secrets, change });
    else {
      add(from, { before, after: null, secrets: [], change });
      add(to, { before: null, after, secrets, change });
    }
  }
  return steps;
}

function keyOf({ key }: Pick<Definition, 'key'>, row: LoggedRow | null | undefined): string | null {
  if (row === null || row === undefined) return null;
  const parts: (string | null)[] = [];
  for (const column of key) {
    const text = row.get(column);
    if (text === undefined) return null;
    parts.push(text === null ? null : encodeValue({ form: 'text', text }));
  }
  return JSON.stringify(parts);
}

function writerOf(
  record: ChangedRecord,
  steps: readonly Step[],
  truncated: LoggedChange | undefined,
): LoggedChange | null {
  if (steps.length === 0) return record.now === null && truncated !== undefined ? truncated : null;
  const last =
    steps.findLast(({ after, change: { isCut } }) => holds(record.now, { after, isCut: isCut === true })) ??
    steps.at(-1);
  if (last === undefined || !explains(steps, record)) return null;
  return last.change;
}

/**
 * An entry for a harmless change beside one that was made past our triggers explains nothing: each column that differs must have been changed by a write. The texts
 * of some types depend on the session that wrote them, so a value is held against the log only where the one before stood there as we read it.
 */
function explains(steps: readonly Step[], { before, now }: ChangedRecord): boolean {
  if (now === null) return steps.some(({ after }) => after === null || after === undefined);
  if (before === null) return steps.some(({ before: was, after }) => was === null || after === undefined);
  if (steps.some((step) => !step.before || !step.after || step.change.isCut === true)) return true;
  const [was, is] = [parseRecordLine(before.line).fields, parseRecordLine(now.line).fields];
  for (const [column, value] of is) {
    const old = was.get(column);
    if (old === value || !steps[0]?.before?.has(column)) continue;
    const writes = steps.filter((step) => step.before?.get(column) !== step.after?.get(column));
    if (writes.length === 0) return false;
    const readAlike = isValue(old ?? null, steps[0]?.before?.get(column) ?? null);
    if (readAlike && !writes.some(({ after }) => isValue(value, after?.get(column) ?? null))) return false;
  }
  return [...is].every(
    ([column, value]) =>
      was.get(column) === value ||
      steps[0]?.before?.has(column) === true ||
      steps.some(({ secrets }) => secrets.includes(column)),
  );
}

function transientsOf(
  steps: ReadonlyMap<string, readonly Step[]>,
  before: CollectionSnapshot,
  now: CollectionSnapshot,
): Transient[] {
  const several = [...steps].filter(([, { length }]) => length > 1);
  if (several.length === 0) return [];
  const wanted = new Set(several.map(([key]) => key));
  const recordsOf = ({ records }: CollectionSnapshot) =>
    new Map(records.filter(({ key }) => wanted.has(key)).map((record) => [record.key, record]));
  const [was, is] = [recordsOf(before), recordsOf(now)];
  return several.flatMap(([key, all]) => {
    const lastOf = lastSecrets(all);
    return all.slice(0, -1).flatMap((step, i): Transient[] => {
      const [old, current] = [was.get(key) ?? null, is.get(key) ?? null];
      const secrets = step.secrets.filter((name) => (lastOf.get(name) ?? 0) > i);
      const stood = { after: step.after, isCut: step.change.isCut === true };
      if (secrets.length === 0 && (holds(old, stood) || holds(current, stood))) return [];
      const untilMs = all[i + 1]?.change.atMs ?? step.change.atMs;
      return [{ key, base: current ?? old, change: { ...step.change, after: step.after }, untilMs, secrets }];
    });
  });
}

/** Secret columns that changed, each with the index of the step that changed it last. */
export function lastSecrets(steps: readonly Step[]): ReadonlyMap<string, number> {
  return new Map(steps.flatMap(({ secrets }, i) => secrets.map((name) => [name, i] as const)));
}

/** Of what cannot be compared nobody can say that it differs. */
function isSame(record: RecordLine | null, row: LoggedRow | null | undefined): boolean {
  if (row === undefined) return false;
  if (record === null || row === null) return record === null && row === null;
  for (const [column, encoded] of parseRecordLine(record.line).fields) {
    const text = row.get(column);
    if (text !== undefined && !isValue(encoded, text)) return false;
  }
  return true;
}

/** Whether a value as we read it is the one that a log has as this text; a value that was not read whole may be. */
export function isValue(encoded: string | null, text: string | null): boolean {
  if (encoded === null || text === null) return encoded === text;
  const value = decodeValue(encoded);
  if (value.form !== 'text' && value.form !== 'raw-json') return true;
  if (value.text === text) return true;
  const normal = normalizeJsonText(text);
  return normal.ok && normal.text === value.text;
}
