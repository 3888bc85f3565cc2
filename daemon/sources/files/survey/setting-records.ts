import { type Definition, type RecordLine, sha256Hex } from '../../../../baselines/index.js';
import { createRecordMaker } from '../../relational/decode.js';
import { jsonDocument } from '../../relational/derive/json-document.js';
import { createJsonRecords } from '../../relational/derive/json-records.js';
import type { Fingerprint } from '../../relational/fingerprint.js';
import { settingsJson, type TextFormat } from '../text/settings-json.js';
import type { FileFacts } from './census.js';

/** Settings of one file; more are one record that says so. */
const MOST_SETTINGS = 50_000;
const MAX_VALUE_BYTES = 65_536;

/**
 * Makes records of the settings in files: those that the signed rules make of one JSON object whose only member is named by the file's path. A file that cannot be
 * read as such has one member that says so, with the digest of the file: it changes with it, and quotes nothing.
 */
export function createSettingRecords(
  definition: Definition,
  format: TextFormat,
  fingerprint: Fingerprint | null,
): (facts: FileFacts) => readonly RecordLine[] {
  const { key, columns, derive } = definition;
  if (derive?.json === undefined)
    throw new RangeError(`collection ${definition.name} has no rules for its settings`);
  const limits = { maxRecords: MOST_SETTINGS, maxValueBytes: MAX_VALUE_BYTES };
  const derived = createJsonRecords(derive.json, key, limits);
  const recordOf = createRecordMaker(definition, fingerprint);
  const recordsOf = (path: string, json: string) =>
    derived
      .recordsOf(jsonDocument(`{${JSON.stringify(path)}:${json}}`))
      ?.map((one) => recordOf([...one.key, ...columns.map((name) => one.fields.get(name) ?? null)])) ?? null;
  return ({ path, stat, sha256, content }) => {
    if (stat.type !== 'file') return [];
    const text = content === undefined ? null : settingsJson(format, content);
    const json = text === null || saysUnread(text, format) ? null : text;
    const own = json === null ? null : recordsOf(path, json);
    if (own !== null) return own;
    const { tooLarge, none, tooMany } = unreadWords(format);
    const why = content === undefined ? tooLarge : json === null ? none : tooMany;
    const digest = content === undefined ? `${sha256} ${stat.size}` : sha256Hex(content);
    return recordsOf(path, `{${JSON.stringify(why)}:${JSON.stringify(digest)}}`) ?? [];
  };
}

/** What stands for the settings of a file that is not read. */
const unreadWords = (format: TextFormat) => ({
  tooLarge: '(too large to be read)',
  none: `(no ${format})`,
  tooMany: '(too many settings)',
});

/** Whether a file has a setting of such a name: with the digest of the one that was signed it would pass for that. */
function saysUnread(json: string, format: TextFormat): boolean {
  const settings: object = JSON.parse(json);
  return Object.values(unreadWords(format)).some((word) => Object.hasOwn(settings, word));
}
