import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Severity } from '../../../notifiers/index.js';
import { codePoint } from '../../support/code-point.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { condition, MAIL, SLACK, storeScene } from './scene.js';

describe.each(STORE_ADAPTERS)('incidents and findings of %s', (_name, open) => {
  const scene = storeScene(open);
  const { inTransaction, reopen, step } = scene;

  test('survive a restart as they were', () => {
    const id = inTransaction((tx) => {
      const incident = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 7);
      tx.findings.add(
        { incident: incident.id, site: 'prague-1', condition: condition('f1'), notified: true },
        8,
      );
      tx.findings.add(
        { incident: incident.id, site: 'prague-1', condition: condition('f2'), notified: false },
        9,
      );
      return tx.incidents.refresh(incident.id).id;
    });
    const before = scene.store.incidents.find(id);
    reopen();
    expect(scene.store.incidents.find(id)).toEqual(before);
    expect(inTransaction((tx) => tx.findings.open('prague-1'))).toEqual([
      { ...condition('f1'), site: 'prague-1', incident: id, firstSeenMs: 8, notifiedMs: 8 },
      { ...condition('f2'), site: 'prague-1', incident: id, firstSeenMs: 9, notifiedMs: null },
    ]);
  });

  test('are one for each site and topic while open', () => {
    inTransaction((tx) => {
      tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
      expect(() => tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1)).toThrow();
      tx.incidents.create({ site: 'prague-1', topic: 'config', severity: 'high' }, 1);
      tx.incidents.create({ site: 'brno-1', topic: 'drift', severity: 'high' }, 1);
      expect(tx.incidents.unresolved('prague-1', 'drift')?.topic).toBe('drift');
      expect(tx.incidents.unresolved('brno-1', 'config')).toBeNull();
    });
    expect(scene.store.incidents.list({})).toHaveLength(3);
    expect(scene.store.incidents.list({ site: 'prague-1' })).toHaveLength(2);
  });

  test('open anew after being resolved, under another id', () => {
    const [first, second] = inTransaction((tx) => {
      const one = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
      tx.incidents.resolve(one.id, 'people signed it', 5);
      tx.incidents.resolve(one.id, 'a second time', 6);
      return [one, tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 7)];
    });
    expect(first?.id).not.toBe(second?.id);
    expect(scene.store.incidents.find(first?.id ?? '')?.incident).toMatchObject({
      state: 'resolved',
      resolvedMs: 5,
      resolution: 'people signed it',
    });
    expect(scene.store.incidents.list({ unresolvedOnly: true }).map(({ id }) => id)).toEqual([second?.id]);
  });

  test('are unanswered since their last page, or since somebody stopped answering', () => {
    const at = (atMs: number, to: { state?: 'open' | 'acknowledged'; page: number }) =>
      inTransaction((tx) => {
        const incident =
          tx.incidents.unresolved('prague-1', 'drift') ??
          tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
        tx.incidents.advance(incident, { state: 'open', ...to }, atMs);
        return tx.incidents.find(incident.id)?.incident.unansweredMs;
      });
    const answered = () =>
      inTransaction((tx) => {
        const incident = tx.incidents.unresolved('prague-1', 'drift');
        if (incident === null) throw new Error('no incident');
        tx.incidents.escalate(incident, { step: 'a', time: 1 }, 12);
        expect(tx.incidents.escalations(incident.id)).toEqual([{ step: 'a', time: 1, atMs: 12 }]);
        tx.incidents.acknowledge(incident, { person: 'alice', reason: 'on it', untilMs: 99 }, 13);
        expect(tx.incidents.escalations(incident.id)).toEqual([]);
        return tx.incidents.find(incident.id)?.incident.unansweredMs;
      });
    expect([
      at(10, { page: 1 }),
      at(11, { page: 1 }),
      answered(),
      at(14, { state: 'acknowledged', page: 1 }),
      at(15, { page: 1 }),
      at(16, { page: 2 }),
    ]).toEqual([10, 10, null, null, 15, 16]);
    const [incident] = scene.store.incidents.list({});
    inTransaction((tx) => tx.incidents.resolve(incident?.id ?? '', 'people signed it', 17));
    expect(scene.store.incidents.find(incident?.id ?? '')?.incident.unansweredMs).toBeNull();
  });

  test('go on at each channel with the page it was last told', () => {
    const id = step('page', 'high', ['f1'], [], {}, MAIL);
    step('page', 'critical', ['f2'], [], {}, SLACK);
    step('follow-up', 'low', ['f3'], [], {}, [...SLACK, ...MAIL]);
    const pages = scene.store.outbox
      .messages({ limit: 100 })
      .map(({ channel, part, page }) => `${channel} ${part} ${page}`)
      .sort();
    expect(pages).toEqual(['mail alarm 1', 'mail details 1', 'slack message 2']);
    const all = [...SLACK, ...MAIL, { name: 'phone', parts: ['message'] }];
    expect(
      inTransaction((tx) => [
        tx.outbox.notifiedChannels(id, all),
        tx.outbox.notifiedChannels(id, all, 2),
        tx.outbox.notifiedChannels(id, all, 3),
      ]),
    ).toEqual([['slack', 'mail'], ['slack'], []]);
  });

  test('take a step only from where they are', () => {
    const incident = inTransaction((tx) =>
      tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1),
    );
    const by = { person: 'alice', reason: 'on it', untilMs: 99 };
    const steps = inTransaction((tx) => [
      tx.incidents.advance(incident, { state: 'open', page: 1, observedMs: 7 }, 6),
      tx.incidents.advance(incident, { state: 'open', page: 2, observedMs: 8 }, 7),
      tx.incidents.acknowledge(incident, by, 9),
      tx.incidents.acknowledge({ ...incident, event: 1, revision: 'another' }, by, 9),
      tx.incidents.acknowledge({ ...incident, event: 1 }, by, 9),
      tx.incidents.advance({ ...incident, event: 2 }, { state: 'open', page: 2, observedMs: 10 }, 9),
      tx.incidents.resolve(incident.id, 'people signed it', 11),
      tx.incidents.resolve(incident.id, 'a second time', 12),
      tx.incidents.acknowledge({ ...incident, state: 'resolved', event: 3 }, by, 13),
    ]);
    expect(steps).toEqual([true, false, false, false, true, false, true, false, false]);
    expect(scene.store.incidents.find(incident.id)).toMatchObject({
      incident: { state: 'resolved', page: 1, event: 3, observedMs: 7, resolvedMs: 11 },
      acknowledgements: [{ person: 'alice', atMs: 9, untilMs: 99, ending: 'resolved', endedMs: 11 }],
    });
  });

  test('have an id of four hex digits or more that never comes again', () => {
    const ids = inTransaction((tx) =>
      Array.from(
        { length: 500 },
        (_, index) =>
          tx.incidents.create({ site: 'prague-1', topic: `topic-${index}`, severity: 'low' }, 1).id,
      ),
    );
    expect(new Set(ids).size).toBe(500);
    expect(ids.every((id) => /^[0-9a-f]{4,}$/.test(id))).toBe(true);
  });

  test('are found by a beginning of the id that only one has', () => {
    const ids = inTransaction((tx) =>
      Array.from(
        { length: 40 },
        (_, index) =>
          tx.incidents.create({ site: 'prague-1', topic: `topic-${index}`, severity: 'low' }, 1).id,
      ),
    );
    const shared = ids.find((id) => ids.some((other) => other !== id && other[0] === id[0]))?.[0] ?? '';
    expect(() => scene.store.incidents.find(shared)).toThrow(
      expect.objectContaining({ code: 'STORE_AMBIGUOUS_ID' }),
    );
    for (const id of ids) expect(scene.store.incidents.find(id)?.incident.id).toBe(id);
    expect(scene.store.incidents.find('zzzz')).toBeNull();
    expect(scene.store.incidents.find("' or 1=1")).toBeNull();
    expect(scene.store.incidents.find('*')).toBeNull();
  });

  test('keep the worst severity they ever had, and a revision that is the set of what is open', () => {
    const id = inTransaction(
      (tx) => tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'low' }, 1).id,
    );
    const add = (fingerprint: string, severity: Severity) =>
      inTransaction((tx) => {
        tx.findings.add(
          { incident: id, site: 'prague-1', condition: condition(fingerprint, severity), notified: true },
          1,
        );
        return tx.incidents.refresh(id);
      });
    const end = (fingerprint: string) =>
      inTransaction((tx) => {
        tx.findings.end(id, [{ fingerprint, ending: 'reverted' }], 2);
        return tx.incidents.refresh(id);
      });
    const one = add('f1', 'medium');
    const two = add('f2', 'critical');
    expect([one.severity, two.severity]).toEqual(['medium', 'critical']);
    expect(two.revision).not.toBe(one.revision);
    expect(end('f2')).toMatchObject({ severity: 'critical', revision: one.revision });
  });

  test('end once, keep how and when, and may come again', () => {
    const id = inTransaction((tx) => {
      const incident = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
      tx.findings.add(
        { incident: incident.id, site: 'prague-1', condition: condition('f1'), notified: false },
        1,
      );
      tx.findings.markNotified(incident.id, ['f1', 'unknown'], 4);
      tx.findings.markNotified(incident.id, ['f1'], 5);
      tx.findings.end(incident.id, [{ fingerprint: 'f1', ending: 'reverted' }], 5);
      tx.findings.end(incident.id, [{ fingerprint: 'f1', ending: 'approved' }], 6);
      tx.findings.add(
        { incident: incident.id, site: 'prague-1', condition: condition('f1'), notified: false },
        7,
      );
      return incident.id;
    });
    expect(scene.store.incidents.find(id)).toMatchObject({
      ended: [{ fingerprint: 'f1', ending: 'reverted', endedMs: 5, notifiedMs: 4 }],
      open: [{ fingerprint: 'f1', firstSeenMs: 7, notifiedMs: null }],
    });
  });

  test('keep who called a change hostile, the first time and only once', () => {
    const { id } = scene.store.transaction((tx) =>
      tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1),
    );
    inTransaction((tx) =>
      tx.findings.add(
        { incident: id, site: 'prague-1', condition: condition('a'.repeat(64)), notified: false },
        1,
      ),
    );
    const by = (person: string, atMs: number) => ({ fingerprint: 'a'.repeat(64), person, atMs });
    expect(scene.store.transaction((tx) => tx.findings.reject(id, by('anna', 5)))).toBe(true);
    expect(scene.store.transaction((tx) => tx.findings.reject(id, by('ben', 6)))).toBe(false);
    expect(scene.store.findings.rejections(id)).toEqual([by('anna', 5)]);
    expect(scene.store.findings.rejections('none')).toEqual([]);
  });

  test('keep it when the same change is found again in another incident, for as long as it is open', () => {
    const anna = { fingerprint: 'f1', person: 'anna', atMs: 5 };
    const [first, second] = inTransaction((tx) => {
      const one = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1).id;
      tx.findings.add({ incident: one, site: 'prague-1', condition: condition('f1'), notified: false }, 1);
      tx.findings.reject(one, anna);
      tx.findings.end(one, [{ fingerprint: 'f1', ending: 'superseded' }], 6);
      return [one, tx.incidents.create({ site: 'prague-1', topic: 'muted', severity: 'high' }, 7).id];
    });
    expect(scene.store.findings.rejections(first ?? '')).toEqual([anna]);
    expect(scene.store.findings.openRejections('prague-1')).toEqual([]);
    inTransaction((tx) =>
      tx.findings.add(
        { incident: second ?? '', site: 'prague-1', condition: condition('f1'), notified: false },
        8,
      ),
    );
    expect(scene.store.findings.rejections(second ?? '')).toEqual([anna]);
    expect(scene.store.findings.openRejections('prague-1')).toEqual([anna]);
    expect(scene.store.findings.openRejections('wien-1')).toEqual([]);
  });

  test('refuse one fingerprint twice while it is open', () => {
    inTransaction((tx) => {
      const { id } = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
      tx.findings.add({ incident: id, site: 'prague-1', condition: condition('f1'), notified: true }, 1);
      expect(() =>
        tx.findings.add({ incident: id, site: 'prague-1', condition: condition('f1'), notified: true }, 1),
      ).toThrow();
    });
  });

  test('keep hostile text of a subject as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: codePoint })), fc.string({ unit: codePoint }), (after, key) => {
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
            tx.incidents.unresolved('prague-1', 'drift') ??
            tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
          tx.findings.add(
            {
              incident: incident.id,
              site: 'prague-1',
              condition: { ...condition('f'), subject },
              notified: true,
            },
            1,
          );
          const [finding] = tx.findings.open('prague-1');
          tx.findings.end(incident.id, [{ fingerprint: 'f', ending: 'reverted' }], 2);
          return finding?.subject;
        });
        expect(found).toEqual(subject);
      }),
      { numRuns: 50 },
    );
  });
});
