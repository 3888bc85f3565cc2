/**
 * JSON in a form that a generic differ can be trusted with. Every key and every scalar becomes a marked string, so that no key is
 * ever a property that JavaScript objects inherit (`constructor`, `__proto__`), and numbers keep the digits they were written with.
 */
export type JsonTree = string | null | boolean | JsonTree[] | { [markedKey: string]: JsonTree };

/** Marks of the strings in a tree. */
const TEXT = '=';
const NUMBER = '#';
const FOLDED = '@';

export interface TreeLimits {
  /** Longest text taken apart, in UTF-16 code units. */
  readonly maxCharacters: number;
  readonly maxNodes: number;
  /** Longer arrays, and whatever lies deeper, are compared as one text. */
  readonly maxArrayItems: number;
  readonly maxDepth: number;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Takes the text of a JSON object or array apart. Null when it is neither, over a limit, or says a key twice (which a tree cannot
 * show).
 */
export function jsonTree(text: string, limits: TreeLimits): JsonTree | null {
  if (text.length > limits.maxCharacters || !/^\s*[[{]/.test(text)) return null;
  try {
    JSON.parse(text);
    const marked = text.replace(STRING_OR_NUMBER, (token) =>
      token[0] === '"' ? `"${TEXT}${token.slice(1)}` : `"${NUMBER}${token}"`,
    );
    const tree = JSON.parse(marked) as JsonTree;
    if (countKeys(tree) !== (marked.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length ?? 0)) return null;
    return countNodes(tree) > limits.maxNodes ? null : fold(tree, limits, 0);
  } catch {
    return null;
  }
}

/** A key as it was written. */
export function unmarkedKey(markedKey: string): string {
  return markedKey.slice(TEXT.length);
}

/**
 * A node as text for people. Text stands bare unless it could itself be read as JSON: then, like everything else, it stands as
 * JSON. So the number 5 and the text "5" look different.
 */
export function nodeText(node: JsonTree): string {
  if (typeof node === 'string' && node.startsWith(TEXT)) {
    const text = node.slice(TEXT.length);
    try {
      JSON.parse(text);
    } catch {
      return text;
    }
  }
  return jsonText(node);
}

function jsonText(node: JsonTree): string {
  if (typeof node === 'string') {
    const content = node.slice(TEXT.length);
    return node.startsWith(TEXT) ? JSON.stringify(content) : content;
  }
  if (Array.isArray(node)) return `[${node.map(jsonText).join(',')}]`;
  if (node === null || typeof node === 'boolean') return String(node);
  const members = Object.entries(node).map(
    ([key, value]) => `${JSON.stringify(unmarkedKey(key))}:${jsonText(value)}`,
  );
  return `{${members.join(',')}}`;
}

function fold(node: JsonTree, limits: TreeLimits, depth: number): JsonTree {
  if (node === null || typeof node !== 'object') return node;
  if (depth >= limits.maxDepth) return FOLDED + jsonText(node);
  if (Array.isArray(node)) {
    if (node.length > limits.maxArrayItems) return FOLDED + jsonText(node);
    return node.map((item) => fold(item, limits, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, fold(value, limits, depth + 1)]),
  );
}

function countNodes(node: JsonTree): number {
  if (node === null || typeof node !== 'object') return 1;
  return Object.values(node).reduce((sum: number, child: JsonTree) => sum + countNodes(child), 1);
}

function countKeys(node: JsonTree): number {
  if (node === null || typeof node !== 'object') return 0;
  const own = Array.isArray(node) ? 0 : Object.keys(node).length;
  return Object.values(node).reduce((sum: number, child: JsonTree) => sum + countKeys(child), own);
}
