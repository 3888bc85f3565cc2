import type { ShownProblem } from '../../views/console-shapes.js';
import { failureOf } from '../failure.js';

export type ConsoleErrorCode =
  | 'CONSOLE_HOST'
  | 'CONSOLE_FOREIGN_PAGE'
  | 'CONSOLE_SECRET'
  | 'CONSOLE_NOT_FOUND'
  | 'CONSOLE_INVALID'
  | 'CONSOLE_MOVED';

const STATUS: Readonly<Record<ConsoleErrorCode, number>> = {
  CONSOLE_HOST: 421,
  CONSOLE_FOREIGN_PAGE: 403,
  CONSOLE_SECRET: 401,
  CONSOLE_NOT_FOUND: 404,
  CONSOLE_INVALID: 400,
  CONSOLE_MOVED: 409,
};

/** The console refuses a request of its page, or of somebody else. The message is in our own words. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  /** HTTP status of the answer. */
  readonly status: number;
  constructor(
    readonly code: ConsoleErrorCode,
    message: string,
  ) {
    super(message);
    this.status = STATUS[code];
  }
}

/** Any error as it would end a command: its code and our words. */
export function shownProblem(error: unknown): ShownProblem {
  if (error instanceof ConsoleError) return { code: error.code, message: error.message };
  const [first = '', ...rest] = failureOf(error, false).lines;
  const [, code = 'CLI_INTERNAL', message = first] = /^error ([A-Z_0-9]+): (.*)$/s.exec(first) ?? [];
  return { code, message: [message, ...rest.map((line) => line.trim())].join(' ') };
}
