import { isMap, isScalar, isSeq, parseDocument, Scalar, visit } from 'yaml';
import { normalizeJsonText } from '../../../baselines/index.js';
import { parseCsv } from '../../config/csv.js';
import { openBrackets } from '../../config/yaml-problems.js';
import { errorCode } from '../../error-code.js';
import { readGuarded } from '../../guarded-file.js';
import { CliError } from '../errors.js';
import { shownName } from '../text/change-text.js';

/** Longer ones would not fit into the document that is signed. */
const MAX_BYTES = 1024 * 1024;
const MAX_OPEN_BRACKETS = 100;
export const VERBS = ['appears', 'changes', 'vanishes'] as const;

/** One entry of an expectation file: columns by name, as the database writes their values. */
export interface Entry {
  /** "entry 3", "line 7": where it stands. */
  readonly place: string;
  readonly collection: string;
  readonly verb: (typeof VERBS)[number];
  readonly values: ReadonlyMap<string, string | null>;
}

/**
 * Reads what is expected: a list in YAML or JSON, or records of `collection` that appear in CSV (by the file's ending). Throws
 * `CLI_EXPECTATION` for what has no single meaning.
 */
export function readExpectationFile(file: string, collection: string | undefined): readonly Entry[] {
  const text = readText(file);
  if (file.endsWith('.csv')) return csvEntries(text, collection);
  if (collection !== undefined) {
    throw new CliError('CLI_USAGE', '--collection goes with a .csv file; other files name it in each entry');
  }
  return yamlEntries(text);
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readGuarded(file, MAX_BYTES).bytes);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const code = errorCode(error) ?? 'error';
    if (code === 'too-large')
      throw refusal('the file', `more than ${MAX_BYTES} bytes, which is too much`, error);
    throw refusal('the file', `cannot be read (${code}); needed is UTF-8 text in YAML, JSON or CSV`, error);
  }
}

function csvEntries(text: string, collection: string | undefined): Entry[] {
  if (collection === undefined) {
    throw new CliError('CLI_USAGE', 'a .csv file needs --collection: whose records will appear');
  }
  const { names, rows } = parseCsv(
    text,
    (line, found) => new CliError('CLI_EXPECTATION', `line ${line} of the file: ${found}`),
  );
  return rows.map(({ line, cells }) => ({
    place: `line ${line}`,
    collection,
    verb: 'appears',
    values: new Map(names.map((name, index) => [name, cells[index] ?? null])),
  }));
}

function yamlEntries(text: string): Entry[] {
  if (openBrackets(text) > MAX_OPEN_BRACKETS) throw refusal('the file', 'too many brackets open at once');
  const document = parseDocument(text, { schema: 'core', stringKeys: true, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw refusal('the file', `is not YAML or JSON: ${shownName(problem.message)}`);
  visit(document, {
    Alias: () => {
      throw refusal('the file', 'an alias; write the value itself, so that what is read is what is seen');
    },
  });
  if (!isSeq(document.contents)) throw refusal('the file', 'needed is a list of entries');
  return document.contents.items.map((item, index) => yamlEntry(item, `entry ${index + 1}`));
}

function yamlEntry(item: unknown, place: string): Entry {
  const members = membersOf(item, place);
  const verb = VERBS.find((one) => members.has(one));
  const collection = members.get('collection');
  if (verb === undefined || members.size !== 2 || !isScalar(collection)) {
    throw refusal(place, `needed is "collection" and one of ${VERBS.join(', ')}, and nothing else`);
  }
  const columns = membersOf(members.get(verb), place);
  const values = new Map(
    [...columns].map(([name, node]) => [name, columnValue(node, `${place}, ${shownName(name)}`)]),
  );
  return { place, collection: String(collection.value), verb, values };
}

function membersOf(node: unknown, place: string): ReadonlyMap<string, unknown> {
  if (!isMap(node)) throw refusal(place, 'needed is a mapping of names to values');
  return new Map(node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), value]));
}

/** A value as the database writes it: plain text as it stands in the file, so that 007 stays 007; a list or mapping is a json column's. */
function columnValue(node: unknown, place: string): string | null {
  if (isMap(node) || isSeq(node)) {
    const json = normalizeJsonText(jsonText(node));
    if (json.ok) return json.text;
    throw refusal(place, `no JSON: ${json.reason}`);
  }
  if (!isScalar(node)) return null;
  if (node.value === null) return null;
  if (typeof node.value === 'boolean') {
    throw refusal(
      place,
      `a truth value; write it as the record has it, in quotes ('t' or 'f' in PostgreSQL, 'true' or 'false' in settings out of JSON)`,
    );
  }
  if (typeof node.value === 'string') return node.value;
  return node.type === Scalar.PLAIN && node.source !== undefined ? node.source : String(node.value);
}

/** The JSON that a list or mapping stands for, numbers as they are written: 1.50 and 12345678901234567890 are what the database holds. */
function jsonText(node: unknown): string {
  if (isSeq(node)) return `[${node.items.map(jsonText).join(',')}]`;
  if (isMap(node)) {
    const members = node.items.map(
      ({ key, value }) => `${JSON.stringify(String(isScalar(key) ? key.value : key))}:${jsonText(value)}`,
    );
    return `{${members.join(',')}}`;
  }
  if (!isScalar(node) || node.value === null) return 'null';
  if (typeof node.value === 'number') return node.source ?? String(node.value);
  return JSON.stringify(node.value);
}

export function refusal(place: string, found: string, cause?: unknown): CliError {
  return new CliError('CLI_EXPECTATION', `${place}: ${found}`, { cause });
}
