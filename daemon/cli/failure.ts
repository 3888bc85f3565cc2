import { CliError } from './errors.js';
import { EXIT } from './exit-code.js';

/** What a failed command prints on stderr, and with what it ends. */
export interface Failure {
  readonly exit: number;
  readonly lines: readonly string[];
}

/** By the name of the error class, so that telling a failure loads none of the modules that define them. */
const EXITS: ReadonlyMap<string, number> = new Map([
  ['BaselineError', EXIT.refused],
  ['ConfigError', EXIT.configuration],
  ['SourceError', EXIT.configuration],
  ['NotifierError', EXIT.configuration],
  ['DemoError', EXIT.configuration],
  ['StoreError', EXIT.internal],
]);

/**
 * An error as `error CODE: message`. The messages of our own classes hold no secret; of anything else only the kind is told,
 * since its message may hold what it likes, unless TILLWARDEN_DEBUG=1 asks for all of it.
 */
export function failureOf(error: unknown, debug: boolean): Failure {
  const { exit, code, message } = known(error) ?? unexpected(error);
  const [first = '', ...rest] = message.split('\n');
  const lines = [`error ${code}: ${first}`, ...rest.map((line) => `  ${line}`)];
  return { exit, lines: debug ? [...lines, ...traceOf(error)] : lines };
}

function known(error: unknown): { exit: number; code: string; message: string } | null {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return null;
  const exit = EXITS.get(error.name);
  const code = (error as { code?: unknown }).code;
  return exit === undefined || typeof code !== 'string' ? null : { exit, code, message: error.message };
}

function unexpected(error: unknown): { exit: number; code: string; message: string } {
  const name = error instanceof Error ? error.name : typeof error;
  const message = `an unexpected ${name}; set TILLWARDEN_DEBUG=1 to see all of it, and report it`;
  return { exit: EXIT.internal, code: 'CLI_INTERNAL', message };
}

function traceOf(error: unknown): string[] {
  const lines: string[] = [];
  for (let at: unknown = error; at !== undefined && lines.length < 200; at = (at as Error | null)?.cause) {
    lines.push(...(at instanceof Error ? (at.stack ?? at.message) : String(at)).split('\n'));
  }
  return lines;
}
