import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import type { Hint } from '../../daemon/sources/source.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openSourceAs, readerRole, type TestSource, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
let open: TestSource | null = null;
const collections = [
  table('terminal', ['id'], ['serial_number', 'name']),
  table('crypto_setting', ['id'], ['sell_wallet_address', 'extra']),
  table('person', ['id'], ['email', 'phone']),
];

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(installSql({ role: await readerRole(db), channel: null, definitions: collections }));
});
afterEach(async () => {
  await open?.close();
  open = null;
});
afterAll(async () => db.drop());

async function polling(config = {}): Promise<TestSource> {
  open = await openSourceAs(db.urlAs(await readerRole(db)), collections, {
    hints: 'poll',
    pollIntervalMs: 20,
    ...config,
  });
  await open.listen();
  return open;
}

const changed = (hints: readonly Hint[]) =>
  hints.flatMap((hint) => (hint.type === 'changed' ? hint.collections : []));

/** Resolves when every small table was asked about after now: the table that is changed last is told last. */
async function askedAgain({ hints }: TestSource): Promise<void> {
  const seen = changed(hints).filter((name) => name === 'person').length;
  await db.query('update person set phone = coalesce(phone, $1) || 1 where id = 1', ['']);
  await waitFor(() => changed(hints).filter((name) => name === 'person').length > seen, {
    what: 'the change to be told',
  });
}

test('hints: poll: a change is heard with nothing installed, and only its collection is named', async () => {
  const source = await polling();
  expect(await db.query("select from pg_trigger where tgname ~ '^tillwarden'")).toEqual([]);
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qthief' where id = 1");
  await waitFor(() => changed(source.hints).length > 0, { what: 'the hint' });
  await db.query("insert into terminal (serial_number, name, type) values ('P1', 'n', 't')");
  await waitFor(() => changed(source.hints).length > 1, { what: 'the second hint' });
  await db.query("delete from terminal where serial_number = 'P1'");
  await waitFor(() => changed(source.hints).length > 2, { what: 'the third hint' });
  await db.query('update crypto_setting set sell_wallet_address = null where id = 1');
  await waitFor(() => changed(source.hints).length > 3, { what: 'the fourth hint' });
  await db.query("update crypto_setting set sell_wallet_address = '' where id = 1");
  await waitFor(() => changed(source.hints).length > 4, { what: 'null and the empty text to be told apart' });
  expect(changed(source.hints)).toEqual([
    'crypto_setting',
    'terminal',
    'terminal',
    'crypto_setting',
    'crypto_setting',
  ]);
});

test('hints: poll: heartbeats and rows written as they were wake nobody', async () => {
  const source = await polling();
  await db.query(
    'update terminal set last_ping = now(), errors = errors + 1; update terminal set name = name',
  );
  await askedAgain(source);
  expect(new Set(changed(source.hints))).toEqual(new Set(['person']));
});

test('hints: poll: a table that is gone is told, comes back, and keeps no other from being heard', async () => {
  const source = await polling();
  await db.query('alter table terminal rename to terminal_away');
  await waitFor(() => changed(source.hints).includes('terminal'), { what: 'the lost table to be told' });
  await askedAgain(source);
  expect(source.source.degradations()).toMatchObject([
    {
      code: 'SOURCE_POLL_SLOW',
      message: expect.stringContaining('one collection has more than 2000 rows or'),
    },
  ]);
  const seen = changed(source.hints).filter((name) => name === 'terminal').length;
  await db.query('alter table terminal_away rename to terminal');
  await waitFor(() => changed(source.hints).filter((name) => name === 'terminal').length > seen, {
    what: 'its return to be told',
  });
  await waitFor(() => source.source.degradations().length === 0, { what: 'no degradation' });
});

test('hints: poll: a table of many rows is heard of too, later, and says so', async () => {
  const source = await polling();
  await db.query(
    "insert into terminal (serial_number, name, type) select 'M' || g, 'n', 't' from generate_series(1, 3000) g",
  );
  await waitFor(() => source.source.degradations().length > 0, { what: 'the degradation' });
  const seen = changed(source.hints).filter((name) => name === 'terminal').length;
  await waitFor(
    async () => {
      await db.query("update terminal set name = name || '.' where serial_number = 'M3000'");
      return changed(source.hints).filter((name) => name === 'terminal').length > seen;
    },
    { what: 'the change of the last row' },
  );
  await db.query("delete from terminal where serial_number ~ '^M'");
});

test('hints: poll: a lost connection is told, and the next one listens', async () => {
  const source = await polling();
  const role = await readerRole(db);
  await db.querySuperuser('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
    role,
  ]);
  await waitFor(() => source.hints.some(({ type }) => type === 'disconnected'), { what: 'the loss' });
  await waitFor(() => source.hints.at(-1)?.type === 'listening', { what: 'listening anew' });
  await askedAgain(source);
});
