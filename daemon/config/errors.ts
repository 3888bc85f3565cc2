import { errorCode } from '../error-code.js';

export type ConfigErrorCode =
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_INVALID'
  | 'CONFIG_NEEDS_RESTART'
  | 'CONFIG_HTTP'
  | 'CONFIG_API'
  | 'CONFIG_FEED';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The file it stands in; absent: the configuration file itself. */
  readonly file?: string;
  /** From 1; null when no place can be named. */
  readonly line: number | null;
  readonly column: number | null;
  /** `sites[0].sources[0].url`. */
  readonly path: string;
  readonly found: string;
  readonly needed: string;
}

/** Problems that are told of one file; the rest is counted, since each costs a line of a terminal. */
const MAX_SHOWN = 50;

/** The configuration cannot be used. Names every problem at once; never a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(
    readonly code: ConfigErrorCode,
    readonly file: string,
    readonly problems: readonly ConfigProblem[],
    options?: ErrorOptions,
  ) {
    super(describeProblems(file, problems), options);
  }

  /** Whose error it is, for who tells it without loading its class. */
  get domain(): 'config' {
    return 'config';
  }
}

function describeProblems(file: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.slice(0, MAX_SHOWN).map((problem) => describeProblem(file, problem));
  const rest = problems.length - lines.length;
  return [...lines, ...(rest > 0 ? [`${file}: and ${rest} more problems`] : [])].join('\n');
}

function describeProblem(main: string, problem: ConfigProblem): string {
  const { file = main, line, column, path, found, needed } = problem;
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${path === '' ? '' : `${path}: `}found ${found}; needed ${needed}`;
}

/** The address of a listener cannot be used. */
export function cannotListen(
  code: 'CONFIG_HTTP' | 'CONFIG_API',
  file: string,
  path: string,
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
): ConfigError {
  const why = errorCode(error) ?? 'error';
  const found = `${host}:${port}, which cannot be listened on (${why})`;
  return new ConfigError(code, file, [
    { line: null, column: null, path, found, needed: 'a free port of this machine, or 0' },
  ]);
}
