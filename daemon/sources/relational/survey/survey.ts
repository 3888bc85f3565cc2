import type { ColumnType, Survey, SurveyedTable, SurveyProblem, SurveyProgress } from '../../survey.js';
import { pause } from '../listening.js';
import { countShapes, surveyJson } from './json-survey.js';

/** Tables that are looked at; more are counted. */
export const MAX_TABLES = 2000;
/** Rows of each table that are looked at: all of a table of settings, the newest of one that grows. */
export const SAMPLE_ROWS = 500;
/** Characters of one value that are looked at. */
export const SAMPLE_CHARACTERS = 1024;
/** Values of JSON that are looked at whole, of one column, and how long one may be, in bytes. */
export const JSON_VALUES = 10;
export const JSON_BYTES = 131_072;
/** Characters that are kept of all samples together, so that they can be compared with later ones. */
const MAX_KEPT_CHARACTERS = 64 * 1024 * 1024;
/** A round of looking is followed by a pause that makes it one part in so many of the time. */
const SHARE = 100;
const LEAST_PAUSE_MS = 2_000;
const TELL_EVERY_MS = 1_000;

/** A column as the catalog has it. */
export interface CatalogColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  readonly isReadable: boolean;
}

/** A table as the catalog has it. */
export interface CatalogTable {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
  readonly keys: readonly (readonly string[])[];
  /** By the database's own estimate; null when unknown. */
  readonly rows: number | null;
  /** Why it cannot be looked at; null when it can. */
  readonly problem: SurveyProblem | null;
}

/** Rows of a table; each value as text of at most `SAMPLE_CHARACTERS`, null for no value. */
export type SampleRows = readonly (readonly (string | null)[])[];

/** One kind of database, read only. Each call is a short transaction of its own. */
export interface SurveyedDatabase {
  readonly kind: string;
  /** Its name. */
  readonly database: string;
  /** At most `MAX_TABLES` of them, and how many there are beyond. */
  tables(): Promise<{ readonly tables: readonly CatalogTable[]; readonly beyond: number }>;
  /** At most `SAMPLE_ROWS` rows, the newest by the first key where there is one; columns as `readableColumns` has them. */
  sample(table: CatalogTable): Promise<SampleRows>;
  /** At most `JSON_VALUES` whole values of a column, none longer than `JSON_BYTES`. */
  jsonValues(table: CatalogTable, column: string): Promise<readonly string[]>;
  /** Why one of the last two failed; null when the connection broke. The next call makes a new one. */
  problemOf(error: unknown): SurveyProblem | null;
  close(): void;
}

type SurveyedRows = Pick<SurveyedDatabase, 'sample' | 'jsonValues' | 'problemOf'>;

/** The columns of a table that are looked at. */
export function readableColumns(table: CatalogTable): readonly CatalogColumn[] {
  return table.columns.filter(({ isReadable }) => isReadable);
}

interface Options {
  readonly watchMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SurveyProgress) => void;
  /** Milliseconds of a clock that never goes back; the system's when absent. */
  readonly now?: () => number;
  /** Waits; ends at once when the signal is aborted. The system's timer when absent. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One table under watch. */
interface Watched {
  readonly catalog: CatalogTable;
  /** The last sample by key; null when it is not compared. */
  rows: Map<string, readonly (string | null)[]> | null;
  readonly facts: Pick<SurveyedTable, 'sampled' | 'problem'>;
  readonly columns: Map<string, Omit<SurveyedTable['columns'][number], 'moved'>>;
  readonly moved: Map<string, number>;
  came: number;
  left: number;
  looks: number;
}

/**
 * Looks at every table once, then again and again until the time is over or the signal comes, and returns what was found. Its reading takes
 * a hundredth of the time, so that the server gives it a hundredth of one processor at most. Closes the database.
 */
export async function surveyDatabase(database: SurveyedDatabase, options: Options): Promise<Survey> {
  const { watchMs, signal, onProgress, now = () => performance.now(), wait = pause } = options;
  try {
    const { tables, beyond } = await database.tables();
    const watched: Watched[] = [];
    const budget = { characters: MAX_KEPT_CHARACTERS };
    const asked = timed(database, now);
    for (const catalog of tables) {
      if (signal.aborted) break;
      onProgress({ stage: 'looking', done: watched.length, tables: tables.length });
      watched.push(await firstLook(asked.database, catalog, budget));
    }
    const from = now();
    let tookMs = asked.sinceMs();
    while (!signal.aborted && now() - from < watchMs) {
      const endsAt = Math.min(from + watchMs, now() + Math.max(LEAST_PAUSE_MS, tookMs * (SHARE - 1)));
      for (let leftMs = endsAt - now(); leftMs > 0 && !signal.aborted; leftMs = endsAt - now()) {
        const moved = watched.filter((one) => one.moved.size > 0).length;
        onProgress({ stage: 'watching', leftMs: Math.max(0, from + watchMs - now()), moved });
        await wait(Math.min(leftMs, TELL_EVERY_MS), signal);
      }
      for (const one of watched) if (signal.aborted || !(await lookAgain(asked.database, one))) break;
      tookMs = asked.sinceMs();
    }
    const { kind } = database;
    // Ended before every table had its turn.
    const unseen = beyond + tables.length - watched.length;
    const watchedMs = watched.some(({ looks }) => looks > 0) ? now() - from : 0;
    return { kind, database: database.database, tables: watched.map(surveyed), beyond: unseen, watchedMs };
  } finally {
    database.close();
  }
}

