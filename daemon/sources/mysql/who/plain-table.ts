import { ACTIVITY_LIMIT_MS } from '../../relational/activity.js';
import type { ReadFailure } from '../../relational/failure.js';
import type { Field } from '../column.js';
import { isOurSession, judgeIdentities, tableIdentityQuery } from '../identify.js';
import { notOurSession, type PinnedSession } from '../pinned-session.js';
import type { TableName } from '../quote.js';
import { probeStatement } from '../select.js';
import type { ServerVersion } from '../server.js';

/**
 * Locks a table that is asked beside the collections against renaming, as a reading does, and describes columns of it; with the failure where it is none that we
 * read. Within a transaction. Rejects with what the server said.
 */
export async function lockPlainTable(
  session: PinnedSession,
  relation: TableName,
  columns: readonly string[],
  remainingMs: () => number,
): Promise<{ readonly fields: readonly Field[]; readonly failure: ReadFailure | undefined }> {
  const fields = await session.describe(
    limited(session.version, probeStatement(relation, columns)),
    remainingMs(),
  );
  const [identities] = await session.run(tableIdentityQuery([relation]), remainingMs());
  const rows = identities?.rows ?? [];
  if (!isOurSession(rows, session.word)) throw notOurSession();
  const [failure] = judgeIdentities([relation], rows);
  return { fields, failure: failure ?? undefined };
}

/** The statement under limits of its own: those of the session are for whole readings. MariaDB waits for a lock by the second. */
export function limited({ flavour }: ServerVersion, select: string): string {
  return flavour === 'mariadb'
    ? `SET STATEMENT max_statement_time = ${ACTIVITY_LIMIT_MS / 1_000}, lock_wait_timeout = 1 FOR ${select}`
    : select.replace(/^SELECT/, `SELECT /*+ MAX_EXECUTION_TIME(${ACTIVITY_LIMIT_MS}) */`);
}
