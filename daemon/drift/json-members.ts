import { pointerToken } from './json-pointer.js';

export interface MemberLimits {
  /** Longest text taken apart, in UTF-16 code units. */
  readonly maxCharacters: number;
  readonly maxNodes: number;
  readonly maxDepth: number;
  /** All pointers together, in UTF-16 code units: a long key stands in the pointer of each of its members. */
  readonly maxPointerCharacters: number;
}

/** The values that stand at one place, as they are written, in their order; more than one where a member is given twice. */
export interface Members {
  /** Last key on the way to it; empty inside of a bare array. */
  readonly name: string;
  readonly values: string[];
}

const TOKEN = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y;

interface Level {
  readonly path: string;
  readonly name: string;
  /** Position in an array; null in an object. */
  index: number | null;
  /** Key of the value to come, in an object. */
  key: string | null;
  empty: boolean;
}

/**
 * The scalars and empty containers of a JSON text by RFC 6901 pointer, every one of a member that is given twice. Null when it is no JSON
 * object or array, or over a limit.
 */
export function jsonMembers(text: string, limits: MemberLimits): ReadonlyMap<string, Members> | null {
  if (text.length > limits.maxCharacters || !/^\s*[[{]/.test(text) || !isJson(text)) return null;
  const members = new Map<string, Members>();
  const levels: Level[] = [];
  let nodes = 0;
  let pointers = 0;
  const place = (): { path: string; name: string } => {
    const level = levels.at(-1);
    if (level === undefined) return { path: '', name: '' };
    level.empty = false;
    if (level.index !== null) return { path: `${level.path}/${level.index}`, name: level.name };
    const key = level.key ?? '';
    return { path: `${level.path}/${pointerToken(key)}`, name: key };
  };
  const add = (path: string, name: string, value: string) => {
    const known = members.get(path);
    if (known === undefined) members.set(path, { name, values: [value] });
    else known.values.push(value);
  };
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const token = found[1] ?? '';
    const level = levels.at(-1);
    if (token === ':') continue;
    if (token === ',') {
      if (level !== undefined) {
        level.key = null;
        if (level.index !== null) level.index += 1;
      }
    } else if (token === '}' || token === ']') {
      levels.pop();
      if (level?.empty) add(level.path, level.name, token === '}' ? '{}' : '[]');
    } else if (level !== undefined && level.index === null && level.key === null) {
      level.key = String(JSON.parse(token));
    } else {
      const { path, name } = place();
      nodes += 1;
      pointers += path.length;
      if (nodes > limits.maxNodes || pointers > limits.maxPointerCharacters) return null;
      if (token !== '{' && token !== '[') add(path, name, scalarText(token));
      else if (levels.length >= limits.maxDepth) return null;
      else levels.push({ path, name, index: token === '[' ? 0 : null, key: null, empty: true });
    }
  }
  return members;
}

/** Text stands bare unless it could itself be read as JSON, as in `nodeText`. */
function scalarText(token: string): string {
  if (!token.startsWith('"')) return token;
  const text = String(JSON.parse(token));
  return isJson(text) ? token : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
