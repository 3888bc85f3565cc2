import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { checkJournal, entriesBetween } from '../../../../daemon/cli/history/journal-walk.js';
import { foldOnce } from '../../../../daemon/store/folding/fold.js';
import { allEntries, journalHash } from '../../../../daemon/store/journal/chain.js';
import { KEPT_TYPES } from '../../../../daemon/store/journal/fold.js';
import { MIGRATIONS } from '../../../../daemon/store/sqlite/migrations/index.js';
import type { JournalEntry, Store } from '../../../../daemon/store/store.js';
import { DAY_MS, pastIncident, signedBaseline } from '../../../support/old-store.js';
import { temporaryStore } from '../../../support/temporary-store.js';

const NOW = 1000 * DAY_MS;
let kept: ReturnType<typeof temporaryStore>;
let store: Store;
beforeEach(() => {
  kept = temporaryStore();
  store = kept.store;
});
afterEach(() => kept.remove());

const fold = (more: Partial<Parameters<typeof foldOnce>[0]> = {}) =>
  foldOnce({
    ...{ store, directory: kept.directory, beforeMs: NOW - 400 * DAY_MS, sites: ['prague-1'] },
    ...{ clock: () => NOW, stopped: () => false, leastEntries: 1 },
    ...more,
  });
const folder = () => join(kept.directory, 'folded');
const check = (told: string | null = null) => checkJournal(store, told, folder());
const linesOf = (name: string) =>
  gunzipSync(readFileSync(join(folder(), name)))
    .toString()
    .trim()
    .split('\n');
const seqs = () => [...allEntries(store)].map(({ seq }) => seq);

/** Two old incidents around a baseline, and a young one. */
function years(): { readonly old: readonly string[]; readonly young: string } {
  const first = pastIncident(store, 10 * DAY_MS);
  signedBaseline(store, 1, 11 * DAY_MS);
  const second = pastIncident(store, 12 * DAY_MS);
  const young = pastIncident(store, NOW - DAY_MS);
  return { old: [first, second], young };
}

