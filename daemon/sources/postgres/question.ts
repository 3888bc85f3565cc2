import type { Rows, Session } from './session.js';
import { beginReading, needPinned, PINNED_NOW } from './settings.js';

/** Limits of a question, in milliseconds. The answer may travel as long again. */
export interface QuestionLimits {
  readonly limitMs: number;
  readonly lockTimeoutMs: number;
}

/**
 * Asks beside the reading of collections, in one transaction and one round trip; the rows of each statement. Rejects with what the server said, or with
 * `SettingsChanged`, and leaves no transaction behind.
 */
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
    const sql = [begin, ...statements, PINNED_NOW, 'COMMIT'].join('; ');
    const results = (await session.run(sql, 2 * limitMs)).slice(begin.split('; ').length, -1);
    needPinned(results.at(-1) ?? [], session.encoding);
    return results.slice(0, -1);
  } catch (error) {
    if (!session.lost) await session.run('ROLLBACK', limitMs).catch(() => session.destroy());
    throw error;
  }
}
