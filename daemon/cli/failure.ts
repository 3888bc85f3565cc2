import type { BaselineError } from '../../baselines/index.js';
import type { NotifierError } from '../../notifiers/index.js';
import { withRemedy } from '../approvals/withdraw-command.js';
import type { ConfigError } from '../config/errors.js';
import type { DemoError } from '../demo/demo-error.js';
import { errorCode, isPartMissing } from '../error-code.js';
import type { SourceError } from '../sources/source.js';
import type { StoreError } from '../store/errors.js';
import { CliError, type CliErrorCode } from './errors.js';
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
const MISTAKES: ReadonlySet<string> = new Set(['DEMO_STATEMENT', 'DEMO_SEVERAL', 'DEMO_DIRECTORY_USED']);

interface Told {
  readonly exit: number;
  readonly code: string;
  readonly message: string;
}

/**
 * An error as `error CODE: message`. The messages of our own classes hold no secret; what the system refused is told by its
 * code and the path; of anything else only the kind is told, since its message may hold what it likes, unless TILLWARDEN_DEBUG=1 asks for all of it.
 */
export function failureOf(error: unknown, debug: boolean): CommandFailure {
  const { exit, code, message } =
    known(error) ?? refusedBySystem(error) ?? notWhole(error) ?? unexpected(error);
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

/** What the system refused, by its own code: the machine's trouble, not a defect of ours. */
const SYSTEM: Readonly<Record<string, readonly [CliErrorCode, string]>> = {
  ENOSPC: ['CLI_DISK_FULL', 'no room is left on the disk; make some, and run it again'],
  EDQUOT: ['CLI_DISK_FULL', 'the quota of this user is used up; make room, and run it again'],
  EMFILE: [
    'CLI_NO_HANDLES',
    'this process may open no more files; raise its limit: ulimit -n 4096, or LimitNOFILE=4096 in the unit of systemd',
  ],
  ENFILE: [
    'CLI_NO_HANDLES',
    'this machine may open no more files; end what holds them, or raise fs.file-max',
  ],
  EROFS: ['CLI_READ_ONLY', 'the disk is mounted read-only; name another place, or mount it for writing'],
  EACCES: ['CLI_DENIED', 'this user may not do that there; run it as the owner, or let the owner grant it'],
  EPERM: ['CLI_DENIED', 'the system does not allow this user to do that there; run it as the owner'],
  EIO: [
    'CLI_DISK_FAILED',
    'the disk failed; look into the log of the system (dmesg), and copy what is there before anything else',
  ],
};

/** The system's refusal behind an error: itself or what caused it. */
function refusedBySystem(error: unknown): Told | null {
  let path: string | null = null;
  for (let at = error, depth = 0; isObject(at) && depth < 10; at = at['cause'], depth++) {
    const { syscall } = at;
    // A write knows no path: whoever called it may have said which.
    if (typeof at['path'] === 'string') path = at['path'];
    const [code, todo] = SYSTEM[errorCode(at) ?? ''] ?? [];
    if (code === undefined || todo === undefined || typeof syscall !== 'string') continue;
    const where = path !== null ? ` ${printablePath(path)}` : '';
    return { exit: EXIT.internal, code, message: `${errorCode(at)} at ${syscall}${where}: ${todo}` };
  }
  return null;
}

/** By shape: errors of Node's own modules come from another realm when a test runner loads us. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A path may be anything that lies in a folder. */
function printablePath(path: string): string {
  return path.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, 500);
}

/** A part that is loaded when it is first needed, and is not there. */
function notWhole(error: unknown): Told | null {
  if (!isPartMissing(error)) return null;
  const message =
    'files of the program are missing: it was not built whole, or its folder was changed while it ran; run "npm ci" in that folder as its owner, and then this again';
  return { exit: EXIT.configuration, code: 'CLI_NOT_BUILT', message };
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
