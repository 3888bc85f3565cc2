import { EXIT } from './exit-code.js';

export type CliErrorCode =
  | 'CLI_USAGE'
  | 'CLI_UNKNOWN_SITE'
  | 'CLI_UNKNOWN_SOURCE'
  | 'CLI_UNKNOWN_CHANNEL'
  | 'CLI_UNKNOWN_INCIDENT'
  | 'CLI_NO_STATE'
  | 'CLI_NOT_INTERACTIVE'
  | 'CLI_UNKNOWN_CHANGE'
  | 'CLI_NOT_ACCEPTABLE'
  | 'CLI_KEY_UNREADABLE'
  | 'CLI_NO_KEY'
  | 'CLI_CHAIN_BROKEN'
  | 'CLI_EXPECTATION'
  | 'CLI_UNKNOWN_EXCUSE'
  | 'CLI_ROLLED_BACK'
  | 'CLI_SEEN_UNREADABLE'
  | 'CLI_FILE_EXISTS'
  | 'CLI_FILE_UNWRITABLE'
  | 'CLI_INTERNAL';

const EXITS: Readonly<Partial<Record<CliErrorCode, number>>> = {
  CLI_NO_STATE: EXIT.configuration,
  CLI_NO_KEY: EXIT.refused,
  CLI_NOT_ACCEPTABLE: EXIT.refused,
  CLI_CHAIN_BROKEN: EXIT.refused,
  CLI_ROLLED_BACK: EXIT.refused,
  CLI_SEEN_UNREADABLE: EXIT.refused,
  CLI_FILE_UNWRITABLE: EXIT.internal,
  CLI_INTERNAL: EXIT.internal,
};

/** A command cannot do what it was asked to. Says what was found, what was needed and what to do; never a secret. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** With what the program ends because of it. */
  readonly exit: number;
  constructor(
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exit = EXITS[code] ?? EXIT.usage;
  }
}
