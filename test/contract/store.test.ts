import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CollectionSnapshot, RecordLine } from '../../baselines/index.js';
import { collectionSnapshot, recordLine, sha256Hex } from '../../baselines/index.js';
import { checkJournal } from '../../daemon/cli/history/journal-verify.js';
import type { Condition } from '../../daemon/finding.js';
import { openStore } from '../../daemon/store/sqlite/open.js';
import {
  LONGEST_DELAY_MS,
  type ObservedDelta,
  type OutboxMessage,
  type Store,
  type StoreTransaction,
} from '../../daemon/store/store.js';
import { alertText } from '../../daemon/store/written-form.js';
import { observedDelta } from '../../daemon/watch/delta.js';
import type { Alert, Severity } from '../../notifiers/index.js';
import { oneCondition } from '../unit/policy/build.js';

/** Every adapter of the store port, by name. */
const ADAPTERS: readonly (readonly [name: string, open: (directory: string) => Store])[] = [
  ['sqlite', openStore],
];

const condition = (fingerprint: string, severity: Severity = 'high'): Condition => ({
  fingerprint,
  severity,
  reason: 'default for terminal',
  graceMs: 60_000,
  subject: { what: 'blind', source: 'cas', detail: 'the connection was lost' },
});
const alert = (id: string, severity: Severity = 'high', incident: string | null = null): Alert => ({
  id,
  type: 'drift',
  role: 'page',
  severity,
  site: 'prague-1',
  incident,
  state: incident === null ? null : 'open',
  dedupKey: incident,
  title: '1 terminal was added',
  consequence: 'The list of machines is not the approved one.',
  facts: [],
  changes: [],
  changesLeftOut: 0,
  nextSteps: [],
  observedAtMs: 5,
  timeZone: 'UTC',
  head: { baselineVersion: null, journal: '0' },
});
const SLACK = [{ name: 'slack', parts: ['message'] }];
const MAIL = [{ name: 'mail', parts: ['alarm', 'details'] }];

