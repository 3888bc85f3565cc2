import { connectionFailure, LOGIN_REFUSED, printableCode, type ReadFailure } from '../relational/failure.js';
import type { UnreadableCause } from '../source.js';
import { SettingsChanged } from './settings.js';

/** By SQLSTATE (PostgreSQL, appendix A), longest match first: a whole code, then its class. */
const CAUSES: ReadonlyMap<string, readonly [UnreadableCause, string]> = new Map([
  ['42501', ['denied', 'the role may not read it']],
  ['55P03', ['timeout', 'somebody holds a lock on it']],
  ['57014', ['timeout', 'the time limit passed']],
  ['25P03', ['unreachable', 'the server ended our idle transaction']],
  ['25P04', ['timeout', 'the time limit of the transaction passed']],
  ['42P01', ['missing', 'it does not exist']],
  ['42703', ['missing', 'a column does not exist']],
  ['3F000', ['missing', 'its schema does not exist']],
  ['42809', ['not-a-table', 'it is not a table']],
  ['28', ['denied', LOGIN_REFUSED]],
  [
    '53300',
    [
      'unreachable',
      'no connection is free: by the CONNECTION LIMIT of our role or the database, or the max_connections of the server; "tillwarden sql", run again, raises that of our role',
    ],
  ],
  ['3D', ['unreachable', 'the database does not exist']],
  ['57', ['unreachable', 'the server ended the connection']],
  ['08', ['unreachable', 'the connection broke']],
]);

/** `too_many_connections`, of the server or our role. The limit of one database is its owner's, and no connection to another one that is closed makes room there. */
export function isPostgresFull(error: unknown): boolean {
  return printableCode(error) === '53300' && !isOfOneDatabase(error);
}

/** By the place in the server's source that says so (postinit.c): words are translated, and the code is the same. */
function isOfOneDatabase(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'routine' in error && error.routine === 'CheckMyDatabase'
  );
}

/** The shape of codes that the server itself reports, as against the network, TLS or our own code. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
}

/** Puts an error from pg, the network or TLS into our words and an SQLSTATE or the name of a system error. */
export function explainFailure(error: unknown): ReadFailure {
  if (error instanceof SettingsChanged) return error.failure;
  const code = printableCode(error);
  if (code === null) {
    // pg gives a broken or timed-out connection no code.
    const connection = /connection|timeout|aborted/i.test(messageOf(error));
    return connection
      ? { cause: 'unreachable', detail: 'the connection broke or the time limit passed' }
      : { cause: 'failed', detail: 'our reader failed on what the server sent' };
  }
  if (!isSqlState(code)) return connectionFailure(code);
  const [cause, words] = CAUSES.get(code) ?? CAUSES.get(code.slice(0, 2)) ?? ['failed', 'the server refused'];
  return { cause, detail: `${words} (SQLSTATE ${code})` };
}

/** Without `instanceof`: errors of Node's own modules come from another realm when a test runner loads us. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}
