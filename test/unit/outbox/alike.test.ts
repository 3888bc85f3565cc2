import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { slackText } from '../../../daemon/demo/stand-ins/messages.js';
import type { Condition } from '../../../daemon/finding.js';
import type { Outbox } from '../../../daemon/outbox/outbox.js';
import type { Notifier } from '../../../notifiers/index.js';
import { type FaultySlack, startFaultySlack } from '../../support/faulty-slack.js';
import { diverted, openChannel, openOutbox, recordNews } from '../../support/outbox-scene.js';
import { temporaryStore } from '../../support/temporary-store.js';
import { waitFor } from '../../support/wait.js';
import { conditions, record } from '../policy/build.js';

const SITES = 200;
const siteOf = (n: number) => `site-${String(n).padStart(3, '0')}`;

let kept: ReturnType<typeof temporaryStore>;
let slack: FaultySlack;
let channels: Notifier[];
let outbox: Outbox | null;
beforeEach(async () => {
  kept = temporaryStore();
  slack = await startFaultySlack();
  const { token, apiUrl } = slack;
  channels = [await openChannel({ kind: 'slack', name: 'ops', token, channel: 'C0123ABCD', apiUrl })];
  outbox = null;
});
afterEach(async () => {
  await outbox?.stop(1_000);
  for (const channel of channels) await channel.close();
  await slack.close();
  kept.remove();
});

/** A vendor's upgrade: one function has another text now. */
function upgraded(text = 'version 2', more: readonly string[] = []): readonly Condition[] {
  const after = [record('f1', { name: text }), ...more.map((id) => record(id, { name: 'planted' }))];
  return conditions('sensor', [record('f1', { name: 'version 1' })], after);
}

const happens = (site: string, found: readonly Condition[]) =>
  found.map((condition) => recordNews(kept.store, channels, site, condition, 1_000)).at(-1) ?? '';

async function sent(): Promise<string[]> {
  const open = openOutbox({
    ...{ store: kept.store, channels, clock: () => 2_000, paceMs: 0 },
    timers: {
      set: (callback, delayMs) => setTimeout(callback, delayMs),
      clear: (one) => clearTimeout(one as never),
    },
  });
  outbox = open;
  open.start();
  expect(await open.drain(30_000)).toBe(true);
  return slack.messages.map(slackText);
}

