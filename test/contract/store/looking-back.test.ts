import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sha256Hex } from '../../../baselines/index.js';
import { checkJournal } from '../../../daemon/cli/history/journal-walk.js';
import type { Condition } from '../../../daemon/finding.js';
import { alertText } from '../../../daemon/store/written-form.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { alert, condition, MAIL, numbered, storeScene } from './scene.js';

describe.each(STORE_ADAPTERS)('what can be looked back at of %s', (_name, open) => {
  const scene = storeScene(open);
  const { claim, delivered, enqueue, inTransaction } = scene;

  const change = (fingerprint: string, collection: string): Condition => ({
    ...condition(fingerprint),
    subject: {
      ...{ what: 'change', collection, kind: 'terminal', type: 'removed' },
      ...{ key: '["7"]', before: '{"fields":{},"key":["7"]}', after: [] },
    },
  });

  test('is everything ever found about a collection, open and ended, and nothing of another', () => {
    inTransaction((tx) => {
      const { id } = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
      tx.findings.add(
        { incident: id, site: 'prague-1', condition: change('f1', 'terminals'), notified: true },
        1,
      );
      tx.findings.add(
        { incident: id, site: 'prague-1', condition: change('f2', 'persons'), notified: true },
        1,
      );
      tx.findings.add({ incident: id, site: 'prague-1', condition: condition('f3'), notified: true }, 1);
      tx.findings.end(id, [{ fingerprint: 'f1', ending: 'reverted' }], 2);
      tx.findings.add(
        { incident: id, site: 'prague-1', condition: change('f4', 'terminals'), notified: true },
        3,
      );
    });
    const found = scene.store.findings.ofCollection('prague-1', 'terminals');
    expect(found.map(({ fingerprint }) => fingerprint)).toEqual(['f1', 'f4']);
    expect(found[0]).toMatchObject({ ending: 'reverted', endedMs: 2 });
    expect(found[1]).not.toHaveProperty('endedMs');
    expect(scene.store.findings.ofCollection('brno-1', 'terminals')).toEqual([]);
  });

  test('are the alerts of an incident as they first arrived somewhere, each in the journal with its digest', () => {
    const incident = inTransaction(
      (tx) => tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1).id,
    );
    inTransaction((tx) => tx.outbox.addPending({ incident, role: 'page', severity: 'high' }, MAIL, 100));
    const [alarm, details] = [claim('mail', 100), claim('mail', 100)];
    const composed = (title: string) => ({ ...alert(alarm?.alertId ?? '', 'high', incident), title });
    delivered(alarm?.id ?? 0, 'r1', 101, composed('first'));
    delivered(details?.id ?? 0, 'r2', 102, composed('second'));
    enqueue(alert('a3', 'high', null), MAIL);
    expect(scene.store.outbox.alerts(incident)).toEqual([{ alert: composed('first'), createdMs: 101 }]);
    expect(scene.store.outbox.alerts('ffff')).toEqual([]);
    const arrived = scene.store.journal.entries(0, 9).filter(({ type }) => type === 'alert-delivered');
    expect(arrived.map(({ body }) => JSON.parse(body).digest)).toEqual(
      ['first', 'second'].map((title) => sha256Hex(alertText(composed(title)))),
    );
  });

  test('is all of it in a copy of one instant, which is never written over a file', () => {
    expect(scene.store.journal.head()).toBe('0'.repeat(64));
    const head = inTransaction((tx) => tx.journal.append(numbered(1), 1));
    const copy = mkdtempSync(join(tmpdir(), 'tillwarden-copy-'));
    scene.store.copyTo(join(copy, 'state.sqlite'));
    inTransaction((tx) => tx.journal.append(numbered(2), 2));
    expect(() => scene.store.copyTo(join(copy, 'state.sqlite'))).toThrow();
    const opened = open(copy);
    expect(opened.journal.head()).toBe(head);
    expect(checkJournal(opened, null).broken).toBeNull();
    opened.close();
    rmSync(copy, { recursive: true });
  });
});
