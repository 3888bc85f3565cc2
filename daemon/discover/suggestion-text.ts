import type { Survey } from '../sources/survey.js';
import { counted, duration, escapedJson } from '../wording.js';
import type { LeftOut, Remark, Suggestion, Suggestions } from './suggestion.js';

/** How one kind of source is written into a configuration. */
export interface SourceLines {
  /** Its name: of a-z, 0-9 and -. */
  readonly name: string;
  /** "postgres://user:password@host:port/database". */
  readonly urlForm: string;
  /** The file that is to hold the URL, relative to the configuration. */
  readonly urlFile: string;
}

/** Characters of the collections and of what is left out: a configuration is read up to half a mebibyte. What is beyond is counted. */
const MAX_COLLECTIONS_TEXT = 262_144;
const MAX_LEFT_OUT_TEXT = 131_072;
const NAMED_IN_REMARK = 40;

/**
 * A source with its collections, as YAML: the `sources` of a site. Names of the watched system stand in it as what they are, quoted wherever they
 * are not plain; in comments too, so that none ends a line or reads as an instruction. Holds no value of the database.
 */
export function suggestionText(
  survey: Survey,
  { suggested, leftOut }: Suggestions,
  lines: SourceLines,
): string {
  const unsure = suggested.filter(({ remarks }) => remarks.some(({ isDoubt }) => isDoubt)).length;
  const first = suggested.length === 0 ? ['  collections: []'] : ['  collections:'];
  const collections = within(MAX_COLLECTIONS_TEXT, suggested.map(collectionLines));
  return [
    ...headOf(survey, suggested.length, unsure),
    'sources:',
    `- kind: ${scalar(survey.kind)}`,
    `  name: ${scalar(lines.name)}`,
    `  url_file: ${scalar(lines.urlFile)} # ${lines.urlForm}: as tillwarden's own role, not as the owner`,
    ...first,
    ...collections.lines,
    ...(collections.beyond === 0
      ? []
      : [`  # UNSURE: ${counted(collections.beyond, 'collection')} more; the file would be too long`]),
    ...leftOutLines(leftOut, survey.beyond),
    '',
  ].join('\n');
}

function headOf(survey: Survey, collections: number, unsure: number): string[] {
  const watched =
    survey.watchedMs === 0
      ? 'not watched: what changes by itself is not known'
      : `watched for ${duration(survey.watchedMs)}`;
  return [
    `# Suggested by tillwarden discover: ${counted(collections, 'collection')} of ${counted(survey.tables.length, 'table')} in the database ${escapedJson(survey.database)}, ${watched}.`,
    `# Guessed from names and from what values look like. UNSURE stands where little spoke for it (${counted(unsure, 'collection')}): read these first.`,
    '# Then: tillwarden init --discovered THIS-FILE ... writes a whole configuration around it, or put it below the site in yours. docs/discover.md',
  ];
}

function collectionLines(one: Suggestion): string[] {
  const { name, kind, table, key, columns, secret, author, label, personal, json, rows, remarks } = one;
  const list = (label: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`    ${label}: [${names.map(scalar).join(', ')}]`];
  const members = `[{ path: "{path...}", field: value }]`;
  return [
    `  # ${rows === null ? 'an unknown number of rows' : counted(rows, 'row', { thousands: true })}`,
    ...remarks.map((remark) => `  # ${remarkText(remark)}`),
    `  - name: ${name}`,
    `    kind: ${kind}`,
    `    table: ${scalar(table)}`,
    ...(json === null ? [] : [`    json: { column: ${scalar(json)}, members: ${members} }`]),
    ...list('key', key),
    ...list('columns', columns),
    ...list('secret', secret),
    ...list('author', author),
    ...list('label', label),
    ...list('personal', personal),
  ];
}

function remarkText({ isDoubt, text, names }: Remark): string {
  const shown = names.slice(0, NAMED_IN_REMARK).map((name) => escapedJson(name));
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
  const list = shown.length === 0 ? '' : ` ${shown.join(', ')}`;
  return `${isDoubt ? 'UNSURE: ' : ''}${text}${text.endsWith(':') || list === '' ? '' : ':'}${list}`;
}

function leftOutLines(leftOut: readonly LeftOut[], beyond: number): string[] {
  if (leftOut.length === 0 && beyond === 0) return [];
  const entries = leftOut.map(({ table, reason, instead }) => [
    `  # ${escapedJson(table)}: ${reason}`,
    ...(instead === null ? [] : [`  # - ${flow(instead)}`]),
  ]);
  const shown = within(MAX_LEFT_OUT_TEXT, entries);
  const more = shown.beyond + beyond;
  return [
    '  # Not suggested. What a table of these could be watched as stands below it: remove the # of its line.',
    ...shown.lines,
    ...(more === 0 ? [] : [`  # and ${counted(more, 'table')} more`]),
  ];
}

/** As many whole entries as fit, and how many do not. */
function within(characters: number, entries: readonly (readonly string[])[]) {
  const lines: string[] = [];
  let left = characters;
  for (const [i, entry] of entries.entries()) {
    left -= entry.reduce((sum, line) => sum + line.length + 1, 0);
    if (left < 0) return { lines, beyond: entries.length - i };
    lines.push(...entry);
  }
  return { lines, beyond: 0 };
}

/** A collection on one line, so that one # is in front of it. */
function flow({ name, kind, table, key, columns, secret }: Suggestion): string {
  const list = (label: string, names: readonly string[]) =>
    names.length === 0 ? '' : `, ${label}: [${names.map(scalar).join(', ')}]`;
  return `{ name: ${name}, kind: ${kind}, table: ${scalar(table)}${list('key', key)}${list('columns', columns)}${list('secret', secret)} }`;
}

/** What YAML reads as something else than text, in any letter case. */
const WORDS_OF_YAML = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** A name as YAML: as it is where it is plain, else as a JSON string, which YAML reads as the same text and which ends no line. */
function scalar(name: string): string {
  const isPlain =
    /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?$/.test(name) ||
    /^(?:\.\/)?[a-z][a-z0-9_/-]*$/.test(name);
  return isPlain && !WORDS_OF_YAML.test(name) ? name : escapedJson(name);
}
