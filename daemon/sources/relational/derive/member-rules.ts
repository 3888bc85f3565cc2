import type { JsonRecords } from '../../../../baselines/index.js';
import type { JsonPart } from './json-document.js';
import { matchPath, type PathPattern, parsePattern } from './path-pattern.js';

/** A rule that makes a member of JSON a field of a record. */
export interface MemberPattern {
  readonly pattern: PathPattern;
  readonly field: string;
  readonly host: string | undefined;
}

/** Takes the text of a member, with the values of the pattern's parts. False: nothing more is wanted. */
export type Take = (rule: MemberPattern, parts: readonly string[], value: string) => boolean;

/** Which members of JSON the rules of a collection take. */
export interface MemberRules {
  readonly rules: readonly MemberPattern[];
  /** Hands over what rules take of a value at a path, in its order. False once `take` said so. */
  walk(path: readonly string[], value: JsonPart, take: Take): boolean;
  /** Whether a rule takes anything of what only one of two different values at a path has. What both have, letter by letter at the same path, is not gone through. */
  takesOfDifference(
    path: readonly string[],
    before: JsonPart | undefined,
    now: JsonPart | undefined,
  ): boolean;
}

function isFilled(value: JsonPart | undefined): value is JsonPart {
  return (value?.members?.length ?? 0) > 0;
}

/** Throws for a path that is no pattern. */
export function createMemberRules({ members, except = [] }: JsonRecords): MemberRules {
  const rules = members.map(({ path, field, host }) => ({ pattern: parsePattern(path), field, host }));
  const exact = rules.filter(({ pattern }) => pattern.tail === null);
  const open = rules.filter(({ pattern }) => pattern.tail !== null);
  const left = except.map(parsePattern);
  const exactLeft = left.filter(({ tail }) => tail === null);
  const openLeft = left.filter(({ tail }) => tail !== null);
  const isAmong = (patterns: readonly PathPattern[], path: readonly string[]): boolean =>
    patterns.some((pattern) => matchPath(pattern, path) !== null);

  /** Null where none of them takes it. */
  const claim = (
    candidates: readonly MemberPattern[],
    path: readonly string[],
    value: string,
    take: Take,
  ): boolean | null => {
    for (const rule of candidates) {
      const parts = matchPath(rule.pattern, path);
      if (parts !== null) return take(rule, parts, value);
    }
    return null;
  };
  // As deep as a document is at most.
  const walk: MemberRules['walk'] = (path, value, take) => {
    const claimed = claim(exact, path, value.text, take);
    if (claimed !== null) return claimed;
    if (isAmong(exactLeft, path)) return true;
    const inner = value.members;
    if (inner !== null && inner.length > 0) {
      return inner.every(([name, member]) => walk([...path, name], member, take));
    }
    if (isAmong(openLeft, path)) return true;
    return claim(open, path, value.text, take) ?? true;
  };
  const takesOf = (path: readonly string[], value: JsonPart | undefined): boolean =>
    value !== undefined && !walk(path, value, () => false);

  const takesOfDifference: MemberRules['takesOfDifference'] = (path, before, now) => {
    const areObjects = isFilled(before) && isFilled(now);
    // Of two objects it is members that differ, unless a rule takes the whole of them.
    if (!areObjects || claim(exact, path, '', () => true) !== null)
      return takesOf(path, before) || takesOf(path, now);
    if (isAmong(exactLeft, path)) return false;
    return before.changedIn(now).some(([name, one, other]) => takesOfDifference([...path, name], one, other));
  };
  return { rules, walk, takesOfDifference };
}
