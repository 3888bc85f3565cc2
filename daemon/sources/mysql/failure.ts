import { connectionFailure, LOGIN_REFUSED, type ReadFailure } from '../relational/failure.js';
import type { UnreadableCause } from '../source.js';

/** By error number (MySQL, "Server Error Message Reference"; MariaDB, "Error Codes"). */
const CAUSES: ReadonlyMap<number, readonly [UnreadableCause, string]> = new Map([
  [1142, ['denied', 'the role may not read it']],
  [1143, ['denied', 'the role may not read a column']],
  [1356, ['not-a-table', 'it is a view that is broken or may not be read']],
  [1370, ['denied', 'the role, or the definer of our procedure, may not run it']],
  [1227, ['denied', 'the role lacks a right']],
  [1449, ['denied', 'the account that our procedure runs as is gone']],
  [1146, ['missing', 'it does not exist']],
  [1049, ['missing', 'its database does not exist']],
  [1054, ['missing', 'a column does not exist']],
  [1305, ['missing', 'it does not exist']],
  [1932, ['missing', 'its storage engine lost it']],
  [1205, ['timeout', 'somebody holds a lock on it']],
  [1213, ['timeout', 'its lock and another one waited for each other']],
  [1969, ['timeout', 'the time limit passed']],
  [3024, ['timeout', 'the time limit passed']],
  [1412, ['moving', 'it was altered while it was being read']],
  [1286, ['not-a-table', 'its storage engine is not there']],
  [1040, ['unreachable', 'the server has too many connections']],
  [1044, ['unreachable', LOGIN_REFUSED]],
  [1045, ['unreachable', LOGIN_REFUSED]],
  [1053, ['unreachable', 'the server shuts down']],
  [1129, ['unreachable', 'the server refuses our host after errors']],
  [1130, ['unreachable', 'the server refuses our host']],
  [1203, ['unreachable', 'our account has too many connections']],
  [1226, ['unreachable', 'our account is over one of its limits']],
  [1317, ['unreachable', 'somebody ended our statement']],
  [1836, ['unreachable', 'the server is switching']],
  [1862, ['unreachable', 'our password has expired']],
  [1820, ['unreachable', 'our password has expired']],
  [1927, ['unreachable', 'the server ended the connection']],
  [3118, ['unreachable', 'our account is locked']],
  [3159, ['unreachable', 'the server wants a connection that is secure']],
  [4031, ['unreachable', 'the server ended the connection for its idleness']],
  [4151, ['unreachable', 'our account is locked']],
]);

class Misbehaviour extends Error {
  override readonly name = 'Misbehaviour';
  constructor(readonly failure: ReadFailure) {
    super(failure.detail);
  }
}

/** The error of a connection that gave us more than we take, or something that its protocol does not allow. */
export function misbehaviour(detail: string, cause: ReadFailure['cause'] = 'failed'): Error {
  return new Misbehaviour({ cause, detail });
}

/** Whether an error is one of `misbehaviour`. */
export function isMisbehaviour(error: unknown): error is Error {
  return error instanceof Misbehaviour;
}

/** The server, or our account (MAX_USER_CONNECTIONS), has no connection left. Of connections in an hour, which have the same number, none that is closed gives one back. */
export function isMysqlFull(error: unknown): boolean {
  const number = errorNumber(error);
  // The name of the limit stands in the message in every language.
  return (
    number === 1040 ||
    number === 1203 ||
    (number === 1226 && String(property(error, 'message')).includes("'max_user_connections'"))
  );
}

/** The error number that the server itself reported; null for the network, TLS, the driver or our own code. */
export function errorNumber(error: unknown): number | null {
  const errno = property(error, 'errno');
  return typeof property(error, 'sqlState') === 'string' && typeof errno === 'number' && errno > 0
    ? errno
    : null;
}

/** Puts an error of mysql2, the network or TLS into our words. */
export function explainMysqlError(error: unknown): ReadFailure {
  if (error instanceof Misbehaviour) return error.failure;
  const number = errorNumber(error);
  if (number !== null) {
    const [cause, words] = CAUSES.get(number) ?? ['failed', 'the server refused'];
    return { cause, detail: `${words} (error ${number})` };
  }
  const code = property(error, 'code');
  if (typeof code === 'string' && /^[A-Z0-9_]{5,60}$/.test(code)) {
    return connectionFailure(code);
  }
  // A connection that is closed already gives its next command an error without a code.
  const connection = /closed state|connection|aborted/i.test(String(property(error, 'message')));
  return connection
    ? { cause: 'unreachable', detail: 'the connection broke or the time limit passed' }
    : { cause: 'failed', detail: 'our reader failed on what the server sent' };
}

/** Without `instanceof`: errors of Node's own modules come from another realm when a test runner loads us. */
function property(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
