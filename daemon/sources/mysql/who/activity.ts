import {
  ACTIVITY_LIMIT_MS,
  type ActivityRow,
  activityOf,
  LONGEST_ACTIVE_NAME,
  MOST_ACTIVE,
} from '../../relational/activity.js';
import type { ActivitySettings } from '../../relational/config.js';
import { ofTable } from '../../relational/failure.js';
import { type Activity, SourceError } from '../../source.js';
import { columnOf, type Field } from '../column.js';
import { findValues, placesFor } from '../packet.js';
import type { PinnedSession } from '../pinned-session.js';
import { backtick, backtickTable, parseTableName, type TableName } from '../quote.js';
import { BEGIN } from '../settings.js';
import { decodeAscii, decodeBytes } from '../text.js';
import { limited, lockPlainTable } from './plain-table.js';

/** TIMESTAMP and DATETIME (MySQL, field_types.h). Of a column of another type the server reckons no time, or a wrong one. */
const TIME_TYPES: readonly number[] = [7, 12];

/**
 * Asks who was active, the most recent alone. Like the collections the table is locked against renaming first, and must be a plain table. How long
 * ago is reckoned in the server by its own clock and in UTC: a TIMESTAMP is a moment, a DATETIME is taken for one in UTC. Rejects with what the
 * server said, and with `SourceError` for a table or a column of times that cannot be used.
 */
export async function readMysqlActivity(
  session: PinnedSession,
  source: string,
  settings: ActivitySettings,
): Promise<Activity | null> {
  const relation = parseTableName(settings.table);
  if (relation === null) return null;
  const deadline = performance.now() + ACTIVITY_LIMIT_MS + ACTIVITY_LIMIT_MS;
  const remainingMs = () => Math.max(1, deadline - performance.now());
  await session.run(BEGIN, remainingMs());
  try {
    await checkTable(session, source, settings, relation, remainingMs);
    return activityOf(settings, await recentRows(session, settings, relation, remainingMs()));
  } finally {
    if (!session.lost) await session.run('COMMIT', remainingMs()).catch(() => session.destroy());
  }
}

async function checkTable(
  session: PinnedSession,
  source: string,
  { table, user, time, address }: ActivitySettings,
  relation: TableName,
  remainingMs: () => number,
): Promise<void> {
  const names = [time, user, ...(address === undefined ? [] : [address])];
  const plain = await lockPlainTable(session, relation, names, remainingMs);
  const [seen] = plain.fields;
  const found = plain.failure
    ? ofTable(table, plain.failure).detail
    : seen && TIME_TYPES.includes(seen.columnType)
      ? null
      : `${table}: the column ${JSON.stringify(time)} is neither a TIMESTAMP nor a DATETIME`;
  if (found !== null) throw new SourceError('SOURCE_COLLECTION', `source "${source}", activity: ${found}`);
}

async function recentRows(
  session: PinnedSession,
  { user, time, address, withinMs }: ActivitySettings,
  relation: TableName,
  timeoutMs: number,
): Promise<ActivityRow[]> {
  const shortened = (name: string) => `LEFT(${backtick(name)}, ${LONGEST_ACTIVE_NAME})`;
  const seen = backtick(time);
  const statement =
    `SELECT SQL_NO_CACHE ${shortened(user)}, ${address === undefined ? 'NULL' : shortened(address)},` +
    ` TIMESTAMPDIFF(MICROSECOND, ${seen}, UTC_TIMESTAMP(6)) FROM ${backtickTable(relation)}` +
    ` WHERE ${backtick(user)} IS NOT NULL AND ${seen} >= UTC_TIMESTAMP(6) - INTERVAL ${withinMs * 1_000} MICROSECOND` +
    ` ORDER BY 3 LIMIT ${MOST_ACTIVE}`;
  const rows: ActivityRow[] = [];
  await session.stream(limited(session.version, statement), timeoutMs, (fields) => {
    const rowOf = createActivityDecode(session, fields);
    return {
      row: (buffer, start, end) => void rows.push(rowOf(buffer, start, end)),
      pause: () => undefined,
    };
  });
  return rows;
}

/** Names are decoded by the character set of their column; bytes that are no text of it stand as hex. */
function createActivityDecode(
  { charsets }: PinnedSession,
  fields: readonly Field[],
): (buffer: Buffer, start: number, end: number) => ActivityRow {
  const places = placesFor(fields.length);
  const decoders = fields.map((field) => columnOf('', field, Number.MAX_SAFE_INTEGER, charsets).decode);
  return (buffer, start, end) => {
    findValues(buffer, start, end, places);
    const textOf = (i: number) => {
      const place = places[i];
      if (place === undefined || place.start === -1) return null;
      const decode = decoders[i] ?? decodeAscii;
      return decode(buffer, place.start, place.end) ?? decodeBytes(buffer, place.start, place.end);
    };
    const ago = textOf(2);
    return { user: textOf(0), address: textOf(1), agoMs: ago === null ? null : Number(ago) / 1_000 };
  };
}
