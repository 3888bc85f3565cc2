import { describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../../baselines/index.js';
import { checkJournal } from '../../../daemon/cli/history/journal-walk.js';
import { allEntries } from '../../../daemon/store/journal/chain.js';
import type { JournalEvent } from '../../../daemon/store/journal/event.js';
import type { JournalFilter } from '../../../daemon/store/port/journal.js';
import { alertText } from '../../../daemon/store/written-form.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { alert, MAIL, numbered, storeScene } from './scene.js';

describe.each(STORE_ADAPTERS)('the journal of %s', (_name, open) => {
  const scene = storeScene(open);
  const { claim, delivered, enqueue, inTransaction, notDelivered } = scene;

  test('chains its entries and gives the head', () => {
    expect(inTransaction((tx) => tx.journal.head())).toBe('0'.repeat(64));
    const proposal = { version: 2, site: 's', person: null, how: 'expired' };
    const heads = inTransaction((tx) => [
      tx.journal.append({ type: 'proposal-ended', body: proposal }, 10),
      tx.journal.append({ type: 'digest', body: { date: '2026-11-25' } }, 11),
    ]);
    const entries = scene.store.journal.entries(0, 10);
    expect(entries.map(({ seq, atMs, type, body }) => [seq, atMs, type, body])).toEqual([
      [1, 10, 'proposal-ended', '{"how":"expired","person":null,"site":"s","version":2}'],
      [2, 11, 'digest', '{"date":"2026-11-25"}'],
    ]);
    expect(entries.map(({ hash }) => hash)).toEqual(heads);
    expect(entries[1]?.previous).toBe(heads[0]);
    expect(inTransaction((tx) => tx.journal.head())).toBe(heads[1]);
    expect(checkJournal(scene.store, null).broken).toBeNull();
    expect(scene.store.journal.entries(1, 10)).toHaveLength(1);
    expect(scene.store.journal.entries(0, 1)).toHaveLength(1);
  });

  test('takes any body that JSON can write, hostile text included', () => {
    const body = { ...{ ['__proto__']: 1, n: 1.5, nothing: undefined }, date: 'a\u0000\ud800\u2028' };
    inTransaction((tx) => tx.journal.append({ type: 'digest', body }, 1));
    expect(JSON.parse(scene.store.journal.entries(0, 1)[0]?.body ?? '')).toEqual(
      JSON.parse(JSON.stringify(body)),
    );
    expect(checkJournal(scene.store, null).broken).toBeNull();
  });

  test('is whole over more entries than one page', () => {
    inTransaction((tx) => {
      for (let n = 0; n < 2500; n++) tx.journal.append(numbered(n), n);
    });
    expect(checkJournal(scene.store, null).broken).toBeNull();
  });

  test('gives the entries that are asked for, page by page: of a type, of an incident, from an instant on', () => {
    const resolved = (incident: string): JournalEvent => ({
      type: 'incident-resolved',
      body: { site: 's', incident, reason: 'over' },
    });
    inTransaction((tx) => {
      for (let n = 1; n <= 2_200; n++) {
        if (n % 2 === 0) tx.journal.append(numbered(n), n);
        else tx.journal.append({ type: 'digest', body: { date: `"incident":"${'ab'.repeat(8)}"` } }, n);
      }
      tx.journal.append(resolved('7f3a'.repeat(4)), 2_201);
    });
    const all = (filter: JournalFilter) => [...allEntries(scene.store, filter)].map(({ seq }) => seq);
    expect(all({ type: 'digest', sinceMs: 2_195 })).toEqual([2_195, 2_197, 2_199]);
    expect(all({ type: 'digest' })).toHaveLength(1_100);
    expect(all({ incident: '7f3a'.repeat(4) })).toEqual([2_201]);
    // What a text of an entry quotes is escaped there, so it names nothing.
    expect(all({ incident: 'ab'.repeat(8) })).toEqual([]);
    expect(all({ incident: "' or 1=1 --" })).toEqual([]);
  });

  const told = () =>
    scene.store.journal.entries(0, 100).map(({ type, body }) => ({ type, ...(JSON.parse(body) as object) }));

  test('is each alert once, with the digest of its text, however often it is composed', () => {
    enqueue(alert('a1', 'critical', null), MAIL);
    enqueue(alert('a1', 'critical', null), MAIL);
    const digest = sha256Hex(alertText(alert('a1', 'critical', null)));
    expect(told()).toEqual([
      {
        ...{ type: 'alert-enqueued', alert: 'a1', alertType: 'drift', site: 'prague-1', incident: null },
        ...{ severity: 'critical', digest, channels: ['mail'] },
      },
    ]);
  });

  test('is each delivery and each message given up, but no attempt that is repeated', () => {
    enqueue(alert('a1'), MAIL);
    const first = claim('mail', 100);
    notDelivered(first?.id ?? 0, 'busy', 100, 100);
    const again = claim('mail', 100);
    delivered(again?.id ?? 0, 'receipt', 101);
    delivered(again?.id ?? 0, 'receipt', 102);
    const second = claim('mail', 100);
    notDelivered(second?.id ?? 0, 'refused', null, 103);
    const about = { alert: 'a1', incident: null, channel: 'mail' };
    expect(told().slice(1)).toEqual([
      { type: 'alert-delivered', ...about, part: 'alarm', attempts: 2 },
      { type: 'alert-given-up', ...about, part: 'details', attempts: 1, reason: 'refused' },
    ]);
    expect(checkJournal(scene.store, null).broken).toBeNull();
  });
});
