import { EXIT } from './exit-code.js';

export type CliErrorCode =
  | 'CLI_USAGE'
  | 'CLI_UNKNOWN_SITE'
  | 'CLI_UNKNOWN_SOURCE'
  | 'CLI_NO_CHANGE_LOG'
  | 'CLI_UNKNOWN_CHANNEL'
  | 'CLI_UNKNOWN_INCIDENT'
  | 'CLI_INCIDENT_FOLDED'
  | 'CLI_OTHER_REVISION'
  | 'CLI_UNKNOWN_COLLECTION'
  | 'CLI_NO_STATE'
  | 'CLI_NOT_SET_UP'
  | 'CLI_ELSEWHERE'
  | 'CLI_NOT_INTERACTIVE'
  | 'CLI_UNKNOWN_CHANGE'
  | 'CLI_NOT_ACCEPTABLE'
  | 'CLI_KEY_UNREADABLE'
  | 'CLI_NO_KEY'
  | 'CLI_CHAIN_BROKEN'
  | 'CLI_BOOK'
  | 'CLI_EXPECTATION'
  | 'CLI_UNKNOWN_EXCUSE'
  | 'CLI_ROLLED_BACK'
  | 'CLI_SEEN_UNREADABLE'
  | 'CLI_NO_DRAFT'
  | 'CLI_DRAFT_SIGNED'
  | 'CLI_DRAFT_CHANGED'
  | 'CLI_DRAFT_OUTGROWN'
  | 'CLI_FILE_EXISTS'
  | 'CLI_FILE_UNWRITABLE'
  | 'CLI_ARCHIVE_REFUSED'
  | 'CLI_STATE_EXISTS'
  | 'CLI_BESIDE_DAEMON'
  | 'CLI_PORT_TAKEN'
  | 'CLI_SERVER_UNREACHABLE'
  | 'CLI_SERVER_REFUSED'
  | 'CLI_SERVER_UNTRUE'
  | 'CLI_DISK_FULL'
  | 'CLI_NO_HANDLES'
  | 'CLI_READ_ONLY'
  | 'CLI_DENIED'
  | 'CLI_DISK_FAILED'
  | 'CLI_INTERNAL';

const EXITS: Readonly<Partial<Record<CliErrorCode, number>>> = {
  CLI_NO_STATE: EXIT.configuration,
  CLI_NOT_SET_UP: EXIT.configuration,
  CLI_ELSEWHERE: EXIT.configuration,
  CLI_NO_KEY: EXIT.refused,
  CLI_OTHER_REVISION: EXIT.refused,
  CLI_NOT_ACCEPTABLE: EXIT.refused,
  CLI_CHAIN_BROKEN: EXIT.refused,
  CLI_ROLLED_BACK: EXIT.refused,
  CLI_SEEN_UNREADABLE: EXIT.refused,
  CLI_NO_DRAFT: EXIT.refused,
  CLI_DRAFT_SIGNED: EXIT.refused,
  CLI_DRAFT_CHANGED: EXIT.refused,
  CLI_DRAFT_OUTGROWN: EXIT.refused,
  CLI_BESIDE_DAEMON: EXIT.refused,
  CLI_PORT_TAKEN: EXIT.configuration,
  CLI_SERVER_UNREACHABLE: EXIT.configuration,
  CLI_SERVER_REFUSED: EXIT.refused,
  CLI_SERVER_UNTRUE: EXIT.refused,
  CLI_FILE_UNWRITABLE: EXIT.internal,
  CLI_ARCHIVE_REFUSED: EXIT.refused,
  CLI_DISK_FULL: EXIT.internal,
  CLI_NO_HANDLES: EXIT.internal,
  CLI_READ_ONLY: EXIT.internal,
  CLI_DENIED: EXIT.internal,
  CLI_DISK_FAILED: EXIT.internal,
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
