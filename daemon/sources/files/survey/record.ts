import { type Definition, encodeValue, type RecordLine } from '../../../../baselines/index.js';
import { createRecordMaker } from '../../relational/decode.js';
import type { Fingerprint } from '../../relational/fingerprint.js';
import type { FileColumn } from '../columns.js';
import type { FileFacts } from './census.js';

/** Makes records of a collection; values of secret columns leave it as fingerprints. */
export function createFileRecords(
  definition: Definition,
  fingerprint: Fingerprint | null,
): (facts: FileFacts) => RecordLine {
  const recordOf = createRecordMaker(definition, fingerprint);
  const texts = definition.columns.map((column) => TEXTS.get(column) ?? NOTHING);
  return (facts) => recordOf([encoded(facts.path), ...texts.map((text) => encoded(text(facts)))]);
}

type Text = (facts: FileFacts) => string | null;

const NOTHING: Text = () => null;

const TEXT_OF: Readonly<Record<FileColumn, Text>> = {
  type: ({ stat }) => stat.type,
  size: ({ stat }) => (stat.type === 'file' ? String(stat.size) : null),
  mode: ({ stat }) => stat.mode.toString(8).padStart(4, '0'),
  owner: ({ stat }) => String(stat.uid),
  group: ({ stat }) => String(stat.gid),
  // Of a folder it counts its folders, which are records themselves.
  links: ({ stat }) => (stat.type === 'directory' || stat.links === null ? null : String(stat.links)),
  target: ({ stat, target }) => (stat.deviceNumber === null ? target : `device ${stat.deviceNumber}`),
  sha256: ({ sha256 }) => sha256,
  attributes: ({ attributes }) => attributes,
  changed: ({ stat }) => (stat.changedMs === null ? null : instant(stat.changedMs)),
  modified: ({ stat }) => (stat.type === 'directory' ? null : instant(stat.modifiedMs)),
  inode: ({ stat }) => (stat.inode === null ? null : `${stat.device ?? '?'}:${stat.inode}`),
};

const TEXTS: ReadonlyMap<string, Text> = new Map(Object.entries(TEXT_OF));

/** A UTC instant; what no calendar holds as its milliseconds. */
function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

function encoded(text: string | null): string | null {
  return text === null ? null : encodeValue({ form: 'text', text });
}
