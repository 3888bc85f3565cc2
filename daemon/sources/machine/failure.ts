import type { UnreadableCause } from '../source.js';
import { SftpLost } from './sftp-client.js';
import { SftpNonsense } from './sftp-wire.js';

/** A machine, or all that was to be read there, could not be reached. `detail` is in our words. */
export class ReachFailure extends Error {
  override readonly name = 'ReachFailure';
  constructor(
    readonly because: UnreadableCause,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** What it means that a connection is of no more use; null for an error that says nothing of the connection. */
export function sftpFailure(error: unknown): ReachFailure | null {
  if (error instanceof SftpNonsense || (error instanceof SftpLost && error.why === 'nonsense'))
    return new ReachFailure('failed', 'the server does not say what SFTP is');
  if (!(error instanceof SftpLost)) return null;
  return error.why === 'silent'
    ? new ReachFailure('timeout', 'the server did not answer within requestTimeoutMs')
    : new ReachFailure('unreachable', 'the connection ended while files were looked at');
}
