import { membersOf } from './members.js';
import { matchPath, type PathPattern } from './path-pattern.js';

/**
 * JSON in the normal form of `normalizeJsonText` without the members whose path a pattern matches, in that form again. A pattern is told to
 * `onMatch` each time. Objects inside of arrays have no path. Descends as deep as the longest pattern and no deeper.
 */
export function withoutMembers(
  normal: string,
  patterns: readonly PathPattern[],
  onMatch: (pattern: PathPattern) => void,
): string {
  const deepest = Math.max(...patterns.map(({ names, tail }) => names.length + (tail === null ? 0 : 1)), 0);
  const walk = (path: readonly string[], value: string): string => {
    const members = path.length < deepest ? membersOf(value) : null;
    if (members === null) return value;
    const left = members.flatMap(([name, member]) => {
      const own = [...path, name];
      const pattern = patterns.find((one) => matchPath(one, own) !== null);
      if (pattern === undefined) return `${JSON.stringify(name)}:${walk(own, member)}`;
      onMatch(pattern);
      return [];
    });
    return `{${left.join(',')}}`;
  };
  return walk([], normal);
}
