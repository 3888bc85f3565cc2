import type { Definition } from '../../../baselines/index.js';
import { type ActiveUser, type Activity, SourceError } from '../source.js';
import type { NameForm } from './collections.js';
import type { ActivitySettings } from './config.js';

/** Those that are named or counted. */
export const MOST_ACTIVE = 8;
/** An alert waits no longer than this for a name, and as long again for it to travel. In milliseconds. */
export const ACTIVITY_LIMIT_MS = 500;
/** Characters of a name or an address; the rest is cut off. */
export const LONGEST_ACTIVE_NAME = 1_024;

/** No collection can have this name. */
const NAME = 'the activity';

/** The table as rights on it are granted and checked. */
export function activityDefinition(source: string, settings: ActivitySettings): Definition {
  const { table, user, time, address } = settings;
  const columns = [...new Set([time, ...(address === undefined ? [] : [address])])].filter(
    (one) => one !== user,
  );
  return { name: NAME, kind: 'config', source, table, key: [user], columns, secret: [] };
}

/** Whether a definition is that of an activity, without which everything is read all the same and nobody is named. */
export function isActivity({ name }: Pick<Definition, 'name'>): boolean {
  return name === NAME;
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

/** What a row of the table says: texts as they stand there, and how long ago by the database's clock, in milliseconds. */
export interface ActivityRow {
  readonly user: string | null;
  readonly address: string | null;
  readonly agoMs: number | null;
}

/**
 * Who was active, the last first. Null when somebody was seen in what is yet to come, by more than is looked back: those times are not of the
 * clock that they are measured by, and then neither "nobody" nor a name would be true.
 */
export function activityOf(settings: ActivitySettings, rows: readonly ActivityRow[]): Activity | null {
  const { table, withinMs } = settings;
  if (rows.some(({ agoMs }) => agoMs !== null && agoMs < -withinMs)) return null;
  const users = rows.flatMap((row) => activeUser(row, withinMs));
  users.sort((a, b) => a.agoMs - b.agoMs);
  return { table, withinMs, users: users.slice(0, MOST_ACTIVE) };
}

function activeUser({ user, address, agoMs: ago }: ActivityRow, withinMs: number): ActiveUser[] {
  if (user === null || ago === null) return [];
  const agoMs = Math.max(0, Math.round(ago));
  if (!(agoMs <= withinMs)) return [];
  const shortened = (text: string) => text.slice(0, LONGEST_ACTIVE_NAME);
  return [{ user: shortened(user), address: address ? shortened(address) : null, agoMs }];
}