/** The same database, and how long its answers were waited for since that was last asked: what we make of them costs it nothing. */
function timed(database: SurveyedDatabase, now: () => number) {
  let waitedMs = 0;
  const within = async <T>(work: () => Promise<T>): Promise<T> => {
    const from = now();
    try {
      return await work();
    } finally {
      waitedMs += now() - from;
    }
  };
  const answers: SurveyedRows = {
    sample: (table) => within(() => database.sample(table)),
    jsonValues: (table, column) => within(() => database.jsonValues(table, column)),
    problemOf: (error) => database.problemOf(error),
  };
  const sinceMs = () => {
    const ms = waitedMs;
    waitedMs = 0;
    return ms;
  };
  return { database: answers, sinceMs };
}

/** Rejects when the connection breaks twice over one table: then there is nothing to look at any more. */
async function firstLook(
  database: SurveyedRows,
  catalog: CatalogTable,
  budget: { characters: number },
  isRepeated = false,
): Promise<Watched> {
  const empty = { catalog, rows: null, columns: new Map(), moved: new Map(), came: 0, left: 0, looks: 0 };
  if (catalog.problem !== null) return { ...empty, facts: { sampled: 0, problem: catalog.problem } };
  try {
    const rows = await database.sample(catalog);
    const columns = await columnsOf(database, catalog, rows);
    const kept = keptRows(catalog, rows, budget);
    return { ...empty, rows: kept, columns, facts: { sampled: rows.length, problem: null } };
  } catch (error) {
    const problem = database.problemOf(error);
    if (problem !== null) return { ...empty, facts: { sampled: 0, problem } };
    if (isRepeated) throw error;
    return firstLook(database, catalog, budget, true);
  }
}

async function columnsOf(
  database: SurveyedRows,
  catalog: CatalogTable,
  rows: SampleRows,
): Promise<Watched['columns']> {
  const columns: Watched['columns'] = new Map();
  for (const [i, column] of readableColumns(catalog).entries()) {
    const values = rows.flatMap((row) => row[i] ?? []);
    const shapes = countShapes(values);
    const isJson = column.type === 'json' || (shapes.get('json-object') ?? 0) > 0;
    const json = isJson ? surveyJson(await database.jsonValues(catalog, column.name)) : null;
    columns.set(column.name, { ...column, shapes, distinct: new Set(values).size, json });
  }
  return columns;
}

/** The sample by key, as long as there is room; null without a key. */
function keptRows(catalog: CatalogTable, rows: SampleRows, budget: { characters: number }): Watched['rows'] {
  const characters = rows.reduce(
    (sum, row) => sum + row.reduce((all, value) => all + (value?.length ?? 0), 8),
    0,
  );
  if (characters > budget.characters) return null;
  const kept = byKey(catalog, rows);
  if (kept !== null) budget.characters -= characters;
  return kept;
}

function byKey(catalog: CatalogTable, rows: SampleRows): Watched['rows'] {
  const names = readableColumns(catalog).map(({ name }) => name);
  const key = catalog.keys.find((one) => one.every((name) => names.includes(name)));
  if (key === undefined) return null;
  const places = key.map((name) => names.indexOf(name));
  return new Map(rows.map((row) => [JSON.stringify(places.map((place) => row[place] ?? null)), row]));
}

/** Whether the connection still stands. What cannot be read now, the next look finds. */
async function lookAgain(database: SurveyedRows, one: Watched): Promise<boolean> {
  if (one.rows === null) return true;
  let rows: SampleRows;
  try {
    rows = await database.sample(one.catalog);
  } catch (error) {
    return database.problemOf(error) !== null;
  }
  const before = one.rows;
  const after = byKey(one.catalog, rows) ?? new Map();
  const names = readableColumns(one.catalog).map(({ name }) => name);
  for (const [key, row] of after) {
    const old = before.get(key);
    if (old === undefined) one.came++;
    else {
      names.forEach((name, i) => {
        if (old[i] !== row[i]) one.moved.set(name, (one.moved.get(name) ?? 0) + 1);
      });
    }
  }
  // Of a larger table the sample is the newest rows: one that leaves it was pushed out.
  if (rows.length < SAMPLE_ROWS) for (const key of before.keys()) if (!after.has(key)) one.left++;
  one.rows = after;
  one.looks++;
  return true;
}

function surveyed({ catalog, facts, columns, moved, came, left, looks }: Watched): SurveyedTable {
  const { table, name, keys } = catalog;
  const isWhole = facts.problem === null && facts.sampled < SAMPLE_ROWS;
  return {
    table,
    name,
    keys,
    rows: isWhole ? facts.sampled : catalog.rows,
    columns: catalog.columns.map((column) => ({
      ...(columns.get(column.name) ?? { ...column, shapes: new Map(), distinct: 0, json: null }),
      moved: moved.get(column.name) ?? 0,
    })),
    ...facts,
    came,
    left,
    looks,
  };
}
