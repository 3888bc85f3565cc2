import {
  type Document,
  isAlias,
  isNode,
  isScalar,
  type LineCounter,
  type Node,
  visit,
  type YAMLError,
} from 'yaml';
import type { ConfigProblem } from './errors.js';

/** What the library's codes mean. Its messages are not shown: some quote the text, and a secret may stand in it. */
const FOUND: ReadonlyMap<string, readonly [found: string, needed: string]> = new Map([
  ['TAB_AS_INDENT', ['a tab at the start of a line', 'blanks']],
  [
    'BAD_INDENT',
    [
      'a line that begins in the wrong column',
      'the names of one map, or the dashes of one list, below each other',
    ],
  ],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    ['a second colon in one line', 'quotes around a value that holds a colon and a blank'],
  ],
  ['BAD_SCALAR_START', ['a value that begins with a sign that YAML keeps for itself', 'quotes around it']],
  ['BAD_DQ_ESCAPE', ['an escape that YAML does not know', 'single quotes, or two backslashes for one']],
  ['MISSING_CHAR', ['an end without the colon, quote or bracket before it', 'that sign']],
  [
    'MULTILINE_IMPLICIT_KEY',
    [
      'a name without a colon and a blank after it',
      '"name: value" on one line, or "name:" above what belongs to it',
    ],
  ],
  ['MULTIPLE_DOCS', ['a second document after ---', 'one document']],
  ['NON_STRING_KEY', ['a name that is a list, a map or nothing', 'text']],
  ['TAG_RESOLVE_FAILED', ['a tag', 'values without ! before them']],
  ['RESOURCE_EXHAUSTION', ['lists or maps that nest too deep', 'the form of docs/config.md']],
]);

/** The errors of the library in our words, the first of each line: what follows on it is mostly its consequence. */
export function parseProblems(errors: readonly YAMLError[], lines: LineCounter): ConfigProblem[] {
  const told = new Set<number>();
  return errors.flatMap(({ code, pos }) => {
    const place = position(lines, pos[0]);
    if (told.has(place.line)) return [];
    told.add(place.line);
    const [found, needed] = FOUND.get(code) ?? [`something that is not YAML (${code})`, 'YAML'];
    return [{ ...place, path: '', found, needed }];
  });
}

/** What YAML allows and a configuration must not have: it makes the file say something else than a reader sees. */
export function readingProblems(document: Document.Parsed, lines: LineCounter): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (node: Node, found: string, needed: string) => {
    problems.push({ ...position(lines, offsetOf(node) ?? 0), path: '', found, needed });
  };
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) refuse(node, 'an alias', 'the value written out');
      else if (node.anchor !== undefined) refuse(node, 'an anchor', 'none: aliases are not read');
      else if (node.tag !== undefined) refuse(node, 'a tag', 'values without ! before them');
    },
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) refuse(key, 'a name that this map has already', 'each name once');
        seen.add(key.value);
      }
    },
  });
  return problems;
}

/** The most brackets that stand open at once, whatever they stand in: a guess for a text with quotes and remarks. */
export function openBrackets(text: string): number {
  let open = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(0, open - 1);
    most = Math.max(most, open);
  }
  return most;
}

export function offsetOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

/** Line and column, from 1. */
export function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
