import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { openStore, openStoreReadOnly } from '../../../daemon/store/sqlite/open.js';
import { restoreState } from '../../../daemon/store/sqlite/restore.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tillwarden-schema-'));
  openStore(join(parent, 'state')).close();
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function write(sql: string): void {
  const database = new DatabaseSync(join(parent, 'state', 'state.sqlite'));
  database.exec(sql);
  database.close();
}
const refused = expect.objectContaining({ name: 'StoreError', code: 'STORE_SCHEMA' });

test.each([
  [
    'a trigger that makes alerts vanish',
    `create trigger quiet after insert on outbox begin update outbox set state = 'delivered' where id = new.id; end`,
  ],
  ['a view', 'create view mine as select 1'],
  ['an index', 'create index mine on journal (type)'],
  ['a table', 'create table mine (a)'],
  ['a column more', 'alter table meta add column mine text'],
  ['a guard that is gone', 'drop trigger journal_no_update'],
  ['a table that is gone', 'drop table rejection'],
  [
    'a guard that guards nothing',
    'drop trigger journal_no_delete; create trigger journal_no_delete before delete on journal begin select 1; end',
  ],
])('a state store with %s is refused, at the open and at a restore, and can still be read', (_what, sql) => {
  write(sql);
  expect(() => openStore(join(parent, 'state'))).toThrow(refused);
  const restore = () =>
    restoreState(join(parent, 'other'), join(parent, 'state'), {
      ...{ folders: [], aside: 'aside', prepare: () => undefined },
    });
  expect(restore).toThrow(refused);
  const reader = openStoreReadOnly(join(parent, 'state'));
  expect(reader).not.toBeNull();
  reader?.close();
});

test('a state store nobody touched is opened, also the second time', () => {
  expect(() => openStore(join(parent, 'state')).close()).not.toThrow();
});

test('a trigger or a dropped guard is found while the store is open, and that it is put right', () => {
  const store = openStore(join(parent, 'state'));
  expect(() => store.refuseAltered()).not.toThrow();
  write(
    `create trigger quiet after insert on outbox begin update outbox set state = 'delivered' where id = new.id; end`,
  );
  expect(() => store.refuseAltered()).toThrow(refused);
  write('drop trigger quiet');
  expect(() => store.refuseAltered()).not.toThrow();
  write('drop trigger journal_no_update');
  expect(() => store.refuseAltered()).toThrow(refused);
  store.close();
});
