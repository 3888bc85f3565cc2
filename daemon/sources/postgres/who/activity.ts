import { ACTIVITY_LIMIT_MS, activityOf } from '../../relational/activity.js';
import type { ActivitySettings } from '../../relational/config.js';
import type { Activity } from '../../source.js';
import { askBeside, type QuestionLimits } from '../question.js';
import { parseRelation, quoteIdentifier, quoteRelation } from '../quote.js';
import type { Session } from '../session.js';

/** Users that are looked at. More of them, and nobody is named. */
const MOST_USERS = 10_000;

/**
 * Asks who was active. How long ago is reckoned by the server's own clock and functions of pg_catalog, which its owner cannot replace; what is
 * recent is decided here. Rejects with what the server said.
 */
export async function readActivity(
  session: Session,
  settings: ActivitySettings,
  limits: Pick<QuestionLimits, 'lockTimeoutMs'>,
): Promise<Activity | null> {
  const { table, user, time, address } = settings;
  const relation = parseRelation(table);
  if (relation === null) return null;
  const seen = quoteIdentifier(time);
  const place = address === undefined ? 'NULL' : quoteIdentifier(address);
  const [rows = []] = await askBeside(
    session,
    { limitMs: ACTIVITY_LIMIT_MS, lockTimeoutMs: limits.lockTimeoutMs },
    `SELECT ${quoteIdentifier(user)}, ${place},` +
      ` pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) ${seen})` +
      ` FROM ${quoteRelation(relation)} LIMIT ${MOST_USERS + 1}`,
  );
  if (rows.length > MOST_USERS) return null;
  return activityOf(
    settings,
    rows.map(([name = null, from = null, seconds = null]) => ({
      user: name,
      address: from,
      agoMs: seconds === null ? null : Number(seconds) * 1_000,
    })),
  );
}
