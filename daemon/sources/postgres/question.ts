import type { Rows, Session } from './session.js';
import { beginReading } from './settings.js';

/** Limits of a question, in milliseconds. The answer may travel as long again. */
export interface QuestionLimits {
  readonly limitMs: number;
  readonly lockTimeoutMs: number;
}

/** Asks beside the reading of collections, in one transaction and one round trip; the rows of each statement. Rejects with what the server said, and leaves no transaction behind. */
export async function askBeside(
  session: Session,
  { limitMs, lockTimeoutMs }: QuestionLimits,
  ...statements: readonly string[]
): Promise<readonly Rows[]> {
  const begin = beginReading({
    ...{ serverVersion: session.serverVersion, encoding: session.encoding },
    ...{ transactionTimeoutMs: limitMs, lockTimeoutMs: Math.min(limitMs, lockTimeoutMs) },
  });
  try {
    const results = await session.run(`${begin}; ${statements.join('; ')}; COMMIT`, 2 * limitMs);
    return results.slice(-1 - statements.length, -1);
  } catch (error) {
    if (!session.lost) await session.run('ROLLBACK', limitMs).catch(() => session.destroy());
    throw error;
  }
}
