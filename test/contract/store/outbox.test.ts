import { describe, expect, test } from '@jest/globals';
import { LONGEST_DELAY_MS } from '../../../daemon/store/store.js';
import type { Alert } from '../../../notifiers/index.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { oneCondition } from '../../unit/policy/build.js';
import { alert, MAIL, newsIn, SLACK, storeScene } from './scene.js';

describe.each(STORE_ADAPTERS)('the outbox of %s', (_name, open) => {
  const scene = storeScene(open);
  const { arrive, claim, delivered, enqueue, inTransaction, notDelivered, reopen, retryUndelivered, step } =
    scene;

  test('gives each message once, the most severe first, then by part, then the oldest', () => {
    enqueue(alert('a-medium', 'medium'), MAIL);
    enqueue(alert('b-critical', 'critical'), MAIL);
    enqueue(alert('c-critical', 'critical'), MAIL);
    const order: string[] = [];
    for (let m = claim('mail', 100); m; m = claim('mail', 100)) order.push(`${m.alertId} ${m.part}`);
    expect(order).toEqual([
      'b-critical alarm',
      'c-critical alarm',
      'b-critical details',
      'c-critical details',
      'a-medium alarm',
      'a-medium details',
    ]);
    expect(claim('slack', 100)).toBeNull();
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
    expect(claim('slack', 100)).toEqual({
      id: expect.any(Number),
      channel: 'slack',
      part: 'message',
      severity: 'high',
      alertId: 'a1',
      attempt: 1,
      thread: null,
      insteadOf: null,
      createdMs: 100,
      alike: [],
      content: { role: 'notice', alert: hostile },
    });
  });

  test('takes the same alert twice as one', () => {
    enqueue(alert('a1'), SLACK);
    enqueue(alert('a1'), [...SLACK, ...MAIL]);
    expect(scene.store.outbox.messages({ limit: 10 })).toHaveLength(3);
  });

  test('waits until a message is due, and says when the next one is', () => {
    expect(scene.store.deliveries.nextDueMs('slack')).toBeNull();
    enqueue(alert('a1'), SLACK, 100);
    expect(claim('slack', 99)).toBeNull();
    expect(scene.store.deliveries.nextDueMs('slack')).toBe(100);
    const message = claim('slack', 100);
    expect(scene.store.deliveries.nextDueMs('slack')).toBeNull();
    expect(notDelivered(message?.id ?? 0, 'refused', 700, 101)).toBe(true);
    expect(claim('slack', 699)).toBeNull();
    expect(scene.store.deliveries.nextDueMs('slack')).toBe(700);
    expect(claim('slack', 700)).toMatchObject({ attempt: 2, alertId: 'a1' });
  });

  test('takes a message as due that a clock put off which has been set back since', () => {
    enqueue(alert('a1'), SLACK, 10_000_000);
    expect(claim('slack', 10_000_000 - LONGEST_DELAY_MS)).toBeNull();
    expect(claim('slack', 10_000_000 - LONGEST_DELAY_MS - 1)).not.toBeNull();
  });

  test('acknowledges only what is claimed', () => {
    enqueue(alert('a1'));
    const id = claim('slack', 100)?.id ?? 0;
    expect(delivered(id, 'receipt', 101)).toBe(true);
    expect(delivered(id, 'other', 102)).toBe(false);
    expect(notDelivered(id, 'late', 103, 103)).toBe(false);
    expect(scene.store.outbox.messages({ limit: 1 })).toMatchObject([
      { state: 'delivered', deliveredMs: 101, attempts: 1 },
    ]);
    expect(claim('slack', 1e9)).toBeNull();
  });

  test('shows what was given up, and does not send it again', () => {
    enqueue(alert('a1', 'low'));
    notDelivered(claim('slack', 100)?.id ?? 0, 'channel_not_found', null, 101);
    expect(claim('slack', 1e15)).toBeNull();
    expect(scene.store.deliveries.nextDueMs('slack')).toBeNull();
    expect(scene.store.outbox.messages({ undeliveredOnly: true, limit: 10 })).toMatchObject([
      { state: 'failed', lastError: 'channel_not_found', alertId: 'a1', channel: 'slack', severity: 'low' },
    ]);
  });

  test('gives claimed messages again after a crash, as a further attempt', () => {
    enqueue(alert('a1'), [...SLACK, ...MAIL]);
    claim('slack', 100);
    claim('mail', 100);
    reopen();
    expect(claim('slack', 1e9)).toBeNull();
    expect(retryUndelivered(100)).toBe(3);
    expect(claim('slack', 1e9)).toMatchObject({ attempt: 2 });
  });

  test('gives what waits or was given up again at a start, at once, but nothing that was delivered', () => {
    enqueue(alert('a1'), [...SLACK, ...MAIL]);
    enqueue(alert('a2'), SLACK);
    notDelivered(claim('mail', 100)?.id ?? 0, 'down', 600_000, 101);
    notDelivered(claim('slack', 100)?.id ?? 0, 'invalid_auth', null, 101);
    delivered(claim('slack', 100)?.id ?? 0, 'ts', 101);
    reopen();
    expect(retryUndelivered(200)).toBe(3);
    expect(claim('mail', 200)).toMatchObject({ attempt: 2, alertId: 'a1' });
    expect(claim('slack', 200)).toMatchObject({ attempt: 2, alertId: 'a1' });
    expect(claim('slack', 200)).toBeNull();
  });

  test('is what an incident owes: one message waits at each place, and what is newer joins it', () => {
    const id = step('page', 'high', ['f1']);
    const first = scene.store.outbox.messages({ limit: 9 });
    expect(first.map(({ channel, part, role: standing, page }) => [channel, part, standing, page])).toEqual([
      ['mail', 'details', 'page', 1],
      ['mail', 'alarm', 'page', 1],
      ['slack', 'message', 'page', 1],
    ]);
    expect(new Set(first.map(({ alertId }) => alertId)).size).toBe(1);
    step('page', 'critical', ['f2']);
    step('follow-up', 'low', ['f3']);
    expect(scene.store.outbox.messages({ limit: 9 })).toHaveLength(3);
    const message = claim('slack', 100);
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
    const message = claim('slack', 100);
    expect(message).toMatchObject({ thread: 'receipt', content: { role: 'follow-up', page: 1 } });
    expect(newsIn(message)?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f3']);
    expect(newsIn(message)?.ended).toMatchObject([{ fingerprint: 'f1', unnotified: false }]);
    const mail = newsIn(claim('mail', 100));
    expect(mail?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f2', 'f3']);
    expect(mail?.ended).toMatchObject([{ fingerprint: 'f1', unnotified: true }]);
  });

  test('tells with a link that is gone what was told within the minute and may be of it', () => {
    const [link, user, sensor] = (['access-link', 'admin', 'sensor'] as const).map(
      (kind) => oneCondition(kind, 'added').subject,
    );
    if (!link || !user || !sensor) throw new Error('there is no difference');
    const alike = (fingerprint: string) => ({ fingerprint });
    step('page', 'critical', ['link'], [], { subject: link }, SLACK);
    step('page', 'critical', ['user', 'withdrawn'], [], { subject: user }, SLACK);
    step('page', 'critical', ['sensor'], ['withdrawn'], { subject: sensor }, SLACK);
    arrive('slack');
    step('follow-up', 'high', ['another'], [], { subject: sensor }, SLACK);
    const unlike = claim('slack', 100);
    expect(newsIn(unlike)?.toldBefore).toEqual([]);
    delivered(unlike?.id ?? 0, 'receipt', 101);
    step('follow-up', 'high', [], ['link'], {}, SLACK);
    const gone = claim('slack', 100);
    expect(newsIn(gone)?.ended).toMatchObject([alike('link')]);
    expect(newsIn(gone)?.toldBefore).toMatchObject([alike('user'), { ...alike('withdrawn'), endedMs: 6 }]);
    delivered(gone?.id ?? 0, 'receipt', 101);
    step('page', 'critical', ['second'], [], { subject: user }, SLACK);
    const later = newsIn(claim('slack', 100))?.toldBefore.map(({ fingerprint }) => fingerprint);
    expect(later).toEqual(['link']);
  });

  test('leaves out of what waited what arrived meanwhile', () => {
    step('page', 'critical', ['f1']);
    const underWay = claim('slack', 100);
    step('follow-up', 'high', ['f2']);
    delivered(underWay?.id ?? 0, 'receipt', 101);
    const message = claim('slack', 101);
    expect(message).toMatchObject({ thread: 'receipt', content: { role: 'follow-up' } });
    expect(newsIn(message)?.fresh.map(({ fingerprint }) => fingerprint)).toEqual(['f2']);
  });

  test('gives the page of one incident before the follow-up of another that is as severe', () => {
    step('page', 'critical', ['f1'], [], {}, SLACK);
    arrive('slack');
    step('follow-up', 'critical', ['f2'], [], {}, SLACK);
    inTransaction((tx) => {
      const other = tx.incidents.create({ site: 'brno-1', topic: 'drift', severity: 'critical' }, 1);
      tx.incidents.advance(other, { state: 'open', page: 1 }, 100);
      tx.outbox.addPending({ incident: other.id, role: 'page', severity: 'critical' }, SLACK, 100);
    });
    expect([claim('slack', 100), claim('slack', 100)]).toMatchObject([
      { content: { role: 'page' } },
      { content: { role: 'follow-up' } },
    ]);
  });

  test('joins what was under way in a crash to what waits: one message, from where the older one began', () => {
    step('page', 'critical', ['f1']);
    const crashed = claim('slack', 100);
    step('follow-up', 'high', ['f2']);
    reopen();
    retryUndelivered(1e9);
    const message = claim('slack', 1e9);
    expect(message).toMatchObject({
      attempt: 2,
      severity: 'critical',
      content: { role: 'page', page: 1 },
    });
    expect(message?.alertId).not.toBe(crashed?.alertId);
    expect(newsIn(message)?.fresh).toHaveLength(2);
    expect(claim('slack', 1e9)).toBeNull();
  });

  test('repeats after a crash what nothing joined under the same id', () => {
    step('page', 'critical', ['f1']);
    const crashed = claim('slack', 100);
    reopen();
    retryUndelivered(1e9);
    expect(claim('slack', 1e9)).toMatchObject({ attempt: 2, alertId: crashed?.alertId });
  });

  test('counts how often a record was changed back, over all of the incident', () => {
    const subject = oneCondition('admin', 'added').subject;
    for (const fingerprint of ['f1', 'f2']) {
      step('page', 'critical', [fingerprint], [], { subject });
      step('follow-up', 'high', [], [fingerprint]);
      arrive('slack');
    }
    step('page', 'critical', ['f3'], [], { subject });
    expect(newsIn(claim('slack', 100))?.reverts).toBe(2);
  });

  test('passes an alert on to another channel, which is told the same', () => {
    step('page', 'critical', ['f1'], [], {}, SLACK);
    const failing = claim('slack', 100);
    notDelivered(failing?.id ?? 0, 'refused', 900, 200);
    expect(scene.store.deliveries.failingSinceMs()).toBe(200);
    expect(inTransaction((tx) => tx.deliveries.failing(199))).toEqual([]);
    const [found] = inTransaction((tx) => tx.deliveries.failing(200));
    expect(found).toMatchObject({ channel: 'slack', alertId: failing?.alertId, others: [] });
    inTransaction((tx) =>
      tx.deliveries.passOn(found?.id ?? 0, { name: 'mail', parts: ['alarm', 'details'] }, 300),
    );
    expect([
      inTransaction((tx) => tx.deliveries.failing(200)),
      scene.store.deliveries.failingSinceMs(),
    ]).toEqual([[], null]);
    step('follow-up', 'critical', ['f2'], [], {}, SLACK);
    expect(inTransaction((tx) => tx.deliveries.failing(200))).toMatchObject([{ channel: 'slack' }]);
    const mail = claim('mail', 300);
    expect(mail).toMatchObject({ part: 'alarm', insteadOf: 'slack', alertId: failing?.alertId });
    expect(newsIn(mail)?.fresh).toHaveLength(2);
  });

  test('keeps the receipts of each channel', () => {
    enqueue(alert('a1'), [...SLACK, ...MAIL]);
    enqueue(alert('a2'), SLACK);
    delivered(claim('slack', 100)?.id ?? 0, 'receipt', 101);
    notDelivered(claim('slack', 102)?.id ?? 0, 'rate-limited', 500, 103);
    notDelivered(claim('mail', 102)?.id ?? 0, 'no such recipient', null, 104);
    expect(scene.store.deliveries.channels()).toEqual([
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
    expect(scene.store.outbox.unnotifiedSinceMs(names)).toBeNull();
    enqueue(alert('a1'), [...SLACK, ...MAIL]);
    const since = scene.store.outbox.unnotifiedSinceMs(names);
    expect(since).toBe(scene.store.outbox.messages({ limit: 1 })[0]?.createdMs);
    notDelivered(claim('mail', 100)?.id ?? 0, 'greylisted', 500, 101);
    expect(scene.store.outbox.unnotifiedSinceMs(names)).toBe(since);
    expect(scene.store.outbox.unnotifiedSinceMs(['gone'])).toBeNull();
    delivered(claim('slack', 100)?.id ?? 0, 'receipt', 102);
    expect(scene.store.outbox.unnotifiedSinceMs(names)).toBeNull();
    expect([scene.store.deliveries.countSince(101), scene.store.deliveries.countSince(102)]).toEqual([1, 0]);
  });

  test('gives every message of an incident, however many others came since', () => {
    const id = step('page', 'high', ['a']);
    for (let n = 0; n < 30; n++) enqueue(alert(`n${n}`));
    enqueue(alert('own', 'high', id));
    expect(scene.store.outbox.messagesOf(id).map(({ channel, role }) => `${channel} ${role}`)).toEqual([
      'slack notice',
      'mail page',
      'mail page',
      'slack page',
    ]);
    expect(scene.store.outbox.messagesOf('none')).toEqual([]);
  });

  test('keeps and shows messages of a channel nobody asks for any more', () => {
    enqueue(alert('a1'), [{ name: 'gone', parts: ['message'] }]);
    reopen();
    expect(scene.store.outbox.messages({ undeliveredOnly: true, limit: 10 })).toMatchObject([
      { channel: 'gone', state: 'pending' },
    ]);
  });
});