describe('the very same change at many sites', () => {
  test('is one message that names each site with its incident, and each incident counts as told', async () => {
    const ids = Array.from({ length: SITES }, (_, n) => happens(siteOf(n), upgraded()));
    const messages = await sent();
    expect(messages).toHaveLength(1);
    for (const [n, id] of ids.entries()) {
      expect(messages[0]).toContain(n === 0 ? siteOf(0) : `${siteOf(n)} (${id})`);
      expect(kept.store.outbox.messagesOf(id)).toMatchObject([{ state: 'delivered' }]);
      expect(kept.store.outbox.alerts(id)).toHaveLength(1);
    }
    expect(messages[0]).toContain('and the same at 199 other sites');
    const arrived = kept.store.journal.entries(0, 5_000).filter(({ type }) => type === 'alert-delivered');
    expect(new Set(arrived.map(({ body }) => JSON.parse(body).digest)).size).toBe(1);
    expect(arrived).toHaveLength(SITES);
  });

  test('hides no thief: who does more at one site is told by itself, and first where it is money', async () => {
    for (let n = 0; n < 20; n++) if (n !== 7 && n !== 9 && n !== 11) happens(siteOf(n), upgraded());
    happens(siteOf(7), [...upgraded(), diverted(siteOf(7), 1, 'bc1qTHIEF', 'critical')]);
    happens(siteOf(9), upgraded('version 2', ['planted']));
    happens(siteOf(11), upgraded('version 2, and a door'));
    const messages = await sent();
    expect(messages).toHaveLength(4);
    expect(messages[0]).toContain('bc1qTHIEF');
    expect(messages[0]).toContain(siteOf(7));
    const shared = messages.filter((text) => text.includes('and the same at 16 other sites'));
    expect(shared).toHaveLength(1);
    for (const n of [7, 9, 11]) {
      expect(shared[0]).not.toContain(siteOf(n));
      expect(messages.filter((text) => text.includes(siteOf(n)))).toHaveLength(1);
    }
    expect(messages.join()).toContain('planted');
    expect(messages.join()).toContain('a door');
  });

  test.each(['admin', 'wallet-route', 'terminal', 'contact'] as const)(
    'of kind %s is told site by site: whose money or power it is must not stand in a list',
    async (kind) => {
      const found = conditions(kind, [record('1', { name: 'a' })], [record('1', { name: 'b' })]);
      for (let n = 0; n < 3; n++) happens(siteOf(n), found);
      expect(await sent()).toHaveLength(3);
    },
  );

  test('is told by itself where it continues what that site was told before', async () => {
    happens(siteOf(0), conditions('config', [record('1', { name: 'a' })], [record('1', { name: 'b' })]));
    await sent();
    await outbox?.stop(1_000);
    for (let n = 0; n < 3; n++) happens(siteOf(n), upgraded());
    const messages = await sent();
    expect(messages.filter((text) => text.includes('and the same at 1 other site'))).toHaveLength(1);
    expect(messages).toHaveLength(3);
  });

  test('is repeated as one when the channel did not take it, with the same id, and told of nobody twice', async () => {
    const ids = Array.from({ length: 5 }, (_, n) => happens(siteOf(n), upgraded()));
    slack.next({ type: 'cut' });
    const open = openOutbox({
      ...{ store: kept.store, channels, clock: () => Date.now(), paceMs: 0 },
      timers: {
        set: (callback, delayMs) => setTimeout(callback, delayMs < 60_000 ? 5 : delayMs),
        clear: (one) => clearTimeout(one as never),
      },
    });
    outbox = open;
    open.start();
    await waitFor(() => slack.messages.length > 0, { what: 'the message' });
    await open.drain(10_000);
    expect(slack.messages).toHaveLength(1);
    expect(slackText(slack.messages[0] as never)).toContain('and the same at 4 other sites');
    for (const id of ids) {
      expect(kept.store.outbox.messagesOf(id)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    }
  });

  test('is answered for each site in the thread of the one page, whose state is not that of one of them', async () => {
    const ids = Array.from({ length: 3 }, (_, n) => happens(siteOf(n), upgraded()));
    await sent();
    await outbox?.stop(1_000);
    kept.store.transaction((tx) => {
      const id = ids[1] ?? '';
      const open = tx.findings.openOf(id);
      tx.findings.end(
        id,
        open.map(({ fingerprint }) => ({ fingerprint, ending: 'approved' })),
        3_000,
      );
      tx.incidents.refresh(id);
      tx.incidents.resolve(id, 'people signed what had changed', 3_000);
      tx.outbox.addPending({ incident: id, role: 'follow-up', severity: 'high' }, channels, 3_000);
    });
    await sent();
    expect(slack.requests.map(({ method }) => method)).not.toContain('chat.update');
    const [page, answer] = slack.messages;
    expect([slack.messages.length, answer?.threadTs]).toEqual([2, page?.ts]);
    expect(slackText(answer as never)).toContain(siteOf(1));
  });

  test('is told by itself on a channel that keeps an alert for each incident', async () => {
    const seen: string[] = [];
    channels = [
      {
        ...{ name: 'pager', kind: 'pagerduty', parts: ['event'], close: async () => undefined },
        deliver: async ({ alert }) => {
          seen.push(alert.site);
          return { delivered: true, receipt: 'r' };
        },
      },
    ];
    for (let n = 0; n < 3; n++) happens(siteOf(n), upgraded());
    await sent();
    expect(seen).toEqual([siteOf(0), siteOf(1), siteOf(2)]);
  });

  test('goes into as many messages as its names have room for, each name whole', async () => {
    const long = (n: number) => `${'x'.repeat(50)}-${n}`;
    for (let n = 0; n < 150; n++) happens(long(n), upgraded());
    const messages = await sent();
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.length).toBeLessThan(6);
    for (let n = 0; n < 150; n++)
      expect(messages.filter((text) => new RegExp(`${long(n)}\\b`).test(text))).toHaveLength(1);
  });
});
