import { type DroppedMember, encodeValue, normalizeJsonText } from '../../../../baselines/index.js';
import { encodeText } from '../decode.js';
import { withoutMembers } from './drop-members.js';
import { type PathPattern, parsePattern } from './path-pattern.js';

/** A value of a row: its text, or what stands for one that was too long to travel. Null is null. */
export type Cell = { readonly text: string; readonly json: boolean } | { readonly encoded: string } | null;

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
