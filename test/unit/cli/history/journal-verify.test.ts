import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { checkJournal, type JournalReport } from '../../../../daemon/cli/history/journal-walk.js';
import { baselineEvent, trustRootEvent } from '../../../../daemon/store/journal/approval.js';
import { allEntries, journalHash } from '../../../../daemon/store/journal/chain.js';
import { openStore, openStoreReadOnly } from '../../../../daemon/store/sqlite/open.js';
import type { JournalEntry } from '../../../../daemon/store/store.js';

let directory: string;
/** Heads in the order in which alerts would have told them. */
let heads: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-journal-'));
  const store = openStore(directory);
  heads = [1, 2, 3, 4, 5].map((n) =>
    store.transaction((tx) => {
      tx.baselines.remember('prague-1', { version: n, digest: 'ab'.repeat(32) });
      return tx.journal.append(
        baselineEvent('prague-1', { version: n, digest: 'ab'.repeat(32), signers: [], recovery: [] }, null),
        n,
      );
    }),
  );
  store.close();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What somebody does who can write the state: the triggers do not hold them. */
function attack(work: (database: InstanceType<typeof DatabaseSync>) => void): void {
  const database = new DatabaseSync(join(directory, 'state.sqlite'));
  database.exec('drop trigger if exists journal_no_update; drop trigger if exists journal_no_delete;');
  work(database);
  database.close();
}

/** Gives every entry the sequence number, predecessor and hash that fit again. */
function rehash(database: InstanceType<typeof DatabaseSync>): void {
  const rows = database.prepare('select * from journal order by seq').all() as Record<string, unknown>[];
  database.exec('delete from journal');
  let previous = '0'.repeat(64);
  for (const [index, row] of rows.entries()) {
    const entry = {
      ...{ seq: index + 1, atMs: Number(row['at_ms']), type: String(row['type']) },
      ...{ body: String(row['body']), previous },
    };
    const hash = journalHash(entry);
    database
      .prepare('insert into journal values (?, ?, ?, ?, ?, ?)')
      .run(entry.seq, entry.atMs, entry.type, entry.body, previous, hash);
    previous = hash;
  }
}

test('text behind a NUL in a body, which the driver leaves out, is no whole entry', () => {
  attack((database) => {
    database.exec(
      "update journal set body = body || char(0) || ' and what alice never signed' where seq = 3",
    );
  });
  expect(check()).toMatchObject({ entries: 2, broken: { seq: 3, what: 'changed' } });
});

test('text behind a NUL in any other column of an entry is none either', () => {
  for (const column of ['type', 'previous', 'hash']) {
    attack((database) => {
      database.exec(`update journal set ${column} = ${column} || char(0) || 'x' where seq = 2`);
    });
    expect([column, check().broken]).toEqual([column, expect.objectContaining({ seq: 2 })]);
    attack((database) => {
      database.exec(
        `update journal set ${column} = substr(${column}, 1, instr(${column}, char(0)) - 1) where seq = 2`,
      );
    });
  }
});

function check(told: string | null = null): JournalReport {
  const store = openStoreReadOnly(directory);
  if (store === null) throw new Error('there is no state');
  try {
    return checkJournal(store, told);
  } finally {
    store.close();
  }
}

function entries(): JournalEntry[] {
  const store = openStoreReadOnly(directory);
  try {
    return store === null ? [] : [...allEntries(store)];
  } finally {
    store?.close();
  }
}

describe('a journal nobody touched', () => {
  test('is whole, and each head that was told is found by its beginning', () => {
    expect(check()).toEqual({
      entries: 5,
      head: heads[4],
      broken: null,
      forgotten: [],
      lowered: [],
      folds: [],
    });
    for (const [index, head] of heads.entries()) {
      expect(check(head.slice(0, 20)).told).toEqual({ seq: index + 1, atMs: index + 1 });
    }
    expect(check('0'.repeat(20)).told).toEqual({ seq: 0, atMs: 0 });
    expect(check('f'.repeat(20)).told).toBeNull();
  });
});

describe('an attack on the journal is found, and where', () => {
  test('when the body of an entry was changed', () => {
    attack((database) => database.exec(`update journal set body = '{}' where seq = 2`));
    expect(check()).toMatchObject({ entries: 1, head: heads[0], broken: { seq: 2, what: 'changed' } });
    // What comes after cannot be proven any more.
    expect(check(heads[3] ?? '').told).toBeNull();
  });

  test('when its hash was made to fit, the next one does not follow', () => {
    attack((database) => {
      const entry = { seq: 2, atMs: 2, type: 'baseline-in-force', body: '{}', previous: heads[0] ?? '' };
      database.prepare(`update journal set body = '{}', hash = ? where seq = 2`).run(journalHash(entry));
    });
    expect(check().broken).toEqual({ seq: 3, what: 'detached' });
  });

  test('when an entry was removed from the middle', () => {
    attack((database) => database.exec('delete from journal where seq = 3'));
    expect(check()).toMatchObject({ entries: 2, broken: { seq: 3, what: 'missing' } });
  });

  test('when the first entries were removed', () => {
    attack((database) => database.exec('delete from journal where seq <= 2'));
    expect(check()).toMatchObject({ entries: 0, broken: { seq: 1, what: 'missing' } });
  });

  test('when the tail was cut off, by a head that was told of it', () => {
    attack((database) => database.exec('delete from journal where seq >= 4'));
    expect(check()).toMatchObject({ entries: 3, head: heads[2], broken: null });
    expect(check(heads[4]?.slice(0, 20) ?? '').told).toBeNull();
    expect(check(heads[2]?.slice(0, 20) ?? '').told).toEqual({ seq: 3, atMs: 3 });
  });

  test('when everything was written anew from a changed entry on, by a head that was told after it', () => {
    attack((database) => {
      database.exec(`update journal set body = '{"forged":true}' where seq = 4`);
      rehash(database);
    });
    expect(check()).toMatchObject({ entries: 5, broken: null });
    expect(check(heads[2] ?? '').told).toEqual({ seq: 3, atMs: 3 });
    expect(check(heads[3] ?? '').told).toBeNull();
    expect(check(heads[4] ?? '').told).toBeNull();
  });

  test('when the remembered version was lowered and the journal left alone', () => {
    attack((database) => database.exec('update remembered_baseline set version = 2'));
    expect(check().forgotten).toEqual([{ site: 'prague-1', remembered: 2, journal: 5 }]);
    attack((database) => database.exec('delete from remembered_baseline'));
    expect(check().forgotten).toEqual([{ site: 'prague-1', remembered: null, journal: 5 }]);
  });

  test('and so is an entry that somebody put behind the last one', () => {
    attack((database) =>
      database.exec(`insert into journal values (6, 6, 'verdict', '{}', '${heads[4]}', '${heads[4]}')`),
    );
    expect(entries()).toHaveLength(6);
    expect(check().broken).toEqual({ seq: 6, what: 'changed' });
  });
});

test('a journal in which trust root 1 was in force after 2 says so, and another pin begins anew', () => {
  const store = openStore(directory);
  const note = (version: number, pin: string) =>
    store.transaction((tx) => {
      const step = { version, digest: 'cd'.repeat(32), signers: [], recovery: [] };
      tx.journal.append(trustRootEvent(step, pin), 6);
    });
  note(2, 'aa');
  note(1, 'bb');
  note(3, 'aa');
  note(1, 'aa');
  store.close();
  expect(check().lowered).toEqual([{ seq: 9, version: 1, before: 3 }]);
});
