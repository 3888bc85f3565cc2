import type { Survey, SurveyedTable } from '../sources/survey.js';
import { counted } from '../wording.js';
import { collectionName } from './collection-name.js';
import { judgeColumns } from './judge-columns.js';
import { judgeKind } from './judge-kind.js';
import {
  KIND_ORDER,
  type LeftOut,
  type Remark,
  type SuggestedKind,
  type Suggestion,
  type Suggestions,
} from './suggestion.js';

/** As the configuration allows them for one source, for one collection, and for one name. */
export interface SuggestionLimits {
  readonly collections: number;
  readonly columns: number;
  readonly keyColumns: number;
  readonly authors: number;
  readonly nameCharacters: number;
}

/** Rows beyond which a table is taken for one that grows with the business. */
const MANY_ROWS = 50_000;
/** Rows up to which a table that says nothing about itself is offered all the same. */
const FEW_ROWS = 1_000;

/** Suggests what to watch. Pure. `taken`: names that no collection may have. */
export function suggest(
  survey: Survey,
  limits: SuggestionLimits,
  taken: readonly string[] = [],
): Suggestions {
  const names = new Set(taken);
  const suggested: Suggestion[] = [];
  const leftOut: LeftOut[] = [];
  for (const { table, verdict } of judged(survey, limits)) {
    if ('reason' in verdict) {
      const { kind, reason } = verdict;
      const instead =
        kind === null ? null : suggestionOf(table, { kind, remarks: [] }, limits, new Set(names));
      leftOut.push({ table: table.table, reason, instead });
    } else if (suggested.length >= limits.collections) {
      leftOut.push({
        table: table.table,
        reason: `a source has at most ${limits.collections} collections`,
        instead: null,
      });
    } else {
      const one = suggestionOf(table, verdict, limits, names);
      suggested.push(...withRecordsOfJson(table, one, names));
    }
  }
  return { suggested, leftOut };
}

interface Wanted {
  readonly kind: SuggestedKind;
  readonly remarks: readonly Remark[];
}
/** Why a table is not suggested, and the kind it could have. */
interface Unwanted {
  readonly reason: string;
  readonly kind: SuggestedKind | null;
}

function judged(survey: Survey, limits: SuggestionLimits) {
  const rank = ({ verdict }: { verdict: Wanted | Unwanted }) =>
    'reason' in verdict ? KIND_ORDER.length : KIND_ORDER.indexOf(verdict.kind);
  return survey.tables
    .map((table) => ({ table, verdict: judgeTable(table, limits, survey.watchedMs > 0) }))
    .sort((a, b) => rank(a) - rank(b));
}

const PROBLEMS = {
  denied: 'the role may not read it',
  'row-security': 'row security would hide rows of it',
  timeout: 'it was locked, or did not answer in time',
  'not-a-table': 'no source of this kind reads such a table',
  failed: 'it could not be read',
} as const;

function judgeTable(table: SurveyedTable, limits: SuggestionLimits, isWatched: boolean): Wanted | Unwanted {
  const { problem, rows, columns, sampled } = table;
  if (problem !== null) return { reason: PROBLEMS[problem], kind: null };
  const isWritable = (name: string) => name.length <= limits.nameCharacters;
  if (table.table.length > 255 || !columns.every(({ name }) => isWritable(name))) {
    return { reason: 'a name of it is too long for the configuration', kind: null };
  }
  const key = keyOf(table);
  if (key === undefined || key.length > limits.keyColumns) {
    return { reason: 'it has no primary key, nor another unique one without nulls', kind: null };
  }
  const found = judgeKind(table);
  const count = rows === null ? 'an unknown number of rows' : counted(rows, 'row', { thousands: true });
  if (rows !== null && rows > MANY_ROWS) {
    return { reason: `${count}: that is more than settings have`, kind: found.kind };
  }
  if (found.kind === null) {
    const isOffered =
      !found.isSure && rows !== null && rows <= FEW_ROWS && table.came + table.left === 0 && sampled > 0;
    return { reason: `${found.because} (${count})`, kind: isOffered ? 'config' : null };
  }
  return {
    kind: found.kind,
    remarks: [
      { isDoubt: !found.isSure, text: `${found.kind} by ${found.because}`, names: [] },
      ...remarksOf(table, isWatched),
    ],
  };
}

