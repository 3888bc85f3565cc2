import {
  type DroppedMember,
  encodeValue,
  normalizeJsonText,
  sha256Hex,
} from '../../../../baselines/index.js';
import { encodeText } from '../decode.js';
import { withoutMembers } from './drop-members.js';
import { type JsonPart, jsonDocument } from './json-document.js';
import { type PathPattern, parsePattern } from './path-pattern.js';

/** A value of a row: its text, or what stands for one that was too long to travel. Null is null. */
export type Cell = { readonly text: string; readonly json: boolean } | { readonly encoded: string } | null;

/** A row of a table whose records are derived. */
export interface TableRow {
  /** Undefined for a column that was not read. */
  get(column: string): Cell | undefined;
}

/** The text of a cell; null for null, for what was too long to travel, and for what was not read. */
export function cellText(cell: Cell | undefined): string | null {
  return cell && 'text' in cell ? cell.text : null;
}

/** True for a value of which no text travelled. */
export function isUnread(cell: Cell | undefined): boolean {
  return cell !== null && cell !== undefined && !('text' in cell);
}

/** What several collections make of one value is made once, as long as the value is there. */
const documents = new WeakMap<NonNullable<Cell>, JsonPart | null>();
const marks = new WeakMap<NonNullable<Cell>, string>();

/** The cell as `jsonDocument` has it; null for what is no text, too. */
export function cellJson(cell: Cell | undefined): JsonPart | null {
  if (!cell || !('text' in cell)) return null;
  const known = documents.get(cell);
  if (known !== undefined) return known;
  const document = jsonDocument(cell.text);
  documents.set(cell, document);
  return document;
}

/** Longer texts are told apart by their digest. */
const LONG = 256;

/** What tells a value apart from any other, in a few characters. */
export function markOf(cell: Cell | undefined): string {
  if (!cell) return '';
  if (!('text' in cell)) return `e${cell.encoded}`;
  const form = cell.json ? 'j' : 't';
  if (cell.text.length <= LONG) return `${form}${cell.text}`;
  const mark = marks.get(cell) ?? `${form.toUpperCase()}${sha256Hex(cell.text)}`;
  marks.set(cell, mark);
  return mark;
}

/**
 * Encodes values of rows by their column, without the members that are dropped of it. Paths that matched are put into `matched`. A text that
 * is no JSON, or was too long to travel, stays as it is: then it says what changed as any other value does.
 */
export function createCellEncoder(
  drop: readonly DroppedMember[],
  matched: Set<string>,
): (column: string, cell: Cell | undefined) => string | null {
  const patterns = new Map<string, PathPattern[]>();
  for (const { column, path } of drop) {
    patterns.set(column, [...(patterns.get(column) ?? []), parsePattern(path)]);
  }
  return (column, cell) => {
    if (cell === null || cell === undefined) return null;
    if (!('text' in cell)) return cell.encoded;
    const own = patterns.get(column);
    if (own === undefined) return encodeText(cell.text, cell.json);
    const normal = normalizeJsonText(cell.text);
    if (!normal.ok) return encodeText(cell.text, true);
    const text = withoutMembers(normal.text, own, (pattern) => matched.add(pattern.text));
    return encodeValue({ form: 'text', text });
  };
}
