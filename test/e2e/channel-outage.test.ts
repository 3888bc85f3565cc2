import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readMail } from '../../daemon/demo/stand-ins/mail.js';
import type { Outbox } from '../../daemon/outbox/outbox.js';
import { openStore } from '../../daemon/store/sqlite/open.js';
import type { Store } from '../../daemon/store/store.js';
import type { Notifier, Severity } from '../../notifiers/index.js';
import { type FaultyMailServer, startFaultyMailServer } from '../support/faulty-mail-server.js';
import { type FaultySlack, startFaultySlack } from '../support/faulty-slack.js';
import { diverted, openChannel, openOutbox, recordNews } from '../support/outbox-scene.js';
import { Time } from '../support/time.js';

let directory: string;
let store: Store;
let slack: FaultySlack;
let smtp: FaultyMailServer;
let channels: Notifier[];
let time: Time;
let outbox: Outbox;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-outage-'));
  store = openStore(directory);
  slack = await startFaultySlack();
  smtp = await startFaultyMailServer();
  const { apiUrl, token } = slack;
  const mail = { from: 'tillwarden@monitor.example', to: ['oncall@operator.example'] };
  channels = [
    await openChannel({ kind: 'slack', name: 'ops', channel: 'C0OPS', apiUrl, token }),
    await openChannel({ kind: 'email', name: 'oncall', smtp: `smtp://${smtp.host}:${smtp.port}`, ...mail }),
  ];
  time = new Time();
  outbox = openOutbox({ store, channels, clock: time.clock, timers: time, paceMs: 0 });
  outbox.start();
});

afterEach(async () => {
  await outbox.stop(0);
  for (const channel of channels) await channel.close();
  await slack.close();
  await smtp.close();
  store.close();
  rmSync(directory, { recursive: true });
});

function tell(site: string, id: number, severity: Severity): void {
  recordNews(store, channels, site, diverted(site, id, `bc1q${site}x${id}`, severity), time.nowMs);
  outbox.wake();
}

/** Lets time pass until its next whole minute, as often as told, and everything due be tried. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    expect(await outbox.drain(Number.MAX_SAFE_INTEGER)).toBe(true);
    time.pass(60_000);
  }
  expect(await outbox.drain(Number.MAX_SAFE_INTEGER)).toBe(true);
}

const posted = () => slack.messages.filter(({ update }) => !update).map(({ text }) => text);
const alarms = async () =>
  (await Promise.all(smtp.messages.map(readMail))).filter(({ part }) => part === 'alarm');
const undelivered = () => store.outbox.messages({ undeliveredOnly: true, limit: 99 }).length;

test('Slack is down for an hour: mail goes on, and then Slack is told everything once, the worst first', async () => {
  slack.always({ type: 'http', status: 503 });
  tell('brno', 1, 'medium');
  tell('praha', 1, 'critical');
  await pass(30);
  tell('praha', 2, 'high');
  tell('wien', 1, 'high');
  await pass(30);
  expect(posted()).toEqual([]);
  expect(new Set((await alarms()).map(({ subject }) => subject.replace(/^Re: /, '').slice(0, 14)))).toEqual(
    new Set(['MEDIUM brno: 1', 'CRITICAL praha', 'HIGH praha: 1 ', 'HIGH wien: 1 w']),
  );
  slack.always(null);
  await pass(10);
  expect(posted().map((text) => text.split(':')[0])).toEqual(['CRITICAL praha', 'HIGH wien', 'MEDIUM brno']);
  expect(undelivered()).toBe(0);
  await pass(60);
  expect(posted()).toHaveLength(3);
});

test('the mail server refuses and then cuts for an hour: Slack goes on, and then each mail is sent once', async () => {
  const refusing = smtp.fault({ stage: 'sender', type: 'answer', code: 451 });
  tell('brno', 1, 'medium');
  tell('praha', 1, 'critical');
  await pass(20);
  refusing();
  const cutting = smtp.fault({ stage: 'connect', type: 'cut' });
  tell('praha', 2, 'critical');
  await pass(40);
  expect(smtp.messages).toEqual([]);
  expect(posted().map((text) => text.split(':')[0])).toEqual([
    'CRITICAL praha',
    'MEDIUM brno',
    'CRITICAL praha',
  ]);
  cutting();
  await pass(10);
  const subjects = (await alarms()).map(({ subject }) => subject.split(':')[0]);
  expect(subjects).toEqual(['CRITICAL praha', 'MEDIUM brno']);
  expect(smtp.messages).toHaveLength(4);
  expect(undelivered()).toBe(0);
});

test('both are down: what is sent says what is so then, not what was', async () => {
  slack.always({ type: 'cut' });
  const cutting = smtp.fault({ stage: 'connect', type: 'cut' });
  tell('praha', 1, 'critical');
  await pass(10);
  store.transaction((tx) => {
    const incident = tx.incidents.unresolved('praha', 'drift');
    if (incident === null) throw new Error('no incident');
    const [finding] = tx.findings.open('praha');
    tx.findings.end(
      incident.id,
      [{ fingerprint: finding?.fingerprint ?? '', ending: 'reverted' }],
      time.nowMs,
    );
    tx.incidents.advance(incident, { state: 'open', page: incident.page }, time.nowMs);
    tx.outbox.addPending(
      { incident: incident.id, role: 'follow-up', severity: 'high' },
      channels,
      time.nowMs,
    );
  });
  slack.always(null);
  cutting();
  await pass(10);
  expect(posted()).toHaveLength(1);
  expect(posted()[0]).toContain('back to the baseline after 10 min');
  expect((await alarms()).map(({ subject }) => subject)).toEqual([
    expect.stringContaining('back to the baseline after 10 min'),
  ]);
});