describe('what is old', () => {
  test('goes by its place in the order where a clock was far ahead, and the proof is whole', async () => {
    pastIncident(store, 10 * DAY_MS);
    pastIncident(store, 99_000 * DAY_MS);
    pastIncident(store, 12 * DAY_MS);
    const old = [...allEntries(store)];
    pastIncident(store, 99_000 * DAY_MS + 1);
    pastIncident(store, NOW - DAY_MS);
    const all = [...allEntries(store)];
    // The entry that decides whether there is enough to fold is one of the clock that was wrong.
    const ahead = old.find(({ atMs }) => atMs > NOW)?.seq ?? 0;
    expect(await fold({ leastEntries: ahead })).toBe(true);
    expect(await fold()).toBe(false);
    expect(linesOf('000001.journal.jsonl.gz').map((line) => JSON.parse(line))).toEqual(old);
    expect(seqs()).toEqual([...all.slice(old.length).map(({ seq }) => seq), all.length + 1]);
    expect(check(old[ahead - 1]?.hash)).toMatchObject({ broken: null, told: { seq: ahead } });
  });

  test('does not go where nothing old follows what a clock that was far ahead wrote', async () => {
    pastIncident(store, 99_000 * DAY_MS);
    pastIncident(store, NOW - DAY_MS);
    expect(await fold()).toBe(false);
    expect(existsSync(join(folder(), '000001.journal.jsonl.gz'))).toBe(false);
  });

  test('leaves the store for two files, but for who signed what and one line of each incident; the young stays', async () => {
    const { old, young } = years();
    const before = [...allEntries(store)];
    const baseline = before.find(({ type }) => type === 'baseline-in-force');
    const last = before.findLast(({ atMs }) => atMs < NOW - 2 * DAY_MS);
    expect(await fold()).toBe(true);
    expect(await fold()).toBe(false);
    expect(linesOf('000001.journal.jsonl.gz').map((line) => JSON.parse(line))).toEqual(
      before.slice(0, last?.seq),
    );
    expect(seqs()).toEqual([
      baseline?.seq,
      ...before.slice(last?.seq).map(({ seq }) => seq),
      before.length + 1,
    ]);
    for (const id of old) {
      expect(store.incidents.find(id)).toMatchObject({
        incident: { id, state: 'resolved' },
        open: [],
        ended: [],
      });
      expect([store.outbox.messagesOf(id), store.folds.ofIncident(id)]).toEqual([
        [],
        { number: 1, atMs: NOW },
      ]);
      expect(linesOf('000001.details.jsonl.gz').join()).toContain(`"incident":{"id":"${id}"`);
    }
    expect(store.incidents.find(young)?.ended).toHaveLength(1);
    expect(store.outbox.messagesOf(young)).toHaveLength(2);
    expect(store.outbox.messages({ limit: 100 })).toHaveLength(4);
    expect(readdirSync(folder())).toEqual(['000001.details.jsonl.gz', '000001.journal.jsonl.gz']);
  });

  test('is called hostile for ever: the same, come again years later, is known as that', async () => {
    const { old } = years();
    const [incident = ''] = old;
    const fingerprint = `f-${10 * DAY_MS}`;
    store.transaction((tx) =>
      tx.findings.reject(incident, { fingerprint, person: 'anna', atMs: 10 * DAY_MS }),
    );
    await fold();
    expect(linesOf('000001.details.jsonl.gz').join()).toContain('"person":"anna"');
    store.transaction((tx) => {
      const { id } = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, NOW);
      const condition = { fingerprint, severity: 'high', reason: 'again', graceMs: 0 } as const;
      const subject = { what: 'blind', source: 'cas', detail: 'lost' } as const;
      tx.findings.add(
        { incident: id, site: 'prague-1', condition: { ...condition, subject }, notified: true },
        NOW,
      );
    });
    expect(store.findings.openRejections('prague-1')).toMatchObject([{ fingerprint, person: 'anna' }]);
  });

  test('is walked by the proof from the first entry on, a head that was told long ago among it, fold after fold', async () => {
    years();
    const all = [...allEntries(store)];
    const [, second] = all;
    await fold();
    const report = check(second?.hash.slice(0, 20));
    expect(report).toMatchObject({ entries: all.length + 1, broken: null, told: { seq: 2 }, forgotten: [] });
    expect(report.folds).toMatchObject([{ from: 1, file: 'whole' }]);
    await fold({ beforeMs: NOW + 300 * DAY_MS, clock: () => NOW + 700 * DAY_MS });
    expect(check(second?.hash).folds).toMatchObject([{ from: 1 }, { file: 'whole' }]);
    expect(check(all.at(-1)?.hash)).toMatchObject({ broken: null, told: { seq: all.length } });
    expect(check('f'.repeat(20)).told).toBeNull();
  });

  test('stays from the first incident on that is not resolved, and from the first message on that waits', async () => {
    pastIncident(store, 10 * DAY_MS);
    const open = pastIncident(store, 12 * DAY_MS, false);
    pastIncident(store, 13 * DAY_MS);
    await fold();
    const [fold1] = check().folds;
    expect(store.journal.entries(0, 1)[0]?.body).toContain(open);
    expect(store.incidents.find(open)?.open).toHaveLength(1);
    expect(await fold()).toBe(false);
    expect(check().folds).toEqual([fold1]);
  });

  test('stays with an incident of which a message was given up', async () => {
    const id = pastIncident(store, 10 * DAY_MS);
    const database = new DatabaseSync(join(kept.directory, 'state.sqlite'));
    database.exec(`update outbox set state = 'failed' where incident = '${id}' and channel = 'mail'`);
    database.close();
    await fold();
    expect([store.folds.ofIncident(id), store.outbox.messagesOf(id).length]).toEqual([null, 2]);
  });

  test('is not folded for a few entries, and what was seen of a site that is watched no more goes with it', async () => {
    years();
    for (const site of ['prague-1', 'brno-1']) {
      const delta = { collection: 'terminals', recordsDigest: 'd', count: 1, observedAtMs: 9 * DAY_MS };
      const upserts = [{ key: '["1"]', ordinal: 0, line: '{}' }];
      store.transaction((tx) => tx.observed.save(site, { ...delta, replace: true, upserts, removals: [] }));
    }
    expect(await fold({ leastEntries: 1000 })).toBe(false);
    expect(existsSync(folder())).toBe(false);
    await fold();
    expect(store.observed.lines('brno-1', 'terminals')).toBeNull();
    expect(store.observed.lines('prague-1', 'terminals')).toEqual(['{}']);
  });

  test('cannot be removed from the store where no fold covers it, nor what stays for ever', async () => {
    years();
    await fold();
    const database = new DatabaseSync(join(kept.directory, 'state.sqlite'));
    for (const entry of [...allEntries(store)]) {
      expect(() => database.exec(`delete from journal where seq = ${entry.seq}`)).toThrow('append-only');
    }
    database.close();
    expect(MIGRATIONS.join()).toContain(
      `old.type in (${[...KEPT_TYPES].map((type) => `'${type}'`).join(', ')})`,
    );
  });

  test('is the same whenever it is interrupted: before the entry the files are written anew, after it the rest is removed', async () => {
    years();
    const all = [...allEntries(store)];
    const count = all.length;
    let steps = 0;
    for (let limit = 0; limit < 12; limit++) {
      steps = 0;
      await fold({ stopped: () => steps++ >= limit });
      expect(check(all[1]?.hash)).toMatchObject({ broken: null, told: { seq: 2 } });
      expect(check().folds.length).toBeLessThanOrEqual(1);
    }
    await fold();
    expect(check()).toMatchObject({ broken: null, entries: count + 1 });
    expect(store.journal.entries(0, 1)[0]?.type).toBe('baseline-in-force');
  });

  test('stays where it is when the disk takes no file, with nothing half done', async () => {
    years();
    writeFileSync(folder(), 'a file where the folder belongs');
    await expect(fold()).rejects.toMatchObject({ code: 'EEXIST' });
    expect([store.folds.last(), seqs()[0], check().broken]).toEqual([null, 1, null]);
    rmSync(folder());
    mkdirSync(folder());
    writeFileSync(join(folder(), '000001.journal.jsonl.gz'), 'of a fold that was not completed');
    await fold();
    expect(check()).toMatchObject({ broken: null, folds: [{ file: 'whole' }] });
  });
});

function replaceByFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

describe('a fold that hides something', () => {
  /** What somebody does who can write the state and the files: no trigger holds them. */
  function attack(work: (database: InstanceType<typeof DatabaseSync>) => void): void {
    const database = new DatabaseSync(join(kept.directory, 'state.sqlite'));
    database.exec('drop trigger if exists journal_no_update; drop trigger if exists journal_no_delete;');
    work(database);
    database.close();
  }

  /** Makes up a fold over entries 1 to `through`, in a file with `entries`, as ours would look. */
  function forge(through: number, entries: readonly JournalEntry[], more: object = {}): void {
    const all = [...allEntries(store)];
    const file = gzipSync(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), '000001.journal.jsonl.gz'), file);
    const digest = createHash('sha256').update(file).digest('hex');
    const head = all[through - 1]?.hash ?? '';
    const kept = all.filter(({ seq, type }) => seq <= through && KEPT_TYPES.has(type));
    const keptDigest = createHash('sha256')
      .update(kept.map(({ hash }) => `${hash}\n`).join(''))
      .digest('hex');
    const fold = { number: 1, from: 1, through, head, untilMs: NOW - 400 * DAY_MS, kept: keptDigest };
    const bound = { journalFile: digest, detailsFile: digest, incidents: 0 };
    store.transaction((tx) =>
      tx.journal.append({ type: 'journal-folded', body: { ...fold, ...bound, ...more } }, NOW),
    );
    attack((database) => {
      const types = [...KEPT_TYPES].map((type) => `'${type}'`).join();
      database.exec(`delete from journal where seq <= ${through} and type not in (${types})`);
      database.exec(
        `insert into fold (number, through, head, at_ms, done) values (1, ${through}, '${head}', ${NOW}, 1)`,
      );
    });
  }

  /** The same entries with one body changed, and hashes that fit. */
  function rewritten(entries: readonly JournalEntry[]): JournalEntry[] {
    let previous = '0'.repeat(64);
    return entries.map((entry, index) => {
      const body = index === 1 ? '{"nothing":"happened"}' : entry.body;
      const next = { ...entry, body, previous };
      previous = journalHash(next);
      return { ...next, hash: previous };
    });
  }

  test('with the very entries in its file, all of them old, is what ours is', () => {
    years();
    forge(9, [...allEntries(store)].slice(0, 9));
    expect(check()).toMatchObject({ broken: null, folds: [{ file: 'whole' }] });
  });

  test('behind a file of other entries is found: they do not lead to what the next entry names', () => {
    years();
    forge(9, rewritten([...allEntries(store)].slice(0, 9)));
    expect(check().broken).toMatchObject({ what: 'fold' });
  });

  test('behind a file that leaves one out is found', () => {
    years();
    const entries = [...allEntries(store)].slice(0, 9);
    forge(9, entries.toSpliced(4, 1));
    expect(check().broken).toMatchObject({ seq: 5, what: 'missing' });
  });

  test('without its file is unknown and never whole, and a head told from among its entries is missing', () => {
    years();
    const [, second] = [...allEntries(store)];
    forge(9, []);
    rmSync(join(folder(), '000001.journal.jsonl.gz'));
    expect(check(second?.hash)).toMatchObject({
      broken: null,
      told: null,
      folds: [{ from: 1, through: 9, file: 'missing' }],
    });
  });

  test('of what is younger than thirty days is found, by what it says and by what its file holds', () => {
    years();
    const all = [...allEntries(store)];
    forge(all.length, all, { untilMs: NOW });
    expect(check().broken).toMatchObject({ what: 'fold' });
  });

  test('of young entries that it calls old is found by their times', () => {
    years();
    const all = [...allEntries(store)];
    forge(all.length, all);
    expect(check().broken).toMatchObject({ seq: all.length + 1, what: 'fold' });
  });

  test('that ends with entries from after itself is found: nothing says that those are old', () => {
    pastIncident(store, 10 * DAY_MS);
    pastIncident(store, NOW + DAY_MS);
    const all = [...allEntries(store)];
    forge(all.length, all);
    expect(check().broken).toMatchObject({ seq: all.length + 1, what: 'fold' });
  });

  test('that does not begin with the first entry, or has no form, is found', () => {
    years();
    forge(9, [...allEntries(store)].slice(0, 9), { from: 2 });
    expect(check().broken).toMatchObject({ what: 'fold' });
  });

  test('is found where an entry was removed that stays for ever, and where one was put in its place', async () => {
    years();
    await fold();
    const [island] = [...allEntries(store)];
    attack((database) =>
      database.exec(`update journal set body = '{"version":9}' where seq = ${island?.seq}`),
    );
    expect(check().broken).toMatchObject({ seq: island?.seq, what: 'changed' });
    attack((database) => database.exec(`delete from journal where seq = ${island?.seq}`));
    expect(check().broken).toMatchObject({ what: 'changed' });
    rmSync(join(folder(), '000001.journal.jsonl.gz'));
    expect(check().broken).toMatchObject({ what: 'changed' });
  });

  test.each([
    ['changed', (path: string) => writeFileSync(path, gzipSync('{}'))],
    ['cut off', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 50))],
    ['replaced by a folder', replaceByFolder],
  ])('a file that was %s is not the one that was written', async (_, change) => {
    years();
    await fold();
    change(join(folder(), '000001.journal.jsonl.gz'));
    expect(check().broken).toEqual({ seq: 1, what: 'file' });
  });

  test('with the table of folds emptied is a journal that does not begin', async () => {
    years();
    await fold();
    attack((database) => database.exec('delete from fold'));
    expect(check().broken).toMatchObject({ what: 'missing', seq: 1 });
  });
});

test('an incident whose first entries were folded and that was over later is found whole, out of the file and out of the store', async () => {
  const id = pastIncident(store, 500 * DAY_MS, false);
  pastIncident(store, 501 * DAY_MS);
  store.transaction((tx) => {
    tx.findings.end(id, [{ fingerprint: `f-${500 * DAY_MS}`, ending: 'cleared' }], NOW - DAY_MS);
    tx.incidents.refresh(id);
    tx.incidents.resolve(id, 'it is so no more', NOW - DAY_MS);
    tx.journal.append(
      { type: 'incident-resolved', body: { site: 'prague-1', incident: id, reason: 'it is so no more' } },
      NOW - DAY_MS,
    );
  });
  const all = [...allEntries(store)];
  await fold();
  expect(store.incidents.find(id)?.ended).toHaveLength(1);
  const met: number[] = [];
  checkJournal(store, null, folder(), ({ seq }) => met.push(seq));
  expect(met).toEqual([...all.map(({ seq }) => seq), all.length + 1]);
  const range = { from: 2, to: all.length, folded: folder() };
  expect([...entriesBetween(store, range)]).toEqual(all.slice(1));
});
