import picomatch from 'picomatch';

/** The files of a tree that belong to a collection, by their path below its folder: text with `/` between names. */
export interface TreeMatcher {
  /** True for what is a record. */
  isRecord(path: string): boolean;
  /** True for a folder that is not entered. */
  isClosed(path: string): boolean;
}

/** Hidden names are names like any other, and upper case is not lower case. */
const OPTIONS = { dot: true, nocase: false, noextglob: true, nonegate: true, posix: true } as const;

/** A matcher of patterns in which `filePatternMistake` finds nothing. No pattern to include means: everything. */
export function createMatcher(include: readonly string[], exclude: readonly string[]): TreeMatcher {
  const included = include.map((pattern) => picomatch(pattern, OPTIONS));
  const excluded = exclude.map((pattern) => picomatch(pattern, OPTIONS));
  const isExcluded = (path: string): boolean => excluded.some((matches) => matches(path));
  return {
    isRecord: (path) =>
      (included.length === 0 || included.some((matches) => matches(path))) && !isExcluded(path),
    isClosed: isExcluded,
  };
}
