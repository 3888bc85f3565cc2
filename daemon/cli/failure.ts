import type { BaselineError } from '../../baselines/index.js';
import type { NotifierError } from '../../notifiers/index.js';
import { withRemedy } from '../approvals/withdraw-command.js';
import type { ConfigError } from '../config/errors.js';
import type { DemoError } from '../demo/demo-error.js';
import { errorCode } from '../error-code.js';
import type { SourceError } from '../sources/source.js';
import type { StoreError } from '../store/errors.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-code.js';

/** What a failed command prints on stderr, and with what it ends. */
export interface CommandFailure {
  readonly exit: number;
  readonly lines: readonly string[];
}

/**
 * Errors besides our own that end a command with a code of docs/errors.md, told apart by the `domain` each class says it is of (a getter, so
 * that no log of an error has a member more). Types alone: telling a failure loads no module of theirs.
 */
type CodedError = BaselineError | ConfigError | DemoError | NotifierError | SourceError | StoreError;

const EXITS: Readonly<Record<CodedError['domain'], number>> = {
  baseline: EXIT.refused,
  config: EXIT.configuration,
  source: EXIT.configuration,
  notifier: EXIT.configuration,
  demo: EXIT.configuration,
  store: EXIT.internal,
};

/** A person's own mistake, though its class is of another domain. */
const MISTAKES: ReadonlySet<string> = new Set(['DEMO_STATEMENT', 'DEMO_SEVERAL']);

interface Told {
  readonly exit: number;
  readonly code: string;
  readonly message: string;
}

/**
 * An error as `error CODE: message`. The messages of our own classes hold no secret; of anything else only the kind is told,
 * since its message may hold what it likes, unless TILLWARDEN_DEBUG=1 asks for all of it.
 */
export function failureOf(error: unknown, debug: boolean): CommandFailure {
  const { exit, code, message } = known(error) ?? unexpected(error);
  const [first = '', ...rest] = message.split('\n');
  const lines = [`error ${code}: ${first}`, ...rest.map((line) => `  ${line}`)];
  return { exit, lines: debug ? [...lines, ...traceOf(error)] : lines };
}

function known(error: unknown): Told | null {
  if (error instanceof CliError) return error;
  const code = errorCode(error);
  if (!(error instanceof Error && 'domain' in error) || code === null) return null;
  const [, exit] = Object.entries(EXITS).find(([domain]) => domain === error.domain) ?? [];
  if (exit === undefined) return null;
  const message = isBaselineError(error) ? withRemedy(error.message, error.pending) : error.message;
  return { exit: MISTAKES.has(code) ? EXIT.usage : exit, code, message };
}

function isBaselineError(error: Error): error is BaselineError {
  return 'domain' in error && error.domain === 'baseline';
}

function unexpected(error: unknown): Told {
  const name = error instanceof Error ? error.name : typeof error;
  const message = `an unexpected ${name}; set TILLWARDEN_DEBUG=1 to see all of it, and report it`;
  return { exit: EXIT.internal, code: 'CLI_INTERNAL', message };
}

function traceOf(error: unknown): string[] {
  const lines: string[] = [];
  let at = error;
  while (at !== undefined && lines.length < 200) {
    lines.push(...(at instanceof Error ? (at.stack ?? at.message) : String(at)).split('\n'));
    at = at instanceof Error ? at.cause : undefined;
  }
  return lines;
}
