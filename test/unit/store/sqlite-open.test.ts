import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { checkJournal } from '../../../daemon/cli/history/journal-walk.js';
import { Statements } from '../../../daemon/store/sqlite/database.js';
import { formatOf, migrate } from '../../../daemon/store/sqlite/migrate.js';
import { MIGRATIONS } from '../../../daemon/store/sqlite/migrations/index.js';
import { openStore, openStoreReadOnly } from '../../../daemon/store/sqlite/open.js';
import { SqliteStore } from '../../../daemon/store/sqlite/sqlite-store.js';
import { alert, numbered } from '../../contract/store/scene.js';
import { claim, noteDelivered, noteNotDelivered, retryUndelivered } from '../../support/deliver.js';
import { waitFor } from '../../support/wait.js';

const BUILT = join(dirname(fileURLToPath(import.meta.url)), '../../../dist/daemon/store/sqlite/open.js');
const coded = (code: string) => expect.objectContaining({ name: 'StoreError', code });

let parent: string;
let directory: string;
const file = (name: string) => join(directory, name);
const modeOf = (path: string) => statSync(path).mode & 0o777;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tillwarden-open-'));
  directory = join(parent, 'state');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('opening the store', () => {
  test('makes a directory and files that nobody else can read', () => {
    const store = openStore(directory);
    store.transaction((tx) => tx.meta.set('config', 'b'));
    expect(modeOf(directory)).toBe(0o700);
    for (const name of [
      'state.sqlite',
      'state.sqlite-wal',
      'state.sqlite-shm',
      'lock.sqlite',
      'daemon.pid',
    ]) {
      expect([name, modeOf(file(name)).toString(8)]).toEqual([name, '600']);
    }
    store.close();
  });

  test('leaves the mode of a directory alone that it did not make', () => {
    mkdirSync(directory);
    // Whatever the umask is.
    chmodSync(directory, 0o750);
    openStore(directory).close();
    expect(modeOf(directory)).toBe(0o750);
  });

  test('writes durably: write-ahead log, synchronous full', () => {
    const store = openStore(directory);
    const { sql } = store as unknown as { sql: Statements };
    expect(sql.get('pragma journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(sql.get('pragma synchronous')).toEqual({ synchronous: 2 });
    store.close();
  });

  test('waits for the disk at each commit but those that say they need not, and again after them, also when they fail', () => {
    const store = openStore(directory);
    const { sql } = store as unknown as { sql: Statements };
    const durable = () => Number(sql.get('pragma synchronous')?.['synchronous']) === 2;
    expect(store.transaction(durable, { durable: false })).toBe(false);
    expect(store.transaction(durable)).toBe(true);
    const fail = () => {
      throw new RangeError('no');
    };
    expect(() => store.transaction(fail, { durable: false })).toThrow(RangeError);
    expect(store.transaction(durable)).toBe(true);
    store.close();
  });

  test('knows when somebody removes or replaces the file it writes', () => {
    const store = openStore(directory);
    expect(store.inPlace()).toBe(true);
    rmSync(file('state.sqlite'));
    store.transaction((tx) => tx.meta.set('config', 'b'));
    expect(store.inPlace()).toBe(false);
    writeFileSync(file('state.sqlite'), '');
    expect(store.inPlace()).toBe(false);
    store.close();
  });

  test.each(['state.sqlite-wal', 'state.sqlite-shm'])(
    'knows when somebody removes or replaces %s, which holds what was recorded last',
    (beside) => {
      const store = openStore(directory);
      store.transaction((tx) => tx.meta.set('config', 'a'));
      expect(store.inPlace()).toBe(true);
      const bytes = readFileSync(file(beside));
      rmSync(file(beside));
      expect(store.inPlace()).toBe(false);
      writeFileSync(file(beside), bytes);
      expect(store.inPlace()).toBe(false);
      store.close();
    },
  );

  test('refuses a second daemon and names the first', () => {
    const store = openStore(directory);
    expect(() => openStore(directory)).toThrow(coded('STORE_IN_USE'));
    expect(() => openStore(directory)).toThrow(`(process ${process.pid})`);
    store.transaction((tx) => tx.meta.set('config', 'still works'));
    expect(() => openStore(directory)).toThrow(coded('STORE_IN_USE'));
    store.close();
    openStore(directory).close();
  });

  test('refuses a second daemon in another process as long as the first lives', async () => {
    const attempt = async () => {
      const script = `import { openStore } from ${JSON.stringify(BUILT)};
        try { openStore(${JSON.stringify(directory)}).close(); console.log('opened'); } catch (error) { console.log(error.code); }`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
      return stdout.trim();
    };
    const store = openStore(directory);
    expect(await attempt()).toBe('STORE_IN_USE');
    store.close();
    expect(await attempt()).toBe('opened');
  });

  test('is not kept out by files that a killed daemon left', () => {
    mkdirSync(directory);
    writeFileSync(file('daemon.pid'), '1\n');
    writeFileSync(file('lock.sqlite'), '');
    openStore(directory).close();
  });

  test('refuses the state of a newer program, and leaves it alone', () => {
    openStore(directory).close();
    const newer = new DatabaseSync(file('state.sqlite'));
    newer.exec('pragma user_version = 99');
    newer.close();
    expect(() => openStore(directory)).toThrow(coded('STORE_NEWER'));
    expect(() => openStoreReadOnly(directory)).toThrow(coded('STORE_NEWER'));
    expect(() => openStore(directory)).toThrow(coded('STORE_NEWER'));
  });

  test.each([
    ['is no database', Buffer.alloc(8192, 'x'), 0],
    ['is a database with a page of junk', Buffer.alloc(4096, 0xab), 4096],
  ])('refuses a file that %s', (_what, junk, at) => {
    const store = openStore(directory);
    store.transaction((tx) => {
      for (let n = 0; n < 500; n++) tx.meta.set(`installed:${'x'.repeat(500)}${n}`, n);
    });
    store.close();
    overwrite(file('state.sqlite'), junk, at);
    expect(() => openStore(directory)).toThrow(coded('STORE_CORRUPT'));
    expect(() => openStore(directory)).toThrow(coded('STORE_CORRUPT'));
  });

  test('looks a large state through while it is used: damage is told then, and refused by the next start before anything else', async () => {
    const fill = openStore(directory);
    fill.transaction((tx) => {
      for (let n = 0; n < 2_000; n++) tx.journal.append(numbered(n), n);
    });
    fill.close();
    const whole = readFileSync(file('state.sqlite'));
    const open = () => openStore(directory, undefined, 0);
    overwrite(file('state.sqlite'), Buffer.alloc(4096, 0xab), whole.length - 8192);
    const store = open();
    await waitFor(() => expect(() => store.refuseAltered()).toThrow(coded('STORE_CORRUPT')) ?? true, {
      what: 'the damage to be found',
    });
    store.close();
    expect(open).toThrow(coded('STORE_CORRUPT'));
    expect(open).toThrow(coded('STORE_CORRUPT'));
    writeFileSync(file('state.sqlite'), whole);
    const restored = open();
    restored.refuseAltered();
    restored.close();
    expect(existsSync(file('state.sqlite-damaged'))).toBe(false);
  });

  test('says so when the directory cannot be made', () => {
    writeFileSync(join(parent, 'state'), 'a file in the way');
    expect(() => openStore(directory)).toThrow(coded('STORE_UNREADABLE'));
  });
});

describe('reading beside the daemon', () => {
  test('finds nothing where no daemon ever ran', () => {
    expect(openStoreReadOnly(directory)).toBeNull();
    mkdirSync(directory);
    writeFileSync(file('state.sqlite'), '');
    expect(openStoreReadOnly(directory)).toBeNull();
  });

  test('sees what the daemon has committed, while it runs and after', () => {
    const store = openStore(directory);
    const reader = openStoreReadOnly(directory);
    store.transaction((tx) => {
      tx.meta.set('config', 'b');
      expect(reader?.meta.get('config')).toBeNull();
    });
    expect(reader?.meta.get('config')).toBe('b');
    store.transaction((tx) => tx.meta.set('config', 'c'));
    expect(reader?.meta.get('config')).toBe('c');
    reader?.close();
    store.close();
    const later = openStoreReadOnly(directory);
    expect(later?.meta.get('config')).toBe('c');
    later?.close();
  });
});

describe('a store that cannot write', () => {
  const open = (
    options: { readOnly?: boolean },
    after: (database: InstanceType<typeof DatabaseSync>) => void,
  ) => {
    openStore(directory).close();
    const database = new DatabaseSync(file('state.sqlite'), options);
    after(database);
    return new SqliteStore(new Statements(database), () => undefined);
  };

  test('says that the disk is full, records nothing of the transaction, and works again afterwards', () => {
    const store = open({}, (database) => {
      database.exec('pragma journal_mode = wal');
      const { page_count } = database.prepare('pragma page_count').get() as { page_count: number };
      database.exec(`pragma max_page_count = ${page_count + 10}`);
    });
    const fill = () =>
      store.transaction((tx) => {
        tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
        for (let n = 0; n < 1000; n++)
          tx.journal.append({ type: 'digest', body: { date: 'x'.repeat(1000) } }, n);
      });
    expect(fill).toThrow(coded('STORE_FULL'));
    expect(store.incidents.list({})).toEqual([]);
    expect(store.journal.entries(0, 1)).toEqual([]);
    store.transaction((tx) => tx.meta.set('config', 'b'));
    expect(store.meta.get('config')).toBe('b');
    store.close();
  });

  test('says that it is read-only', () => {
    const store = open({ readOnly: true }, () => undefined);
    expect(() => store.transaction((tx) => tx.meta.set('config', 'b'))).toThrow(coded('STORE_READ_ONLY'));
    expect(() => retryUndelivered(store, 1)).toThrow(coded('STORE_READ_ONLY'));
    expect(() => noteDelivered(store, 1, 'receipt', 1)).toThrow(coded('STORE_READ_ONLY'));
    store.close();
  });

  test('refuses to change or delete a journal entry', () => {
    const store = open({}, () => undefined);
    store.transaction((tx) => tx.journal.append(numbered(1), 1));
    store.close();
    const database = new DatabaseSync(file('state.sqlite'));
    expect(() => database.exec("update journal set body = '{}'")).toThrow('append-only');
    expect(() => database.exec('delete from journal')).toThrow('append-only');
    database.close();
  });

  test('holds back a delivery that cannot be journalled: both are one transaction', () => {
    const store = open({}, () => undefined);
    store.transaction((tx) =>
      tx.outbox.enqueue(alert('a1'), [{ name: 'slack', parts: ['message'] }], { atMs: 1 }),
    );
    const message = claim(store, 'slack', 2);
    const database = new DatabaseSync(file('state.sqlite'));
    database.exec("create trigger full before insert on journal begin select raise(abort, 'full'); end");
    expect(() => noteDelivered(store, message?.id ?? 0, 'receipt', 3)).toThrow();
    expect(() => noteNotDelivered(store, message?.id ?? 0, 'refused', null, 3)).toThrow();
    expect(store.outbox.messages({ limit: 1 })).toMatchObject([{ state: 'claimed', deliveredMs: null }]);
    database.exec('drop trigger full');
    database.close();
    expect(noteDelivered(store, message?.id ?? 0, 'receipt', 4)).toBe(true);
    store.close();
  });

  test.each([
    ['changed', "update journal set body = '{}' where seq = 2", { seq: 2, what: 'changed' }],
    ['removed', 'delete from journal where seq = 2', { seq: 2, what: 'missing' }],
    [
      'gave a type of another alphabet',
      "update journal set type = 'A' || char(10) where seq = 2",
      { seq: 2, what: 'changed' },
    ],
    ['put first', "insert into journal values (0, 1, 'verdict', '{}', '', '')", null],
    ['renumbered', 'update journal set seq = 9 where seq = 3', { seq: 3, what: 'missing' }],
  ])('finds a journal entry that somebody %s', (_what, tampering, found) => {
    const store = open({}, () => undefined);
    store.transaction((tx) => {
      for (let n = 1; n <= 3; n++) tx.journal.append(numbered(n), n);
    });
    expect(checkJournal(store, null).broken).toBeNull();
    store.close();
    const database = new DatabaseSync(file('state.sqlite'));
    database.exec('drop trigger journal_no_update; drop trigger journal_no_delete;');
    database.exec(tampering);
    database.close();
    const reader = openStoreReadOnly(directory);
    expect(reader === null ? undefined : checkJournal(reader, null).broken).toEqual(found);
    reader?.close();
  });
});

describe('migrations', () => {
  test('are applied in order, once, each whole or not at all', () => {
    const sql = new Statements(new DatabaseSync(':memory:'));
    const first = 'create table a (x any) strict';
    const second = 'create table b (x any) strict';
    expect(() => migrate(sql, [first, `${second}; insert into nowhere values (1)`])).toThrow();
    expect(formatOf(sql)).toBe(1);
    expect(sql.get("select name from sqlite_schema where name = 'b'")).toBeNull();
    migrate(sql, [first, second]);
    migrate(sql, [first, second]);
    expect(formatOf(sql)).toBe(2);
    sql.close();
  });

  test('bring along what format 1 held: what waits keeps its text, and what was told is not told again', () => {
    mkdirSync(directory);
    const before = new Statements(new DatabaseSync(file('state.sqlite')));
    migrate(before, MIGRATIONS.slice(0, 1));
    before.exec(`
      insert into incident (id, site, topic, state, severity, revision, opened_ms)
        values ('7f3a', 's', 'drift', 'open', 'high', 'r', 5);
      insert into finding (incident, site, fingerprint, severity, reason, grace_ms, subject, first_seen_ms, told_ms)
        values ('7f3a', 's', 'f1', 'high', 'r', 0, '{"what":"config","detail":"d"}', 5, 6);
      insert into alert (id, incident, severity, body, created_ms)
        values ('a1', '7f3a', 'high', '{"id":"a1"}', 5), ('a2', '7f3a', 'high', '{"id":"a2"}', 6);
      insert into outbox (alert, incident, channel, part, part_rank, severity_rank, state, next_attempt_ms, receipt, created_ms)
        values ('a1', '7f3a', 'slack', 'message', 0, 1, 'delivered', 5, 'ts-1', 5),
               ('a2', '7f3a', 'slack', 'message', 0, 1, 'pending', 6, null, 6);`);
    before.close();

    const store = openStore(directory);
    expect(store.incidents.find('7f3a')).toMatchObject({
      incident: { page: 1, event: 1 },
      open: [{ fingerprint: 'f1' }],
    });
    const waiting = claim(store, 'slack', 10);
    expect(waiting?.content).toEqual({ role: 'notice', alert: { id: 'a2' } });
    noteDelivered(store, waiting?.id ?? 0, 'ts-2', 11);
    store.transaction((tx) => {
      const incident = tx.incidents.unresolved('s', 'drift');
      if (incident === null) throw new Error('no incident');
      tx.findings.end('7f3a', [{ fingerprint: 'f1', ending: 'cleared' }], 12);
      tx.incidents.advance(incident, { state: 'open', page: incident.page }, 12);
      tx.outbox.addPending(
        { incident: '7f3a', role: 'follow-up', severity: 'low' },
        [{ name: 'slack', parts: ['message'] }],
        12,
      );
    });
    expect(claim(store, 'slack', 12)).toMatchObject({
      thread: 'ts-1',
      content: {
        role: 'follow-up',
        page: 1,
        news: { fresh: [], ended: [{ fingerprint: 'f1', unnotified: false }] },
      },
    });
    store.close();
  });
});

function overwrite(path: string, bytes: Buffer, at: number): void {
  const content = readFileSync(path);
  bytes.copy(content, at);
  writeFileSync(path, content);
}