function remarksOf({ came, left, sampled, looks }: SurveyedTable, isWatched: boolean): Remark[] {
  const remarks: Remark[] = [];
  if (sampled === 0) remarks.push({ isDoubt: true, text: 'it is empty: only its names spoke', names: [] });
  if (isWatched && looks === 0 && sampled > 0) {
    remarks.push({
      isDoubt: true,
      text: 'it was not watched: what changes by itself is not known',
      names: [],
    });
  }
  if (came + left > 0) {
    const text = `rows came (${came}) or went (${left}) while it was watched: each would be an alert`;
    remarks.push({ isDoubt: true, text, names: [] });
  }
  return remarks;
}

function suggestionOf(
  table: SurveyedTable,
  wanted: Wanted,
  limits: SuggestionLimits,
  names: Set<string>,
): Suggestion {
  const key = keyOf(table) ?? [];
  const judgedColumns = judgeColumns(table, key);
  const columns = judgedColumns.watched.slice(0, limits.columns);
  const isNamed = (name: string) => key.includes(name) || columns.includes(name);
  const remarks = [...wanted.remarks, ...judgedColumns.remarks];
  const over = judgedColumns.watched.slice(limits.columns);
  if (over.length > 0)
    remarks.push({
      isDoubt: true,
      text: `left out, since a collection has at most ${limits.columns} columns`,
      names: over,
    });
  const others = table.keys.filter((one) => one.join() !== key.join());
  if (others.length > 0 && wanted.kind !== 'config') {
    const other = others.map((one) => one.join(' + '));
    remarks.push({ isDoubt: false, text: 'another key it could have', names: other });
  }
  return {
    name: collectionName(table.name, names),
    kind: wanted.kind,
    table: table.table,
    key,
    columns,
    secret: judgedColumns.secret.filter(isNamed),
    author: judgedColumns.author.filter((name) => columns.includes(name)).slice(0, limits.authors),
    label: labelsOf(columns.filter((name) => !judgedColumns.secret.includes(name))),
    personal: wanted.kind === 'contact' ? judgedColumns.personal.filter(isNamed) : [],
    json: null,
    rows: table.rows,
    remarks,
  };
}

/**
 * A suggestion and, for a table of one row, one more for each column of JSON in it, whose records are the members: of several rows the members
 * would be mixed, and which of the rows counts is not for us to guess.
 */
function withRecordsOfJson(table: SurveyedTable, whole: Suggestion, names: Set<string>): Suggestion[] {
  if (table.rows !== 1) return [whole];
  const inside = table.columns.filter(({ name, json }) => json !== null && whole.columns.includes(name));
  const records = inside.map(({ name }): Suggestion => {
    const isSealed = whole.secret.includes(name);
    const text = isSealed
      ? 'each member of its JSON is a record, all sealed since some look secret'
      : 'each member of its JSON is a record';
    return {
      ...whole,
      name: collectionName(`${table.name}_${name}`, names),
      ...{ key: ['path'], columns: ['value'], secret: isSealed ? ['value'] : [] },
      ...{ author: [], label: [], personal: [], json: name, remarks: [{ isDoubt: true, text, names: [] }] },
    };
  });
  const isInside = (name: string) => inside.some((column) => column.name === name);
  const left = (list: readonly string[]) => list.filter((name) => !isInside(name));
  return [{ ...whole, columns: left(whole.columns), secret: left(whole.secret) }, ...records];
}

/** The first of a table's keys that can be read. */
function keyOf({ keys, columns }: SurveyedTable): readonly string[] | undefined {
  const readable = new Set(columns.filter(({ isReadable }) => isReadable).map(({ name }) => name));
  return keys.find((key) => key.every((name) => readable.has(name)));
}

/** By what people call a record: the two that tell most. */
function labelsOf(columns: readonly string[]): string[] {
  const found = LABELS.flatMap((pattern) => columns.filter((name) => pattern.test(name)));
  return [...new Set(found)].slice(0, MAX_LABELS);
}

const MAX_LABELS = 2;
const LABELS = [
  /^(?:login|user_?name)$/i,
  /^(?:name|title|label)$/i,
  /serial_?n/i,
  /(?:^|_)name$/i,
  /^(?:code|symbol|coin|currency)$/i,
];
