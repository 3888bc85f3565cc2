import {
  canonicalJson,
  type Definition,
  type Derivation,
  type DroppedMember,
  type JsonRecords,
} from '../../../../baselines/index.js';
import { overlap, type PathPattern, parsePattern, patternMistake } from './path-pattern.js';

interface Mistake {
  readonly found: string;
  readonly needed: string;
}

/** A mistake in how records are to be derived, in our words and configured names; null when there is none. */
export function mistakeInDerivation({ key, columns }: Definition, derive: Derivation): Mistake | null {
  const { json, drop = [] } = derive;
  if (json === undefined) return mistakeInDropped(columns, drop);
  if (drop.length > 0) {
    return { found: 'drop beside json', needed: 'except, which leaves members of the records out' };
  }
  const claimed = new Set<string>();
  const patterns: PathPattern[] = [];
  for (const { path, field, host } of json.members) {
    const pattern = readPattern(path);
    if (typeof pattern === 'string')
      return { found: `the path ${JSON.stringify(path)} has ${pattern}`, needed: FORM };
    if (key.some((name) => !pattern.parts.includes(name)) || pattern.parts.length !== key.length) {
      return {
        found: `the parts of the path ${JSON.stringify(path)} are not those of the key`,
        needed: `each of ${key.join(', ')} as a part, and no other`,
      };
    }
    for (const name of host === undefined ? [field] : [field, host]) {
      if (!columns.includes(name)) {
        return { found: `the field "${name}" is not among the columns`, needed: 'it under columns as well' };
      }
      claimed.add(name);
    }
    // A pattern with a tail takes what the others leave.
    const twice = patterns.find(
      (other) => (other.tail === null) === (pattern.tail === null) && overlap(other, pattern),
    );
    if (twice) {
      return {
        found: `the paths ${JSON.stringify(twice.text)} and ${JSON.stringify(path)} claim one member`,
        needed: 'paths that no member matches both of',
      };
    }
    patterns.push(pattern);
  }
  for (const path of json.except ?? []) {
    const pattern = readPattern(path);
    if (typeof pattern === 'string')
      return { found: `the path ${JSON.stringify(path)} has ${pattern}`, needed: FORM };
  }
  const idle = columns.find((name) => !claimed.has(name));
  return idle === undefined
    ? null
    : { found: `no member becomes the column "${idle}"`, needed: 'a member for each' };
}

function mistakeInDropped(columns: readonly string[], drop: readonly DroppedMember[]): Mistake | null {
  for (const { column, path } of drop) {
    if (!columns.includes(column)) {
      return { found: `drop names "${column}", which is not among the columns`, needed: 'one of them' };
    }
    const pattern = readPattern(path);
    if (typeof pattern === 'string')
      return { found: `the path ${JSON.stringify(path)} has ${pattern}`, needed: FORM };
  }
  return null;
}

const FORM = 'names with / between; {part} or {part:A-Z0-9_} in a name, {part...} as the last one';

/** A pattern, or the mistake in it. */
function readPattern(path: string): PathPattern | string {
  return patternMistake(path) ?? parsePattern(path);
}

/** The claim of two collections to one member of the same rows, in words; null when there is none. */
export function sharedMember(a: Definition, b: Definition): string | null {
  const [one, two] = [a.derive?.json, b.derive?.json];
  if (one === undefined || two === undefined || rowsText(a) !== rowsText(b)) return null;
  const [left, right] = [claimsOf(one, two), claimsOf(two, one)];
  for (const x of left) {
    const y = right.find((other) => overlap(x, other));
    if (y) return `the paths ${JSON.stringify(x.text)} and ${JSON.stringify(y.text)} claim one member`;
  }
  return null;
}

/** The patterns of one collection that the other does not leave to it. */
function claimsOf(own: JsonRecords, other: JsonRecords): PathPattern[] {
  const left = new Set(other.except);
  return own.members.filter(({ path }) => !left.has(path)).map(({ path }) => parsePattern(path));
}

function rowsText({ table, derive }: Definition): string {
  const { where = [], latest = null } = derive ?? {};
  return canonicalJson([table, where, latest, derive?.json?.column ?? null]);
}