describe.each(ADAPTERS)('the %s store', (_name, open) => {
  let directory: string;
  let store: Store;
  const reopen = () => {
    store.close();
    store = open(directory);
  };
  const inTransaction = <T>(work: (tx: StoreTransaction) => T): T => store.transaction(work);
  const enqueue = (one: Alert, channels: Parameters<StoreTransaction['enqueue']>[1] = SLACK, atMs = 100) =>
    inTransaction((tx) => tx.enqueue(one, channels, atMs));

  /** One step of the open incident of prague-1: these findings are told, those end, and it is owed. Returns its id. */
  const step = (
    standing: 'page' | 'follow-up',
    severity: Severity,
    told: readonly string[],
    ended: readonly string[] = [],
    over: Partial<Condition> = {},
    channels: readonly { name: string; parts: string[] }[] = [...SLACK, ...MAIL],
  ) =>
    inTransaction((tx) => {
      const incident =
        tx.openIncident('prague-1', 'drift') ?? tx.createIncident('prague-1', 'drift', severity, 1);
      const { id, page } = incident;
      for (const one of told)
        tx.addFinding(id, 'prague-1', { ...condition(one, severity), ...over }, 5, true);
      tx.endFindings(
        id,
        ended.map((fingerprint) => ({ fingerprint, ending: 'reverted' })),
        6,
      );
      expect(
        tx.advanceIncident(incident, { state: 'open', page: standing === 'page' ? page + 1 : page }, 6),
      ).toBe(true);
      tx.addPending({ incident: id, role: standing, severity }, channels, 100);
      return id;
    });
  const arrive = (channel: string) => store.delivered(store.claim(channel, 100)?.id ?? 0, 'receipt', 101);
  const newsIn = (message: OutboxMessage | null) =>
    message === null || message.content.role === 'notice' ? null : message.content.news;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-store-'));
    store = open(directory);
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  describe('transactions', () => {
    test('are rolled back whole when the work throws, and the error passes through', () => {
      const failure = new Error('half way');
      const attempt = () =>
        inTransaction((tx) => {
          const incident = tx.createIncident('prague-1', 'drift', 'high', 1);
          tx.addFinding(incident.id, 'prague-1', condition('f1'), 1, true);
          tx.journal('verdict', { n: 1 }, 1);
          tx.enqueue(alert('a1'), SLACK, 1);
          tx.setMeta('m', 'v');
          tx.rememberBaseline('prague-1', { version: 3, digest: 'd' });
          throw failure;
        });
      expect(attempt).toThrow(failure);
      expect(store.incidents({})).toEqual([]);
      expect(store.journalEntries(0, 10)).toEqual([]);
      expect(store.outbox({ limit: 10 })).toEqual([]);
      expect(store.meta('m')).toBeNull();
      expect(store.rememberedBaseline('prague-1')).toBeNull();
    });

    test('return what the work returns and see their own writes', () => {
      expect(
        inTransaction((tx) => {
          tx.setMeta('m', 'v');
          return tx.meta('m');
        }),
      ).toBe('v');
    });

    test('do not nest, and the refused one takes nothing of the other with it', () => {
      inTransaction((tx) => {
        tx.setMeta('outer', 'kept');
        expect(() => inTransaction(() => 1)).toThrow();
      });
      expect(store.meta('outer')).toBe('kept');
    });
  });

  describe('incidents and findings', () => {
    test('survive a restart as they were', () => {
      const id = inTransaction((tx) => {
        const incident = tx.createIncident('prague-1', 'drift', 'high', 7);
        tx.addFinding(incident.id, 'prague-1', condition('f1'), 8, true);
        tx.addFinding(incident.id, 'prague-1', condition('f2'), 9, false);
        return tx.refreshIncident(incident.id).id;
      });
      const before = store.incident(id);
      reopen();
      expect(store.incident(id)).toEqual(before);
      expect(inTransaction((tx) => tx.openFindings('prague-1'))).toEqual([
        { ...condition('f1'), site: 'prague-1', incident: id, firstSeenMs: 8, notifiedMs: 8 },
        { ...condition('f2'), site: 'prague-1', incident: id, firstSeenMs: 9, notifiedMs: null },
      ]);
    });

    test('are one for each site and topic while open', () => {
      inTransaction((tx) => {
        tx.createIncident('prague-1', 'drift', 'high', 1);
        expect(() => tx.createIncident('prague-1', 'drift', 'high', 1)).toThrow();
        tx.createIncident('prague-1', 'config', 'high', 1);
        tx.createIncident('brno-1', 'drift', 'high', 1);
        expect(tx.openIncident('prague-1', 'drift')?.topic).toBe('drift');
        expect(tx.openIncident('brno-1', 'config')).toBeNull();
      });
      expect(store.incidents({})).toHaveLength(3);
      expect(store.incidents({ site: 'prague-1' })).toHaveLength(2);
    });

    test('open anew after being resolved, under another id', () => {
      const [first, second] = inTransaction((tx) => {
        const one = tx.createIncident('prague-1', 'drift', 'high', 1);
        tx.resolveIncident(one.id, 'people signed it', 5);
        tx.resolveIncident(one.id, 'a second time', 6);
        return [one, tx.createIncident('prague-1', 'drift', 'high', 7)];
      });
      expect(first?.id).not.toBe(second?.id);
      expect(store.incident(first?.id ?? '')?.incident).toMatchObject({
        state: 'resolved',
        resolvedMs: 5,
        resolution: 'people signed it',
      });
      expect(store.incidents({ unresolvedOnly: true }).map(({ id }) => id)).toEqual([second?.id]);
    });

    test('are unanswered since their last page, or since somebody stopped answering', () => {
      const at = (atMs: number, to: { state?: 'open' | 'acknowledged'; page: number }) =>
        inTransaction((tx) => {
          const incident =
            tx.openIncident('prague-1', 'drift') ?? tx.createIncident('prague-1', 'drift', 'high', 1);
          tx.advanceIncident(incident, { state: 'open', ...to }, atMs);
          return store.incident(incident.id)?.incident.unansweredMs;
        });
      const answered = () =>
        inTransaction((tx) => {
          const incident = tx.openIncident('prague-1', 'drift');
          if (incident === null) throw new Error('no incident');
          tx.escalateIncident(incident, { step: 'a', time: 1 }, 12);
          expect(store.escalations(incident.id)).toEqual([{ step: 'a', time: 1, atMs: 12 }]);
          tx.acknowledgeIncident(incident, { person: 'alice', reason: 'on it', untilMs: 99 }, 13);
          expect(store.escalations(incident.id)).toEqual([]);
          return store.incident(incident.id)?.incident.unansweredMs;
        });
      expect([
        at(10, { page: 1 }),
        at(11, { page: 1 }),
        answered(),
        at(14, { state: 'acknowledged', page: 1 }),
        at(15, { page: 1 }),
        at(16, { page: 2 }),
      ]).toEqual([10, 10, null, null, 15, 16]);
      const [incident] = store.incidents({});
      inTransaction((tx) => tx.resolveIncident(incident?.id ?? '', 'people signed it', 17));
      expect(store.incident(incident?.id ?? '')?.incident.unansweredMs).toBeNull();
    });

    test('go on at each channel with the page it was last told', () => {
      const id = step('page', 'high', ['f1'], [], {}, MAIL);
      step('page', 'critical', ['f2'], [], {}, SLACK);
      step('follow-up', 'low', ['f3'], [], {}, [...SLACK, ...MAIL]);
      const pages = store
        .outbox({ limit: 100 })
        .map(({ channel, part, page }) => `${channel} ${part} ${page}`)
        .sort();
      expect(pages).toEqual(['mail alarm 1', 'mail details 1', 'slack message 2']);
      const all = [...SLACK, ...MAIL, { name: 'phone', parts: ['message'] }];
      expect(
        inTransaction((tx) => [
          tx.notifiedChannels(id, all),
          tx.notifiedChannels(id, all, 2),
          tx.notifiedChannels(id, all, 3),
        ]),
      ).toEqual([['slack', 'mail'], ['slack'], []]);
    });

    test('take a step only from where they are', () => {
      const incident = inTransaction((tx) => tx.createIncident('prague-1', 'drift', 'high', 1));
      const by = { person: 'alice', reason: 'on it', untilMs: 99 };
      const steps = inTransaction((tx) => [
        tx.advanceIncident(incident, { state: 'open', page: 1 }, 6, 7),
        tx.advanceIncident(incident, { state: 'open', page: 2 }, 7, 8),
        tx.acknowledgeIncident(incident, by, 9),
        tx.acknowledgeIncident({ ...incident, event: 1, revision: 'another' }, by, 9),
        tx.acknowledgeIncident({ ...incident, event: 1 }, by, 9),
        tx.advanceIncident({ ...incident, event: 2 }, { state: 'open', page: 2 }, 9, 10),
        tx.resolveIncident(incident.id, 'people signed it', 11),
        tx.resolveIncident(incident.id, 'a second time', 12),
        tx.acknowledgeIncident({ ...incident, state: 'resolved', event: 3 }, by, 13),
      ]);
      expect(steps).toEqual([true, false, false, false, true, false, true, false, false]);
      expect(store.incident(incident.id)).toMatchObject({
        incident: { state: 'resolved', page: 1, event: 3, observedMs: 7, resolvedMs: 11 },
        acknowledgements: [{ person: 'alice', atMs: 9, untilMs: 99, ending: 'resolved', endedMs: 11 }],
      });
    });

    test('have an id of four hex digits or more that never comes again', () => {
      const ids = inTransaction((tx) =>
        Array.from(
          { length: 500 },
          (_, index) => tx.createIncident('prague-1', `topic-${index}`, 'low', 1).id,
        ),
      );
      expect(new Set(ids).size).toBe(500);
      expect(ids.every((id) => /^[0-9a-f]{4,}$/.test(id))).toBe(true);
    });

    test('are found by a beginning of the id that only one has', () => {
      const ids = inTransaction((tx) =>
        Array.from(
          { length: 40 },
          (_, index) => tx.createIncident('prague-1', `topic-${index}`, 'low', 1).id,
        ),
      );
      const shared = ids.find((id) => ids.some((other) => other !== id && other[0] === id[0]))?.[0] ?? '';
      expect(() => store.incident(shared)).toThrow(expect.objectContaining({ code: 'STORE_AMBIGUOUS_ID' }));
      for (const id of ids) expect(store.incident(id)?.incident.id).toBe(id);
      expect(store.incident('zzzz')).toBeNull();
      expect(store.incident("' or 1=1")).toBeNull();
      expect(store.incident('*')).toBeNull();
    });

    test('keep the worst severity they ever had, and a revision that is the set of what is open', () => {
      const id = inTransaction((tx) => tx.createIncident('prague-1', 'drift', 'low', 1).id);
      const add = (fingerprint: string, severity: Severity) =>
        inTransaction((tx) => {
          tx.addFinding(id, 'prague-1', condition(fingerprint, severity), 1, true);
          return tx.refreshIncident(id);
        });
      const end = (fingerprint: string) =>
        inTransaction((tx) => {
          tx.endFindings(id, [{ fingerprint, ending: 'reverted' }], 2);
          return tx.refreshIncident(id);
        });
      const one = add('f1', 'medium');
      const two = add('f2', 'critical');
      expect([one.severity, two.severity]).toEqual(['medium', 'critical']);
      expect(two.revision).not.toBe(one.revision);
      expect(end('f2')).toMatchObject({ severity: 'critical', revision: one.revision });
    });

    test('end once, keep how and when, and may come again', () => {
      const id = inTransaction((tx) => {
        const incident = tx.createIncident('prague-1', 'drift', 'high', 1);
        tx.addFinding(incident.id, 'prague-1', condition('f1'), 1, false);
        tx.markNotified(incident.id, ['f1', 'unknown'], 4);
        tx.markNotified(incident.id, ['f1'], 5);
        tx.endFindings(incident.id, [{ fingerprint: 'f1', ending: 'reverted' }], 5);
        tx.endFindings(incident.id, [{ fingerprint: 'f1', ending: 'approved' }], 6);
        tx.addFinding(incident.id, 'prague-1', condition('f1'), 7, false);
        return incident.id;
      });
      expect(store.incident(id)).toMatchObject({
        ended: [{ fingerprint: 'f1', ending: 'reverted', endedMs: 5, notifiedMs: 4 }],
        open: [{ fingerprint: 'f1', firstSeenMs: 7, notifiedMs: null }],
      });
    });

    test('keep who called a change hostile, the first time and only once', () => {
      const { id } = store.transaction((tx) => tx.createIncident('prague-1', 'drift', 'high', 1));
      inTransaction((tx) => tx.addFinding(id, 'prague-1', condition('a'.repeat(64)), 1, false));
      const by = (person: string, atMs: number) => ({ fingerprint: 'a'.repeat(64), person, atMs });
      expect(store.transaction((tx) => tx.reject(id, by('anna', 5)))).toBe(true);
      expect(store.transaction((tx) => tx.reject(id, by('ben', 6)))).toBe(false);
      expect(store.rejections(id)).toEqual([by('anna', 5)]);
      expect(store.rejections('none')).toEqual([]);
    });

    test('keep it when the same change is found again in another incident, for as long as it is open', () => {
      const anna = { fingerprint: 'f1', person: 'anna', atMs: 5 };
      const [first, second] = inTransaction((tx) => {
        const one = tx.createIncident('prague-1', 'drift', 'high', 1).id;
        tx.addFinding(one, 'prague-1', condition('f1'), 1, false);
        tx.reject(one, anna);
        tx.endFindings(one, [{ fingerprint: 'f1', ending: 'superseded' }], 6);
        return [one, tx.createIncident('prague-1', 'muted', 'high', 7).id];
      });
      expect(store.rejections(first ?? '')).toEqual([anna]);
      expect(store.openRejections('prague-1')).toEqual([]);
      inTransaction((tx) => tx.addFinding(second ?? '', 'prague-1', condition('f1'), 8, false));
      expect(store.rejections(second ?? '')).toEqual([anna]);
      expect(store.openRejections('prague-1')).toEqual([anna]);
      expect(store.openRejections('wien-1')).toEqual([]);
    });

    test('refuse one fingerprint twice while it is open', () => {
      inTransaction((tx) => {
        const { id } = tx.createIncident('prague-1', 'drift', 'high', 1);
        tx.addFinding(id, 'prague-1', condition('f1'), 1, true);
        expect(() => tx.addFinding(id, 'prague-1', condition('f1'), 1, true)).toThrow();
      });
    });

    test('keep hostile text of a subject as it is', () => {
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }), (after, key) => {
          const subject = {
            what: 'change',
            collection: 'terminals',
            kind: 'terminal',
            type: 'ambiguous',
            key,
            before: null,
            after,
          } as const;
          const found = inTransaction((tx) => {
            const incident =
              tx.openIncident('prague-1', 'drift') ?? tx.createIncident('prague-1', 'drift', 'high', 1);
            tx.addFinding(incident.id, 'prague-1', { ...condition('f'), subject }, 1, true);
            const [finding] = tx.openFindings('prague-1');
            tx.endFindings(incident.id, [{ fingerprint: 'f', ending: 'reverted' }], 2);
            return finding?.subject;
          });
          expect(found).toEqual(subject);
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('the journal', () => {
    test('chains its entries and gives the head', () => {
      expect(inTransaction((tx) => tx.journalHead())).toBe('0'.repeat(64));
      const heads = inTransaction((tx) => [
        tx.journal('verdict', { b: 1, a: [undefined, 'x'] }, 10),
        tx.journal('incident-resolved', { reason: 'r' }, 11),
      ]);
      const entries = store.journalEntries(0, 10);
      expect(entries.map(({ seq, atMs, type, body }) => [seq, atMs, type, body])).toEqual([
        [1, 10, 'verdict', '{"a":[null,"x"],"b":1}'],
        [2, 11, 'incident-resolved', '{"reason":"r"}'],
      ]);
      expect(entries.map(({ hash }) => hash)).toEqual(heads);
      expect(entries[1]?.previous).toBe(heads[0]);
      expect(inTransaction((tx) => tx.journalHead())).toBe(heads[1]);
      expect(checkJournal(store, null).broken).toBeNull();
      expect(store.journalEntries(1, 10)).toHaveLength(1);
      expect(store.journalEntries(0, 1)).toHaveLength(1);
    });

    test('takes any body that JSON can write, hostile text included', () => {
      const body = { ['__proto__']: 1, text: 'a\u0000\ud800\u2028', n: 1.5, nothing: undefined };
      inTransaction((tx) => tx.journal('verdict', body, 1));
      expect(JSON.parse(store.journalEntries(0, 1)[0]?.body ?? '')).toEqual(JSON.parse(JSON.stringify(body)));
      expect(checkJournal(store, null).broken).toBeNull();
    });

    test('is whole over more entries than one page', () => {
      inTransaction((tx) => {
        for (let n = 0; n < 2500; n++) tx.journal('verdict', { n }, n);
      });
      expect(checkJournal(store, null).broken).toBeNull();
    });
  });

  describe('what the journal says of the outbox', () => {
    const told = () =>
      store.journalEntries(0, 100).map(({ type, body }) => ({ type, ...(JSON.parse(body) as object) }));

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
      const first = store.claim('mail', 100);
      store.notDelivered(first?.id ?? 0, 'busy', 100, 100);
      const again = store.claim('mail', 100);
      store.delivered(again?.id ?? 0, 'receipt', 101);
      store.delivered(again?.id ?? 0, 'receipt', 102);
      const second = store.claim('mail', 100);
      store.notDelivered(second?.id ?? 0, 'refused', null, 103);
      const about = { alert: 'a1', incident: null, channel: 'mail' };
      expect(told().slice(1)).toEqual([
        { type: 'alert-delivered', ...about, part: 'alarm', attempts: 2 },
        { type: 'alert-given-up', ...about, part: 'details', attempts: 1, reason: 'refused' },
      ]);
      expect(checkJournal(store, null).broken).toBeNull();
    });
  });

  describe('what can be looked back at', () => {
    const change = (fingerprint: string, collection: string): Condition => ({
      ...condition(fingerprint),
      subject: {
        ...{ what: 'change', collection, kind: 'terminal', type: 'removed' },
        ...{ key: '["7"]', before: '{"fields":{},"key":["7"]}', after: [] },
      },
    });

    test('is everything ever found about a collection, open and ended, and nothing of another', () => {
      inTransaction((tx) => {
        const { id } = tx.createIncident('prague-1', 'drift', 'high', 1);
        tx.addFinding(id, 'prague-1', change('f1', 'terminals'), 1, true);
        tx.addFinding(id, 'prague-1', change('f2', 'persons'), 1, true);
        tx.addFinding(id, 'prague-1', condition('f3'), 1, true);
        tx.endFindings(id, [{ fingerprint: 'f1', ending: 'reverted' }], 2);
        tx.addFinding(id, 'prague-1', change('f4', 'terminals'), 3, true);
      });
      const found = store.findings('prague-1', 'terminals');
      expect(found.map(({ fingerprint }) => fingerprint)).toEqual(['f1', 'f4']);
      expect(found[0]).toMatchObject({ ending: 'reverted', endedMs: 2 });
      expect(found[1]).not.toHaveProperty('endedMs');
      expect(store.findings('brno-1', 'terminals')).toEqual([]);
    });

    test('are the alerts of an incident as they first arrived somewhere, each in the journal with its digest', () => {
      const incident = inTransaction((tx) => tx.createIncident('prague-1', 'drift', 'high', 1).id);
      inTransaction((tx) => tx.addPending({ incident, role: 'page', severity: 'high' }, MAIL, 100));
      const [alarm, details] = [store.claim('mail', 100), store.claim('mail', 100)];
      const composed = (title: string) => ({ ...alert(alarm?.alertId ?? '', 'high', incident), title });
      store.delivered(alarm?.id ?? 0, 'r1', 101, composed('first'));
      store.delivered(details?.id ?? 0, 'r2', 102, composed('second'));
      enqueue(alert('a3', 'high', null), MAIL);
      expect(store.alerts(incident)).toEqual([{ alert: composed('first'), createdMs: 101 }]);
      expect(store.alerts('ffff')).toEqual([]);
      const delivered = store.journalEntries(0, 9).filter(({ type }) => type === 'alert-delivered');
      expect(delivered.map(({ body }) => JSON.parse(body).digest)).toEqual(
        ['first', 'second'].map((title) => sha256Hex(alertText(composed(title)))),
      );
    });

    test('is all of it in a copy of one instant, which is never written over a file', () => {
      expect(store.journalHead()).toBe('0'.repeat(64));
      const head = inTransaction((tx) => tx.journal('verdict', { n: 1 }, 1));
      const copy = mkdtempSync(join(tmpdir(), 'tillwarden-copy-'));
      store.copyTo(join(copy, 'state.sqlite'));
      inTransaction((tx) => tx.journal('verdict', { n: 2 }, 2));
      expect(() => store.copyTo(join(copy, 'state.sqlite'))).toThrow();
      const opened = open(copy);
      expect(opened.journalHead()).toBe(head);
      expect(checkJournal(opened, null).broken).toBeNull();
      opened.close();
      rmSync(copy, { recursive: true });
    });
  });

  describe('what was observed', () => {
    const snapshotOf = (ids: readonly (readonly [string, string])[]): CollectionSnapshot =>
      collectionSnapshot(
        {
          name: 'terminals',
          kind: 'terminal',
          source: 'cas',
          table: 't',
          key: ['id'],
          columns: ['n'],
          secret: [],
        },
        ids.map(([id, n]): RecordLine => recordLine({ key: [id], fields: new Map([['n', n]]) })),
      );
    const delta = (from: Parameters<typeof observedDelta>[0], to: CollectionSnapshot): ObservedDelta => {
      const found = observedDelta(from, to, 5);
      if (found === null) throw new Error('the snapshots are equal');
      return found;
    };
    const lines = () => store.observedLines('prague-1', 'terminals');
    const linesOf = (snapshot: CollectionSnapshot) => snapshot.records.map(({ line }) => line);
    const first = snapshotOf([
      ['1', 'a'],
      ['2', 'b'],
      ['2', 'c'],
      ['é', 'd'],
      ['\u{1f600}', 'e'],
      ['\uffff', 'f'],
    ]);
    const second = snapshotOf([
      ['1', 'a'],
      ['2', 'x'],
      ['3', 'y'],
    ]);

    test('is replaced, then changed by differences, in the order of a snapshot', () => {
      expect(lines()).toBeNull();
      inTransaction((tx) => tx.saveObserved('prague-1', delta(null, first)));
      expect(lines()).toEqual(linesOf(first));
      inTransaction((tx) => tx.saveObserved('prague-1', delta(first, second)));
      expect(lines()).toEqual(linesOf(second));
      expect(store.observed('prague-1')).toEqual([
        { collection: 'terminals', recordsDigest: second.recordsDigest, count: 3, observedAtMs: 5 },
      ]);
      inTransaction((tx) => tx.saveObserved('prague-1', delta('another digest', first)));
      expect(lines()).toEqual(linesOf(first));
      expect(store.observed('brno-1')).toEqual([]);
    });
  });

  describe('the outbox of a channel that failed', () => {
    const fails = (until: number) =>
      store.notDelivered(store.claim('slack', 100)?.id ?? 0, 'unavailable', until, 101);

    test('is probed with the worst that waits, as soon as anything is due, unless that was just tried', () => {
      enqueue(alert('worst', 'critical'));
      fails(60_000);
      expect(store.claim('slack', 100, null, null, { except: null })).toBeNull();
      enqueue(alert('lesser', 'low'));
      const probe = store.claim('slack', 100, null, null, { except: null });
      expect(probe).toMatchObject({ alertId: 'worst', attempt: 2 });
      store.notDelivered(probe?.id ?? 0, 'unavailable', 60_000, 102);
      expect(store.claim('slack', 103, null, null, { except: probe?.id ?? 0 })?.alertId).toBe('lesser');
    });

    test('is due as a whole once the channel takes a message, and not before that', () => {
      enqueue(alert('waits', 'critical'));
      fails(60_000);
      enqueue(alert('due', 'low'));
      const due = store.claim('slack', 102);
      expect([due?.alertId, store.nextDueMs('slack')]).toEqual(['due', 60_000]);
      store.delivered(due?.id ?? 0, 'ts', 103);
      expect(store.nextDueMs('slack')).toBe(103);
      // Another failure later, while the channel works: its delay stands.
      store.notDelivered(store.claim('slack', 104)?.id ?? 0, 'unavailable', 70_000, 105);
      expect(store.nextDueMs('slack')).toBe(70_000);
    });
  });

  describe('the outbox', () => {
    test('gives each message once, the most severe first, then by part, then the oldest', () => {
      enqueue(alert('a-medium', 'medium'), MAIL);
      enqueue(alert('b-critical', 'critical'), MAIL);
      enqueue(alert('c-critical', 'critical'), MAIL);
      const order: string[] = [];
      for (let m = store.claim('mail', 100); m; m = store.claim('mail', 100))
        order.push(`${m.alertId} ${m.part}`);
      expect(order).toEqual([
        'b-critical alarm',
        'c-critical alarm',
        'b-critical details',
        'c-critical details',
        'a-medium alarm',
        'a-medium details',
      ]);
      expect(store.claim('slack', 100)).toBeNull();
    });

    test('keeps the whole alert, hostile text included', () => {
      const hostile: Alert = {
        ...alert('a1'),
        changes: [
          {
            severity: 'critical',
            collection: 'terminals',
            kind: 'terminal',
            headline: 'new terminal',
            key: [{ name: 'id', value: { untrusted: '\u0000\ud800<!channel>\u202e' } }],
            fields: [],
            fieldsLeftOut: 0,
          },
        ],
      };
      enqueue(hostile);
      expect(store.claim('slack', 100)).toEqual({
        id: expect.any(Number),
        channel: 'slack',
        part: 'message',
        severity: 'high',
        alertId: 'a1',
        attempt: 1,
        thread: null,
        insteadOf: null,
        createdMs: 100,
        content: { role: 'notice', alert: hostile },
      });
    });

    test('takes the same alert twice as one', () => {
      enqueue(alert('a1'), SLACK);
      enqueue(alert('a1'), [...SLACK, ...MAIL]);
      expect(store.outbox({ limit: 10 })).toHaveLength(3);
    });

    test('waits until a message is due, and says when the next one is', () => {
      expect(store.nextDueMs('slack')).toBeNull();
      enqueue(alert('a1'), SLACK, 100);
      expect(store.claim('slack', 99)).toBeNull();
      expect(store.nextDueMs('slack')).toBe(100);
      const message = store.claim('slack', 100);
      expect(store.nextDueMs('slack')).toBeNull();
      expect(store.notDelivered(message?.id ?? 0, 'refused', 700, 101)).toBe(true);
      expect(store.claim('slack', 699)).toBeNull();
      expect(store.nextDueMs('slack')).toBe(700);
      expect(store.claim('slack', 700)).toMatchObject({ attempt: 2, alertId: 'a1' });
    });

    test('takes a message as due that a clock put off which has been set back since', () => {
      enqueue(alert('a1'), SLACK, 10_000_000);
      expect(store.claim('slack', 10_000_000 - LONGEST_DELAY_MS)).toBeNull();
      expect(store.claim('slack', 10_000_000 - LONGEST_DELAY_MS - 1)).not.toBeNull();
    });

    test('acknowledges only what is claimed', () => {
      enqueue(alert('a1'));
      const id = store.claim('slack', 100)?.id ?? 0;
      expect(store.delivered(id, 'receipt', 101)).toBe(true);
      expect(store.delivered(id, 'other', 102)).toBe(false);
      expect(store.notDelivered(id, 'late', 103, 103)).toBe(false);
      expect(store.outbox({ limit: 1 })).toMatchObject([
        { state: 'delivered', deliveredMs: 101, attempts: 1 },
      ]);
      expect(store.claim('slack', 1e9)).toBeNull();
    });

    test('shows what was given up, and does not send it again', () => {
      enqueue(alert('a1', 'low'));
      store.notDelivered(store.claim('slack', 100)?.id ?? 0, 'channel_not_found', null, 101);
      expect(store.claim('slack', 1e15)).toBeNull();
      expect(store.nextDueMs('slack')).toBeNull();
      expect(store.outbox({ undeliveredOnly: true, limit: 10 })).toMatchObject([
        { state: 'failed', lastError: 'channel_not_found', alertId: 'a1', channel: 'slack', severity: 'low' },
      ]);
    });

    test('gives claimed messages again after a crash, as a further attempt', () => {
      enqueue(alert('a1'), [...SLACK, ...MAIL]);
      store.claim('slack', 100);
      store.claim('mail', 100);
      reopen();
      expect(store.claim('slack', 1e9)).toBeNull();
      expect(store.retryUndelivered(100)).toBe(3);
      expect(store.claim('slack', 1e9)).toMatchObject({ attempt: 2 });
    });

    test('gives what waits or was given up again at a start, at once, but nothing that was delivered', () => {
      enqueue(alert('a1'), [...SLACK, ...MAIL]);
      enqueue(alert('a2'), SLACK);
      store.notDelivered(store.claim('mail', 100)?.id ?? 0, 'down', 600_000, 101);
      store.notDelivered(store.claim('slack', 100)?.id ?? 0, 'invalid_auth', null, 101);
      store.delivered(store.claim('slack', 100)?.id ?? 0, 'ts', 101);
      reopen();
      expect(store.retryUndelivered(200)).toBe(3);
      expect(store.claim('mail', 200)).toMatchObject({ attempt: 2, alertId: 'a1' });
      expect(store.claim('slack', 200)).toMatchObject({ attempt: 2, alertId: 'a1' });
      expect(store.claim('slack', 200)).toBeNull();
    });

    test('is what an incident owes: one message waits at each place, and what is newer joins it', () => {
      const id = step('page', 'high', ['f1']);
      const first = store.outbox({ limit: 9 });
      expect(first.map(({ channel, part, role: standing, page }) => [channel, part, standing, page])).toEqual(
        [
          ['mail', 'details', 'page', 1],
          ['mail', 'alarm', 'page', 1],
          ['slack', 'message', 'page', 1],
        ],
      );
      expect(new Set(first.map(({ alertId }) => alertId)).size).toBe(1);
      step('page', 'critical', ['f2']);
      step('follow-up', 'low', ['f3']);
      expect(store.outbox({ limit: 9 })).toHaveLength(3);
      const message = store.claim('slack', 100);
      expect(message).toMatchObject({
        severity: 'critical',
        thread: null,
        content: { role: 'page', page: 2 },
      });
      expect(newsIn(message)).toMatchObject({
        incident: { id, event: 3 },
        since: 0,
        open: 3,
        resolved: false,
      });
      expect(newsIn(message)?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f1', 'f2', 'f3']);
    });

    test('tells of an incident only what came since the last message that arrived at that place', () => {
      step('page', 'high', ['f1', 'f2']);
      arrive('slack');
      step('follow-up', 'high', ['f3'], ['f1']);
      const message = store.claim('slack', 100);
      expect(message).toMatchObject({ thread: 'receipt', content: { role: 'follow-up', page: 1 } });
      expect(newsIn(message)?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f3']);
      expect(newsIn(message)?.ended).toMatchObject([{ fingerprint: 'f1', unnotified: false }]);
      const mail = newsIn(store.claim('mail', 100));
      expect(mail?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f2', 'f3']);
      expect(mail?.ended).toMatchObject([{ fingerprint: 'f1', unnotified: true }]);
    });

    test('leaves out of what waited what arrived meanwhile', () => {
      step('page', 'critical', ['f1']);
      const underWay = store.claim('slack', 100);
      step('follow-up', 'high', ['f2']);
      store.delivered(underWay?.id ?? 0, 'receipt', 101);
      const message = store.claim('slack', 101);
      expect(message).toMatchObject({ thread: 'receipt', content: { role: 'follow-up' } });
      expect(newsIn(message)?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f2']);
    });

    test('gives the page of one incident before the follow-up of another that is as severe', () => {
      step('page', 'critical', ['f1'], [], {}, SLACK);
      arrive('slack');
      step('follow-up', 'critical', ['f2'], [], {}, SLACK);
      inTransaction((tx) => {
        const other = tx.createIncident('brno-1', 'drift', 'critical', 1);
        tx.advanceIncident(other, { state: 'open', page: 1 }, 100);
        tx.addPending({ incident: other.id, role: 'page', severity: 'critical' }, SLACK, 100);
      });
      expect([store.claim('slack', 100), store.claim('slack', 100)]).toMatchObject([
        { content: { role: 'page' } },
        { content: { role: 'follow-up' } },
      ]);
    });

    test('joins what was under way in a crash to what waits: one message, from where the older one began', () => {
      step('page', 'critical', ['f1']);
      const crashed = store.claim('slack', 100);
      step('follow-up', 'high', ['f2']);
      reopen();
      store.retryUndelivered(1e9);
      const message = store.claim('slack', 1e9);
      expect(message).toMatchObject({
        attempt: 2,
        severity: 'critical',
        content: { role: 'page', page: 1 },
      });
      expect(message?.alertId).not.toBe(crashed?.alertId);
      expect(newsIn(message)?.fresh).toHaveLength(2);
      expect(store.claim('slack', 1e9)).toBeNull();
    });

    test('repeats after a crash what nothing joined under the same id', () => {
      step('page', 'critical', ['f1']);
      const crashed = store.claim('slack', 100);
      reopen();
      store.retryUndelivered(1e9);
      expect(store.claim('slack', 1e9)).toMatchObject({ attempt: 2, alertId: crashed?.alertId });
    });

    test('counts how often a record was changed back, over all of the incident', () => {
      const subject = oneCondition('admin', 'added').subject;
      for (const fingerprint of ['f1', 'f2']) {
        step('page', 'critical', [fingerprint], [], { subject });
        step('follow-up', 'high', [], [fingerprint]);
        arrive('slack');
      }
      step('page', 'critical', ['f3'], [], { subject });
      expect(newsIn(store.claim('slack', 100))?.reverts).toBe(2);
    });

    test('passes an alert on to another channel, which is told the same', () => {
      step('page', 'critical', ['f1'], [], {}, SLACK);
      const failing = store.claim('slack', 100);
      store.notDelivered(failing?.id ?? 0, 'refused', 900, 200);
      expect(store.failingSinceMs()).toBe(200);
      expect(inTransaction((tx) => tx.failing(199))).toEqual([]);
      const [found] = inTransaction((tx) => tx.failing(200));
      expect(found).toMatchObject({ channel: 'slack', alertId: failing?.alertId, others: [] });
      inTransaction((tx) => tx.passOn(found?.id ?? 0, { name: 'mail', parts: ['alarm', 'details'] }, 300));
      expect([inTransaction((tx) => tx.failing(200)), store.failingSinceMs()]).toEqual([[], null]);
      step('follow-up', 'critical', ['f2'], [], {}, SLACK);
      expect(inTransaction((tx) => tx.failing(200))).toMatchObject([{ channel: 'slack' }]);
      const mail = store.claim('mail', 300);
      expect(mail).toMatchObject({ part: 'alarm', insteadOf: 'slack', alertId: failing?.alertId });
      expect(newsIn(mail)?.fresh).toHaveLength(2);
    });

    test('keeps the receipts of each channel', () => {
      enqueue(alert('a1'), [...SLACK, ...MAIL]);
      enqueue(alert('a2'), SLACK);
      store.delivered(store.claim('slack', 100)?.id ?? 0, 'receipt', 101);
      store.notDelivered(store.claim('slack', 102)?.id ?? 0, 'rate-limited', 500, 103);
      store.notDelivered(store.claim('mail', 102)?.id ?? 0, 'no such recipient', null, 104);
      expect(store.deliveries()).toEqual([
        {
          channel: 'mail',
          lastDeliveredMs: null,
          lastFailedMs: 104,
          lastFailure: 'no such recipient',
          pending: 1,
          failed: 1,
        },
        {
          channel: 'slack',
          lastDeliveredMs: 101,
          lastFailedMs: 103,
          lastFailure: 'rate-limited',
          pending: 1,
          failed: 0,
        },
      ]);
    });

    test('knows since when an alert waits that none of these channels has taken', () => {
      const names = ['slack', 'mail'];
      expect(store.unnotifiedSinceMs(names)).toBeNull();
      enqueue(alert('a1'), [...SLACK, ...MAIL]);
      const since = store.unnotifiedSinceMs(names);
      expect(since).toBe(store.outbox({ limit: 1 })[0]?.createdMs);
      store.notDelivered(store.claim('mail', 100)?.id ?? 0, 'greylisted', 500, 101);
      expect(store.unnotifiedSinceMs(names)).toBe(since);
      expect(store.unnotifiedSinceMs(['gone'])).toBeNull();
      store.delivered(store.claim('slack', 100)?.id ?? 0, 'receipt', 102);
      expect(store.unnotifiedSinceMs(names)).toBeNull();
      expect([store.deliveredSince(101), store.deliveredSince(102)]).toEqual([1, 0]);
    });

    test('keeps and shows messages of a channel nobody asks for any more', () => {
      enqueue(alert('a1'), [{ name: 'gone', parts: ['message'] }]);
      reopen();
      expect(store.outbox({ undeliveredOnly: true, limit: 10 })).toMatchObject([
        { channel: 'gone', state: 'pending' },
      ]);
    });
  });

  test('remembers baselines by site, and values by name', () => {
    inTransaction((tx) => {
      tx.rememberBaseline('prague-1', { version: 1, digest: 'd1' });
      tx.rememberBaseline('prague-1', { version: 2, digest: 'd2' });
      tx.setMeta('name', 'one');
      tx.setMeta('name', 'two');
      expect(tx.rememberedBaseline('prague-1')).toEqual({ version: 2, digest: 'd2' });
      expect(tx.rememberedBaseline('brno-1')).toBeNull();
    });
    reopen();
    expect(store.rememberedBaseline('prague-1')).toEqual({ version: 2, digest: 'd2' });
    expect([store.meta('name'), store.meta('other')]).toEqual(['two', null]);
  });

  test('remembers excuses by site and digest, and what became of them', () => {
    const suppression = {
      ...{ digest: 'd1', site: 'prague-1', id: 'mute.d1', signers: ['anna', 'ben'] },
      ...{ untilMs: 5, state: 'in-force' as const, covered: 0 },
    };
    inTransaction((tx) => {
      tx.saveSuppression(suppression);
      tx.saveSuppression({ ...suppression, digest: 'd2', site: 'brno-1' });
      tx.saveSuppression({ ...suppression, state: 'withdrawn', covered: 2 });
    });
    reopen();
    expect(store.suppressions('prague-1')).toEqual([{ ...suppression, state: 'withdrawn', covered: 2 }]);
    expect(store.suppressions('vienna')).toEqual([]);
  });
});
