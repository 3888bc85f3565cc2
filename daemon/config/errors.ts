export type ConfigErrorCode = 'CONFIG_UNREADABLE' | 'CONFIG_INVALID' | 'CONFIG_NEEDS_RESTART' | 'CONFIG_HTTP';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** From 1; null when no place can be named. */
  readonly line: number | null;
  readonly column: number | null;
  /** `sites[0].sources[0].url`. */
  readonly path: string;
  readonly found: string;
  readonly needed: string;
}

/** The configuration cannot be used. Names every problem at once; never a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(
    readonly code: ConfigErrorCode,
    readonly file: string,
    readonly problems: readonly ConfigProblem[],
    options?: ErrorOptions,
  ) {
    super(problems.map((problem) => describeProblem(file, problem)).join('\n'), options);
  }
}

function describeProblem(file: string, { line, column, path, found, needed }: ConfigProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${path === '' ? '' : `${path}: `}found ${found}; needed ${needed}`;
}
