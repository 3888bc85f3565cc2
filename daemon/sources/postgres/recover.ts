import { printableCode, type ReadFailure } from '../relational/failure.js';
import { explainFailure } from './failure.js';
import { TRAVEL_MS } from './read-plan.js';
import type { Session } from './session.js';

/**
 * Takes a transaction back after a statement of it failed. Rejects with that error when the connection is gone. What the error says of itself proves nothing of that: code
 * that the server runs when a table is read may raise any, also that of a lost connection, with which all other tables would be unread and nobody looked for it.
 */
export async function takeBack(
  session: Session,
  error: unknown,
  {
    to,
    timeoutMs = TRAVEL_MS,
  }: { readonly to: 'ROLLBACK' | 'ROLLBACK TO SAVEPOINT one'; readonly timeoutMs?: number },
): Promise<void> {
  if (session.lost) throw error;
  try {
    await session.run(to, timeoutMs);
  } catch {
    throw error;
  }
}

/** What a statement's error means where the connection stands after it. */
export function failureOfStatement(error: unknown): ReadFailure {
  const failure = explainFailure(error);
  if (failure.cause !== 'unreachable') return failure;
  const code = printableCode(error);
  return {
    cause: 'failed',
    detail: `the server refused with the code of a lost connection${code === null ? '' : ` (SQLSTATE ${code})`}, and is there; look for a function in an index of it`,
  };
}
