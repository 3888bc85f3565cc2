import type { Definition } from '../../../../baselines/index.js';
import type { NameForm } from '../../relational/collections.js';
import type { ActivitySettings } from '../../relational/config.js';
import { type ActiveUser, type Activity, SourceError } from '../../source.js';
import { parseRelation, quoteIdentifier, quoteRelation } from '../quote.js';
import type { Session } from '../session.js';
import { beginReading } from '../settings.js';

/** Users that are looked at. More of them, and nobody is named. */
const MOST_USERS = 10_000;
/** Those that are named or counted. */
const MOST_ACTIVE = 8;
/** An alert waits no longer than this for a name. In milliseconds. */
const LIMIT_MS = 500;
const LONGEST_NAME = 1_024;

/** The table as rights on it are granted and checked. */
export function activityDefinition(source: string, settings: ActivitySettings): Definition {
  const { table, user, time, address } = settings;
  const columns = [...new Set([time, ...(address === undefined ? [] : [address])])].filter(
    (one) => one !== user,
  );
  return { name: 'the activity', kind: 'config', source, table, key: [user], columns, secret: [] };
}

/** Refuses an activity that no such database could give. Throws `SourceError`. */
export function checkActivity(source: string, settings: ActivitySettings | undefined, form: NameForm): void {
  if (settings === undefined) return;
  const { table, user, time, address = user } = settings;
  const needed = !form.isTable(table)
    ? `its table in the form ${form.table}, for instance ${form.example}`
    : [user, time, address].every(form.isIdentifier)
      ? null
      : `column names of ${form.identifier}`;
  if (needed === null) return;
  throw new SourceError('SOURCE_COLLECTION', `source "${source}", activity; needed: ${needed}`);
}

/**
 * Asks who was active. How long ago is reckoned by the server's own clock and functions of pg_catalog, which its owner cannot replace; what is
 * recent is decided here. Rejects with what the server said.
 */
export async function readActivity(
  session: Session,
  settings: ActivitySettings,
  limits: { readonly lockTimeoutMs: number },
): Promise<Activity | null> {
  const { table, user, time, address, withinMs } = settings;
  const relation = parseRelation(table);
  if (relation === null) return null;
  const begin = beginReading({
    ...{ serverVersion: session.serverVersion, encoding: session.encoding },
    ...{ transactionTimeoutMs: LIMIT_MS, lockTimeoutMs: Math.min(LIMIT_MS, limits.lockTimeoutMs) },
  });
  const seen = quoteIdentifier(time);
  const place = address === undefined ? 'NULL' : quoteIdentifier(address);
  const results = await session.run(
    `${begin}; SELECT ${quoteIdentifier(user)}, ${place},` +
      ` pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) ${seen})` +
      ` FROM ${quoteRelation(relation)} LIMIT ${MOST_USERS + 1}; COMMIT`,
    LIMIT_MS + LIMIT_MS,
  );
  const rows = results.at(-2) ?? [];
  if (rows.length > MOST_USERS) return null;
  const users = rows.flatMap(([name, from, seconds]) => activeUser(name, from, seconds, withinMs));
  users.sort((a, b) => a.agoMs - b.agoMs);
  return { table, withinMs, users: users.slice(0, MOST_ACTIVE) };
}

function activeUser(
  user: string | null | undefined,
  address: string | null | undefined,
  seconds: string | null | undefined,
  withinMs: number,
): ActiveUser[] {
  if (user === null || user === undefined || seconds === null || seconds === undefined) return [];
  const agoMs = Math.max(0, Math.round(Number(seconds) * 1_000));
  if (!(agoMs <= withinMs)) return [];
  const shortened = (text: string) => text.slice(0, LONGEST_NAME);
  return [{ user: shortened(user), address: address ? shortened(address) : null, agoMs }];
}
