import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Condition } from '../../../daemon/finding.js';
import { ATTEMPT_LIMIT_MS } from '../../../daemon/outbox/attempt.js';
import { type Composer, createComposer } from '../../../daemon/outbox/composer.js';
import { createOutbox, type Outbox } from '../../../daemon/outbox/outbox.js';
import type { Quiet } from '../../../daemon/policy/quiet-hours.js';
import { StoreError } from '../../../daemon/store/errors.js';
import { openStore } from '../../../daemon/store/sqlite/open.js';
import type { Store, StoreTransaction } from '../../../daemon/store/store.js';
import type {
  Alert,
  DeliveryOutcome,
  DeliveryRequest,
  Notifier,
  Severity,
} from '../../../notifiers/index.js';
import { claim } from '../../support/deliver.js';
import { Time } from '../../support/time.js';
import { waitFor } from '../../support/wait.js';
import { oneCondition, withSeverity } from '../policy/build.js';

const delivered = (receipt: string): DeliveryOutcome => ({ delivered: true, receipt });
const refused = (retry: boolean, retryAfterMs?: number): DeliveryOutcome => ({
  delivered: false,
  retry,
  reason: 'refused',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** A channel that answers as told, and says what it was asked. */
function channel(name: string, answer: (request: DeliveryRequest) => Promise<DeliveryOutcome>) {
  const asked: string[] = [];
  const notifier: Notifier = {
    name,
    kind: 'test',
    parts: ['message'],
    deliver: (request) => {
      asked.push(`${request.alert.id} #${request.attempt}`);
      return answer(request);
    },
    close: async () => undefined,
  };
  return { notifier, asked };
}

const alertOf = (id: string, severity: Severity, incident: string | null): Alert => ({
  id,
  type: 'drift',
  role: 'notice',
  severity,
  site: 'prague-1',
  incident,
  state: null,
  dedupKey: null,
  title: '1 new administrator',
  consequence: '',
  facts: [],
  changes: [],
  changesLeftOut: 0,
  nextSteps: [],
  observedAtMs: 1,
  timeZone: 'UTC',
  head: { baselineVersion: null, journal: '' },
});
const SLACK = { name: 'slack', parts: ['message'] };
const defects: unknown[] = [];
const composerOf = (store: Store): Composer =>
  createComposer({
    store,
    canAcknowledge: true,
    isConfigured: (name) => name !== 'gone',
    onDefect: (error) => void defects.push(error),
    wordsOf: () => null,
  });
/** A new administrator. */
const conditionOf = (fingerprint: string, severity: Severity): Condition => ({
  ...withSeverity(oneCondition('admin', 'added', fingerprint), severity),
  fingerprint,
});

const hangs = () => new Promise<DeliveryOutcome>(() => undefined);

describe('the outbox', () => {
  let directory: string;
  let store: Store;
  let time: Time;
  let outbox: Outbox | null = null;
  let attempts: string[];
  let storeErrors: unknown[];
  let composeErrors: unknown[];
  let passedOn: string[];
  let paceMs: number;
  /** How far the clock was set since, while time passes as ever. */
  let clockSetMs: number;
  let quiet: Quiet | null;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-outbox-'));
    store = openStore(directory);
    time = new Time();
    attempts = [];
    storeErrors = [];
    composeErrors = [];
    passedOn = [];
    paceMs = 0;
    clockSetMs = 0;
    quiet = null;
  });
  afterEach(async () => {
    const stopping = outbox?.stop(0);
    time.pass(0);
    time.pass(1_000);
    await stopping;
    outbox = null;
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const enqueue = (
    id: string,
    channels: readonly string[],
    severity: Severity = 'high',
    incident: string | null = null,
  ) => {
    const alert = alertOf(id, severity, incident);
    const to = channels.map((name) => ({ name, parts: ['message'] }));
    store.transaction((tx) => tx.outbox.enqueue(alert, to, { atMs: time.nowMs }));
  };
  const start = (
    notifiers: readonly Notifier[],
    over: Store = store,
    compose: Composer = composerOf(store),
  ): Outbox => {
    outbox = createOutbox({
      store: over,
      notifiers,
      clock: () => time.nowMs + clockSetMs,
      random: () => 0,
      timers: time,
      beginStage: () => () => undefined,
      compose,
      paceMs: () => paceMs,
      quietAt: () => quiet,
      onAttempt: (name, message, outcome) =>
        attempts.push(`${name} ${message.alertId} ${outcome.delivered ? 'delivered' : outcome.reason}`),
      onStoreError: (_name, error) => storeErrors.push(error),
      onComposeError: (_name, error) => composeErrors.push(error),
      onPassedOn: (from, to) => passedOn.push(`${from} to ${to}`),
    });
    outbox.start();
    return outbox;
  };
  const stateOf = (id: string) => store.outbox.messages({ limit: 100 }).filter((one) => one.alertId === id);

  test('sends at once when woken, without waiting for any timer', async () => {
    const slack = channel('slack', async () => delivered('ts-1'));
    const started = start([slack.notifier]);
    expect(await started.drain(1)).toBe(true);
    for (const id of ['a1', 'a2', 'a3']) {
      enqueue(id, ['slack']);
      started.wake();
      expect(await started.drain(1)).toBe(true);
      expect(slack.asked.at(-1)).toBe(`${id} #1`);
    }
    expect(stateOf('a3')).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(attempts).toEqual(['slack a1 delivered', 'slack a2 delivered', 'slack a3 delivered']);
  });

  test('lets each channel hand its message over before the next one composes its own', async () => {
    const order: string[] = [];
    const handing = (name: string) =>
      channel(name, async () => {
        // A client has steps of its own before it sends.
        for (let step = 0; step < 50; step++) await Promise.resolve();
        order.push(`${name} handed over`);
        return delivered('ts');
      }).notifier;
    const compose = composerOf(store);
    const started = start([handing('slack'), handing('mail')], store, (message) => {
      order.push('composed');
      return compose(message);
    });
    await started.drain(1);
    enqueue('a1', ['slack', 'mail']);
    started.wake();
    expect(await started.drain(1)).toBe(true);
    expect(order).toEqual(['composed', 'slack handed over', 'composed', 'mail handed over']);
  });

  test('leaves what nobody waits for until every channel has handed over what it has', async () => {
    const order: string[] = [];
    const handing = (name: string) =>
      channel(name, async () => {
        order.push(name);
        return delivered('ts');
      }).notifier;
    const started = start([handing('slack'), handing('mail')]);
    await started.drain(1);
    enqueue('a1', ['slack', 'mail']);
    started.wake(() => order.push('after'));
    await waitFor(() => order.length === 3, { what: 'what comes after' });
    expect(order).toEqual(['slack', 'mail', 'after']);
  });

  test('does not lose a wake-up that comes while it is sending', async () => {
    let release: (() => void) | undefined;
    const slack = channel('slack', async ({ alert }) => {
      if (alert.id === 'a1') await new Promise<void>((resolve) => (release = resolve));
      return delivered('ts');
    });
    enqueue('a1', ['slack']);
    const started = start([slack.notifier]);
    await waitFor(() => release, { what: 'the first delivery' });
    enqueue('a2', ['slack']);
    started.wake();
    release?.();
    expect(await started.drain(1)).toBe(true);
    expect(slack.asked).toEqual(['a1 #1', 'a2 #1']);
  });

  test('sends what a crashed daemon had claimed again, as a further attempt', async () => {
    enqueue('a1', ['slack']);
    claim(store, 'slack', time.nowMs);
    const slack = channel('slack', async () => delivered('ts'));
    const started = start([slack.notifier]);
    expect(await started.drain(1)).toBe(true);
    expect(slack.asked).toEqual(['a1 #2']);
  });

  test('tries again after the backoff, for as long as it takes', async () => {
    let up = false;
    const slack = channel('slack', async () => (up ? delivered('ts') : refused(true)));
    enqueue('a1', ['slack'], 'critical');
    const started = start([slack.notifier]);
    for (const [attempt, waitMs] of [1_000, 2_000, 4_000, 8_000].entries()) {
      await started.drain(1);
      expect(slack.asked).toHaveLength(attempt + 1);
      time.pass(waitMs - 1);
      await started.drain(1);
      expect(slack.asked).toHaveLength(attempt + 1);
      time.pass(1);
    }
    for (let attempt = 0; attempt < 100; attempt++) {
      await started.drain(1);
      time.pass(600_000);
    }
    await started.drain(1);
    expect(slack.asked).toHaveLength(105);
    up = true;
    time.pass(600_000);
    await started.drain(1);
    expect(stateOf('a1')).toMatchObject([{ state: 'delivered', attempts: 106 }]);
  });

  test('waits as long as the channel wishes', async () => {
    const slack = channel('slack', async ({ attempt }) =>
      attempt === 1 ? refused(true, 30_000) : delivered('ts'),
    );
    enqueue('a1', ['slack']);
    const started = start([slack.notifier]);
    await started.drain(1);
    time.pass(29_999);
    await started.drain(1);
    expect(slack.asked).toHaveLength(1);
    time.pass(1);
    await started.drain(1);
    expect(slack.asked).toHaveLength(2);
  });

  test('gives up only when the channel says that trying again is of no use, and shows it', async () => {
    const slack = channel('slack', async () => refused(false));
    enqueue('a1', ['slack'], 'critical');
    const started = start([slack.notifier]);
    await started.drain(1);
    time.pass(86_400_000);
    started.wake();
    await started.drain(1);
    expect(slack.asked).toEqual(['a1 #1']);
    expect(stateOf('a1')).toMatchObject([{ state: 'failed', lastError: 'refused' }]);
  });

  test('lets no channel wait for a dead one', async () => {
    const slack = channel('slack', hangs);
    const mail = channel('mail', async () => delivered('id'));
    enqueue('a1', ['slack', 'mail']);
    enqueue('a2', ['slack', 'mail']);
    start([slack.notifier, mail.notifier]);
    await waitFor(() => mail.asked.length === 2, { what: 'both mails' });
    expect(slack.asked).toEqual(['a1 #1']);
  });

  test('goes on with the next message while one waits for its next attempt', async () => {
    const slack = channel('slack', async ({ alert }) =>
      alert.id === 'a1' ? refused(true) : delivered('ts'),
    );
    enqueue('a1', ['slack'], 'critical');
    enqueue('a2', ['slack'], 'low');
    const started = start([slack.notifier]);
    await started.drain(1);
    // The channel took one, so it is not down: the other one need not wait any longer.
    expect(slack.asked).toEqual(['a1 #1', 'a2 #1', 'a1 #2']);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('https://secret.example/token'))],
    [
      'throws at once',
      () => {
        throw new Error('https://secret.example/token');
      },
    ],
  ])(
    'takes a notifier that %s for one that did not deliver, and repeats nothing of the error',
    async (_how, answer) => {
      const slack = channel('slack', answer);
      enqueue('a1', ['slack']);
      const started = start([slack.notifier]);
      await started.drain(1);
      expect(stateOf('a1')).toMatchObject([
        { state: 'pending', lastError: 'the notifier failed in a way it should not' },
      ]);
      time.pass(1_000);
      await started.drain(1);
      expect(slack.asked).toEqual(['a1 #1', 'a1 #2']);
    },
  );

  test('takes a notifier that hangs past the limit for one that did not deliver, and tells it to stop', async () => {
    const signals: AbortSignal[] = [];
    const slack = channel('slack', ({ signal }) => {
      signals.push(signal);
      return hangs();
    });
    enqueue('a1', ['slack']);
    start([slack.notifier]);
    await waitFor(() => signals.length === 1, { what: 'the first attempt' });
    time.pass(ATTEMPT_LIMIT_MS);
    await waitFor(() => stateOf('a1')[0]?.state === 'pending', { what: 'the message to wait again' });
    expect(signals[0]?.aborted).toBe(true);
    expect(stateOf('a1')).toMatchObject([{ lastError: 'no answer within the time limit' }]);
    time.pass(1_000);
    await waitFor(() => signals.length === 2, { what: 'the second attempt' });
  });

  describe('for incidents', () => {
    /** Records so many new findings of one severity as one step of the incident, and owes it. */
    const tell = (
      fingerprints: readonly string[],
      severity: Severity,
      standing: 'page' | 'follow-up',
      to: readonly string[] = ['slack'],
    ) => {
      const channels = to.map((name) => ({ name, parts: ['message'] }));
      return store.transaction((tx) => {
        const incident =
          tx.incidents.unresolved('prague-1', 'drift') ??
          tx.incidents.create({ site: 'prague-1', topic: 'drift', severity }, time.nowMs);
        for (const fingerprint of fingerprints) {
          tx.findings.add(
            {
              incident: incident.id,
              site: 'prague-1',
              condition: conditionOf(fingerprint, severity),
              notified: true,
            },
            time.nowMs,
          );
        }
        const page = standing === 'page' ? incident.page + 1 : incident.page;
        tx.incidents.advance(incident, { state: 'open', page }, time.nowMs);
        tx.outbox.addPending({ incident: incident.id, role: standing, severity }, channels, time.nowMs);
        return incident.id;
      });
    };
    const end = (fingerprint: string) =>
      store.transaction((tx) => {
        const incident = tx.incidents.unresolved('prague-1', 'drift');
        if (incident === null) throw new Error('no incident');
        tx.findings.end(incident.id, [{ fingerprint, ending: 'reverted' }], time.nowMs);
        tx.incidents.advance(incident, { state: 'open', page: incident.page }, time.nowMs);
        tx.outbox.addPending(
          { incident: incident.id, role: 'follow-up', severity: 'low' },
          [SLACK],
          time.nowMs,
        );
      });
    /** A channel that remembers the alerts it took, and answers as told. */
    const taking = (answer: (request: DeliveryRequest) => DeliveryOutcome = () => delivered('ts')) => {
      const taken: DeliveryRequest[] = [];
      const { notifier } = channel('slack', async (request) => {
        const outcome = answer(request);
        taken.push(request);
        return outcome.delivered ? delivered(`ts-${taken.length}`) : outcome;
      });
      return { notifier, taken };
    };

    test('answers in the thread of the last page, and a new page stands by itself', async () => {
      const { notifier, taken } = taking();
      const started = start([notifier]);
      for (const [fingerprint, severity, standing] of [
        ['f1', 'critical', 'page'],
        ['f2', 'high', 'follow-up'],
        ['f3', 'critical', 'page'],
        ['f4', 'high', 'follow-up'],
      ] as const) {
        tell([fingerprint], severity, standing);
        started.wake();
        await started.drain(1);
      }
      const id = store.incidents.list({})[0]?.id;
      expect(taken.map(({ alert, thread }) => [alert.role, alert.dedupKey, thread])).toEqual([
        ['page', `${id}-1`, null],
        ['follow-up', `${id}-1`, 'ts-1'],
        ['page', `${id}-2`, null],
        ['follow-up', `${id}-2`, 'ts-3'],
      ]);
      expect(taken.map(({ alert }) => alert.title)).toEqual([
        '1 new administrator',
        '1 new administrator',
        '1 new administrator',
        '1 new administrator',
      ]);
    });

    test('sends the page to whoever was never sent it, although a follow-up is owed', async () => {
      const { notifier, taken } = taking();
      tell(['f1'], 'critical', 'page', ['mail']);
      tell(['f2'], 'high', 'follow-up');
      tell(['f3'], 'high', 'follow-up');
      const started = start([notifier]);
      await started.drain(1);
      tell(['f4'], 'high', 'follow-up');
      started.wake();
      await started.drain(1);
      expect(taken.map(({ alert, thread }) => [alert.role, thread])).toEqual([
        ['page', null],
        ['follow-up', 'ts-1'],
      ]);
    });

    test('lets what waits grow into one message that tells all of it, the worst first', async () => {
      const { notifier, taken } = taking();
      tell(['f1'], 'high', 'page');
      tell(['f2'], 'critical', 'page');
      tell(['f3'], 'medium', 'follow-up');
      expect(store.outbox.messages({ limit: 9 })).toHaveLength(1);
      const started = start([notifier]);
      await started.drain(1);
      expect(taken).toHaveLength(1);
      expect(taken[0]?.alert).toMatchObject({
        role: 'page',
        severity: 'critical',
        title: '3 new administrators',
      });
      expect(taken[0]?.alert.changes.map(({ severity }) => severity)).toEqual(['critical', 'high', 'medium']);
    });

    test('says what is so when the message is sent, and what came and went before', async () => {
      const { notifier, taken } = taking(({ attempt }) => (attempt === 1 ? refused(true) : delivered('ts')));
      tell(['f1'], 'critical', 'page');
      const started = start([notifier]);
      await started.drain(1);
      end('f1');
      time.pass(1_000);
      await started.drain(1);
      expect(taken.map(({ alert }) => [alert.role, alert.severity, alert.title])).toEqual([
        ['page', 'critical', '1 new administrator'],
        ['page', 'critical', '1 record is back to the baseline after 0 ms'],
      ]);
    });

    test('keeps the id over attempts, and takes another one when news joins what was attempted', async () => {
      let up = false;
      const { notifier, taken } = taking(() => (up ? delivered('ts') : refused(true)));
      tell(['f1'], 'high', 'page');
      const started = start([notifier]);
      await started.drain(1);
      time.pass(1_000);
      await started.drain(1);
      tell(['f2'], 'high', 'follow-up');
      up = true;
      time.pass(2_000);
      await started.drain(1);
      const ids = taken.map(({ alert }) => alert.id);
      expect(ids[1]).toBe(ids[0]);
      expect(ids[2]).not.toBe(ids[0]);
      expect(taken[2]).toMatchObject({ attempt: 3, alert: { title: '2 new administrators' } });
      expect(store.outbox.messages({ undeliveredOnly: true, limit: 9 })).toEqual([]);
    });

    test('loses nothing of a message that fails while a newer one waits', async () => {
      let release: ((outcome: DeliveryOutcome) => void) | undefined;
      const titles: string[] = [];
      const { notifier } = channel('slack', ({ alert }) => {
        titles.push(`${alert.role} ${alert.title}`);
        if (titles.length > 1) return Promise.resolve(delivered('ts'));
        return new Promise<DeliveryOutcome>((resolve) => (release = resolve));
      });
      tell(['f1'], 'critical', 'page');
      const started = start([notifier]);
      await waitFor(() => release, { what: 'the first attempt' });
      tell(['f2'], 'high', 'follow-up');
      release?.(refused(true));
      await waitFor(() => store.outbox.messages({ limit: 9 }).some(({ state }) => state === 'merged'), {
        what: 'the merge',
      });
      time.pass(1_000);
      await started.drain(1);
      expect(titles).toEqual(['page 1 new administrator', 'page 2 new administrators']);
      expect(store.outbox.messages({ undeliveredOnly: true, limit: 9 })).toEqual([]);
    });

    test('tells with the next message what was refused for good', async () => {
      const { notifier, taken } = taking(({ alert }) =>
        alert.title.startsWith('1 ') ? refused(false) : delivered('ts'),
      );
      tell(['f1'], 'critical', 'page');
      const started = start([notifier]);
      await started.drain(1);
      tell(['f2'], 'high', 'follow-up');
      started.wake();
      await started.drain(1);
      expect(taken.map(({ alert }) => [alert.role, alert.title])).toEqual([
        ['page', '1 new administrator'],
        ['page', '2 new administrators'],
      ]);
    });

    test('sends to a new channel what is new, not all that ever was', async () => {
      const { notifier, taken } = taking();
      const started = start([notifier]);
      tell(['f1', 'f2'], 'high', 'page', ['mail']);
      tell(['f3'], 'high', 'follow-up', ['mail', 'slack']);
      started.wake();
      await started.drain(1);
      expect(taken[0]?.alert).toMatchObject({ role: 'page', title: '1 new administrator' });
      expect(taken[0]?.alert.facts).toContainEqual({ label: 'Also open in this incident', text: '2' });
    });

    test('passes on what waits for a channel that is not configured any more, and tells nothing twice', async () => {
      tell(['f1'], 'critical', 'page', ['gone', 'other']);
      tell(['f2'], 'medium', 'follow-up', ['gone']);
      const first = taking();
      await start([first.notifier]).drain(1_000);
      expect(first.taken.map(({ alert: { role, title } }) => [role, title])).toEqual([
        ['page', '2 new administrators'],
      ]);
      expect(store.outbox.messages({ undeliveredOnly: true, limit: 9 })).toEqual([]);
      await outbox?.stop(0);
      // Of what one of the configured channels told nothing is left to be told in another's place.
      tell(['f3'], 'critical', 'page', ['gone', 'slack']);
      const second = taking();
      await start([channel('mail', async () => delivered('id')).notifier, second.notifier]).drain(1_000);
      expect(second.taken).toHaveLength(1);
      expect(store.outbox.messages({ undeliveredOnly: true, limit: 9 })).toEqual([]);
      expect(passedOn).toEqual(['gone to slack', 'other to slack']);
    });

    test('is told without words when a defect keeps its news from being put into them, as severe as it is', async () => {
      const { notifier, taken } = taking();
      const id = tell(['f1'], 'critical', 'page');
      // A record that no version of ours wrote.
      store.transaction((tx) => {
        const { subject } = conditionOf('f1', 'critical');
        const broken = { ...subject, after: ['no record'] } as Condition['subject'];
        tx.findings.update('prague-1', { fingerprint: 'f1', subject: broken });
      });
      defects.length = 0;
      await start([notifier]).drain(1_000);
      expect(
        taken.map(({ alert: { severity, incident, role, dedupKey } }) => [
          severity,
          incident,
          role,
          dedupKey,
        ]),
      ).toEqual([['critical', id, 'page', `${id}-1`]]);
      expect(taken[0]?.alert.title).toBe(
        'there is news of an incident (drift) that cannot be put into words',
      );
      expect(defects).toHaveLength(1);
      expect(store.outbox.messages({ undeliveredOnly: true, limit: 9 })).toEqual([]);
    });

    test('stays owed when it cannot be composed', async () => {
      const { notifier, taken } = taking();
      tell(['f1'], 'critical', 'page');
      let broken = true;
      const compose = composerOf(store);
      const started = start([notifier], store, (message) => {
        if (broken) throw new RangeError('a defect');
        return compose(message);
      });
      await started.drain(1);
      expect([taken.length, composeErrors.length]).toEqual([0, 1]);
      broken = false;
      time.pass(1_000);
      await started.drain(1);
      expect(taken).toHaveLength(1);
    });
  });

  describe('on a channel that was down', () => {
    test('tells the worst first once it is back, although something else is due first', async () => {
      let up = false;
      const slack = channel('slack', async () => (up ? delivered('ts') : refused(true)));
      enqueue('critical', ['slack'], 'critical');
      const started = start([slack.notifier]);
      for (let passed = 0; passed < 300; passed++) {
        await started.drain(1);
        time.pass(1_000);
      }
      enqueue('low', ['slack'], 'low');
      enqueue('high', ['slack'], 'high');
      up = true;
      slack.asked.length = 0;
      started.wake();
      await started.drain(1);
      expect(slack.asked.map((one) => one.replace(/ .*/, ''))).toEqual(['critical', 'high', 'low']);
    });

    test('lets everything that waits go at once when one message was taken', async () => {
      let up = false;
      const slack = channel('slack', async () => (up ? delivered('ts') : refused(true)));
      for (const id of ['a1', 'a2', 'a3']) enqueue(id, ['slack']);
      const started = start([slack.notifier]);
      for (let passed = 0; passed < 100; passed++) {
        await started.drain(1);
        time.pass(1_000);
      }
      up = true;
      await started.drain(1);
      slack.asked.length = 0;
      enqueue('new', ['slack']);
      started.wake();
      await started.drain(1);
      expect(store.outbox.messages({ undeliveredOnly: true, limit: 9 })).toEqual([]);
    });

    test('a message that never gets through holds back no other, and is tried at most twice for each', async () => {
      const slack = channel('slack', async ({ alert }) =>
        alert.id === 'poison' ? refused(true) : delivered('ts'),
      );
      enqueue('poison', ['slack'], 'critical');
      const started = start([slack.notifier]);
      await started.drain(1);
      for (const id of ['a1', 'a2', 'a3']) {
        enqueue(id, ['slack']);
        started.wake();
        await started.drain(1);
        expect(stateOf(id)).toMatchObject([{ state: 'delivered' }]);
      }
      expect(slack.asked.filter((one) => one.startsWith('poison')).length).toBeLessThanOrEqual(1 + 2 * 3);
    });
  });

  describe('in a storm', () => {
    test('sends an alert a second, its parts without delay, and the first one at once', async () => {
      paceMs = 1_000;
      const sent: string[] = [];
      const notifier: Notifier = {
        ...channel('mail', hangs).notifier,
        parts: ['alarm', 'details'],
        deliver: async ({ alert, part }) => {
          sent.push(`${time.nowMs - 1_000_000} ${alert.id} ${part}`);
          return delivered('id');
        },
      };
      const to = [{ name: 'mail', parts: notifier.parts }];
      for (const id of ['a1', 'a2']) {
        store.transaction((tx) => tx.outbox.enqueue(alertOf(id, 'high', null), to, { atMs: time.nowMs }));
      }
      const started = start([notifier]);
      await waitFor(() => sent.length === 2, { what: 'the first alert' });
      expect(await Promise.race([started.drain(1_000_000), Promise.resolve('waits')])).toBe('waits');
      time.pass(999);
      await new Promise(setImmediate);
      expect(sent).toEqual(['0 a1 alarm', '0 a1 details']);
      time.pass(1);
      expect(await started.drain(1)).toBe(true);
      expect(sent.slice(2)).toEqual(['1000 a2 alarm', '1000 a2 details']);
      time.pass(1_000);
      store.transaction((tx) => tx.outbox.enqueue(alertOf('a3', 'high', null), to, { atMs: time.nowMs }));
      started.wake();
      await started.drain(1);
      expect(sent.slice(4)).toEqual(['2000 a3 alarm', '2000 a3 details']);
    });

    test('can be stopped while it keeps its pace', async () => {
      paceMs = 60_000;
      const slack = channel('slack', async () => delivered('ts'));
      enqueue('a1', ['slack']);
      enqueue('a2', ['slack']);
      const started = start([slack.notifier]);
      await waitFor(() => slack.asked.length === 1, { what: 'the first alert' });
      await started.stop(1);
      expect(slack.asked).toEqual(['a1 #1']);
    });
  });

  describe('on a channel that does not take a severe alert', () => {
    const TWO_MINUTES = 120_000;
    const failsFor = async (started: Outbox, ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        await started.drain(1);
        time.pass(1_000);
      }
      await started.drain(1);
    };

    test('goes to the next one after two minutes, once, and that is in the journal', async () => {
      const slack = channel('slack', async () => refused(true));
      const mail = channel('mail', async () => delivered('id'));
      enqueue('a1', ['slack'], 'critical');
      enqueue('a2', ['slack'], 'medium');
      const started = start([slack.notifier, mail.notifier]);
      await failsFor(started, TWO_MINUTES - 1_000);
      expect(mail.asked).toEqual([]);
      await failsFor(started, TWO_MINUTES);
      expect(mail.asked).toEqual(['a1 #1']);
      expect(passedOn).toEqual(['slack to mail']);
      const passings = store.journal.entries(0, 9).filter(({ type }) => type === 'alert-passed-on');
      expect(passings.map(({ body }) => JSON.parse(body))).toEqual([
        { alert: 'a1', incident: null, from: 'slack', to: 'mail' },
      ]);
      expect(stateOf('a1')).toMatchObject([
        { channel: 'mail', state: 'delivered', insteadOf: 'slack' },
        { channel: 'slack', state: 'pending', insteadOf: null },
      ]);
    });

    test('goes to the next one within two minutes although the clock was set back by an hour', async () => {
      const slack = channel('slack', async () => refused(true));
      const mail = channel('mail', async () => delivered('id'));
      enqueue('a1', ['slack'], 'critical');
      const started = start([slack.notifier, mail.notifier]);
      await failsFor(started, 10_000);
      expect(slack.asked).not.toEqual([]);
      clockSetMs = -3_600_000;
      await failsFor(started, TWO_MINUTES);
      expect(mail.asked).toEqual(['a1 #1']);
    });

    test('goes to the next one at once when it is refused for good', async () => {
      const slack = channel('slack', async () => refused(false));
      const facts: unknown[] = [];
      const mail = channel('mail', async ({ alert }) => {
        facts.push(...alert.facts);
        return delivered('id');
      });
      enqueue('a1', ['slack'], 'high');
      const started = start([slack.notifier, mail.notifier]);
      await waitFor(() => mail.asked.length === 1, { what: 'the mail' });
      await started.drain(1);
      expect(facts).toEqual([{ label: 'Sent here because', text: 'channel slack does not take it' }]);
    });

    test('stays where it is while another channel it was routed to took it or may', async () => {
      const slack = channel('slack', async () => refused(true));
      const mail = channel('mail', async () => delivered('id'));
      const ntfy = channel('ntfy', async () => delivered('id'));
      enqueue('a1', ['slack', 'mail'], 'critical');
      const started = start([slack.notifier, mail.notifier, ntfy.notifier]);
      await failsFor(started, 2 * TWO_MINUTES);
      expect(ntfy.asked).toEqual([]);
    });

    test('goes on to a third one when the second does not take it either', async () => {
      const slack = channel('slack', async () => refused(true));
      const mail = channel('mail', async () => refused(true));
      const ntfy = channel('ntfy', async () => delivered('id'));
      enqueue('a1', ['slack'], 'critical');
      const started = start([slack.notifier, mail.notifier, ntfy.notifier]);
      await failsFor(started, 2 * TWO_MINUTES + 10_000);
      expect(passedOn).toEqual(['slack to mail', 'mail to ntfy']);
      expect(ntfy.asked).toEqual(['a1 #1']);
    });
  });

  describe('for a channel that is not configured any more', () => {
    const undelivered = () => store.outbox.messages({ undeliveredOnly: true, limit: 100 });

    test('goes to the first one that is, whatever it weighs, and waits for nobody', async () => {
      const facts: unknown[] = [];
      const mail = channel('mail', async ({ alert }) => {
        facts.push(...alert.facts);
        return delivered('id');
      });
      const ntfy = channel('ntfy', async () => delivered('id'));
      enqueue('a1', ['gone'], 'critical');
      enqueue('a2', ['gone'], 'low');
      enqueue('a3', ['gone', 'ntfy'], 'high');
      const started = start([mail.notifier, ntfy.notifier]);
      await started.drain(1_000);
      expect(mail.asked).toEqual(['a1 #1', 'a2 #1']);
      expect(ntfy.asked).toEqual(['a3 #1']);
      expect(facts[0]).toEqual({
        label: 'Sent here because',
        text: 'channel gone is not configured any more',
      });
      expect(passedOn).toEqual(['gone to mail', 'gone to mail']);
      expect(undelivered()).toEqual([]);
      expect(store.folds.nothingOpenBefore(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
      const passings = store.journal.entries(0, 99).filter(({ type }) => type === 'alert-passed-on');
      expect(passings.map(({ body }) => JSON.parse(body))).toEqual([
        { alert: 'a1', incident: null, from: 'gone', to: 'mail' },
        { alert: 'a2', incident: null, from: 'gone', to: 'mail' },
      ]);
    });

    test('goes to whoever is named in the place of a recipient, unless another one has it', async () => {
      const parts = ['alarm:anna', 'alarm:ben'];
      const sent: string[] = [];
      const mail = (own: readonly string[]): Notifier => ({
        ...channel('mail', async ({ alert, part }) => {
          sent.push(`${alert.id} ${part}`);
          expect(alert.facts).toEqual([]);
          return delivered('id');
        }).notifier,
        parts: own,
        formerPart: (address) => `former:${address}`,
      });
      const put = (id: string, to: readonly string[]) =>
        store.transaction((tx) =>
          tx.outbox.enqueue(alertOf(id, 'critical', null), [{ name: 'mail', parts: to }], { atMs: 1 }),
        );
      put('a1', parts);
      put('a2', ['alarm:ben']);
      await start([mail(['alarm:anna', 'alarm:eva'])]).drain(1_000);
      expect(sent).toEqual(['a1 alarm:anna', 'a2 alarm:anna', 'a2 alarm:eva']);
      expect(undelivered()).toEqual([]);
      const former = { ...alertOf('a3', 'medium', null), type: 'address-changed' } as const;
      store.transaction((tx) =>
        tx.outbox.enqueue(former, [{ name: 'mail', parts: ['former:jo@example.org'] }], { atMs: 1 }),
      );
      await outbox?.stop(0);
      await start([mail(parts)]).drain(1_000);
      expect(sent.at(-1)).toBe('a3 former:jo@example.org');
    });

    test('is not shown to the operator when it is for somebody whom only that channel wrote to', async () => {
      const mail = channel('mail', async () => delivered('id'));
      const alert = { ...alertOf('a1', 'medium', null), type: 'address-changed' } as const;
      store.transaction((tx) =>
        tx.outbox.enqueue(alert, [{ name: 'gone', parts: ['former:eva@example.org'] }], { atMs: 1 }),
      );
      await start([mail.notifier]).drain(1_000);
      expect(mail.asked).toEqual([]);
      expect(undelivered()).toEqual([]);
      const last = store.journal.entries(0, 99).at(-1);
      expect([last?.type, JSON.parse(last?.body ?? '{}').reason]).toEqual([
        'alert-given-up',
        'what it was for is not configured any more',
      ]);
    });
  });

  describe('in quiet hours', () => {
    const hold = (id: string, severity: Severity, mayWait: boolean) => {
      const to = [{ name: 'slack', parts: ['message'] }];
      store.transaction((tx) =>
        tx.outbox.enqueue(alertOf(id, severity, null), to, { atMs: time.nowMs, mayWait }),
      );
    };
    const HOUR = 3_600_000;

    test('holds back what may wait, of the severities that do, until they are over', async () => {
      const slack = channel('slack', async () => delivered('ts'));
      quiet = { severities: ['low', 'info'], untilMs: time.nowMs + HOUR };
      hold('a1', 'low', true);
      hold('a2', 'low', false);
      hold('a3', 'medium', true);
      const started = start([slack.notifier]);
      expect(await started.drain(1)).toBe(true);
      expect(slack.asked).toEqual(['a3 #1', 'a2 #1']);
      // Looks again from time to time: the settings, or the clock, may be others by then.
      for (let minute = 0; minute < 59; minute += 10) {
        time.pass(10 * 60_000);
        await started.drain(1);
      }
      expect(slack.asked).toHaveLength(2);
      quiet = null;
      time.pass(10 * 60_000);
      await started.drain(1);
      expect(slack.asked).toEqual(['a3 #1', 'a2 #1', 'a1 #1']);
    });

    test('lets go at once what grows into something that may not wait', async () => {
      const slack = channel('slack', async () => delivered('ts'));
      quiet = { severities: ['low'], untilMs: time.nowMs + HOUR };
      const owe = (fingerprint: string, severity: Severity, mayWait: boolean) =>
        store.transaction((tx) => {
          const incident =
            tx.incidents.unresolved('prague-1', 'drift') ??
            tx.incidents.create({ site: 'prague-1', topic: 'drift', severity }, time.nowMs);
          tx.findings.add(
            {
              incident: incident.id,
              site: 'prague-1',
              condition: conditionOf(fingerprint, severity),
              notified: true,
            },
            time.nowMs,
          );
          tx.incidents.advance(incident, { state: 'open', page: incident.page + 1 }, time.nowMs);
          tx.outbox.addPending(
            { incident: incident.id, role: 'page', severity, mayWait },
            [SLACK],
            time.nowMs,
          );
        });
      owe('f1', 'low', true);
      const started = start([slack.notifier]);
      await started.drain(1);
      expect(slack.asked).toEqual([]);
      owe('f2', 'critical', false);
      started.wake();
      await started.drain(1);
      expect(slack.asked).toHaveLength(1);
    });
  });

  test('gives up after a day what is neither critical nor high, and shows it; the rest arrives whenever the channel is back', async () => {
    let up = false;
    const slack = channel('slack', async () => (up ? delivered('ts') : refused(true)));
    const all = ['critical', 'high', 'medium', 'info'] as const;
    for (const severity of all) enqueue(severity, ['slack'], severity);
    const started = start([slack.notifier]);
    const states = () => all.map((severity) => stateOf(severity)[0]?.state);
    for (let hour = 0; hour <= 24; hour++) {
      await started.drain(1);
      time.pass(3_600_000);
    }
    await started.drain(1);
    expect(states()).toEqual(['pending', 'pending', 'failed', 'failed']);
    up = true;
    time.pass(3_600_000);
    await started.drain(1);
    expect(states()).toEqual(['delivered', 'delivered', 'failed', 'failed']);
  });

  describe('when the store fails', () => {
    /** A store of which the named method fails so many times. */
    const failing = (
      method: 'claim' | 'delivered' | 'notDelivered' | 'retryUndelivered',
      times: number,
    ): Store => {
      let left = times;
      const fails = <T extends object>(target: T, replaced: string, by: unknown): T =>
        new Proxy(target, {
          get: (real, name) => {
            const value: unknown = name === replaced ? by : Reflect.get(real, name, real);
            return typeof value === 'function' ? value.bind(real) : value;
          },
        });
      const full = (tx: StoreTransaction) => ({
        ...tx,
        deliveries: fails(tx.deliveries, method, () => {
          left -= 1;
          throw new StoreError('STORE_FULL', 'the disk is full');
        }),
      });
      return fails(store, 'transaction', <T>(work: (tx: StoreTransaction) => T) =>
        store.transaction((tx) => work(left > 0 ? full(tx) : tx)),
      );
    };

    test.each(['delivered', 'notDelivered'] as const)(
      'settles what it owes when %s works again, and does not send meanwhile',
      async (method) => {
        const slack = channel('slack', async ({ attempt }) =>
          method === 'notDelivered' && attempt === 1 ? refused(true) : delivered('ts'),
        );
        enqueue('a1', ['slack']);
        const started = start([slack.notifier], failing(method, 2));
        await started.drain(1);
        expect(stateOf('a1')).toMatchObject([{ state: 'claimed' }]);
        time.pass(1_000);
        await started.drain(1);
        expect(slack.asked).toEqual(['a1 #1']);
        time.pass(1_000);
        await started.drain(1);
        time.pass(1_000);
        await started.drain(1);
        expect(stateOf('a1')).toMatchObject([{ state: 'delivered' }]);
        expect(slack.asked).toEqual(method === 'delivered' ? ['a1 #1'] : ['a1 #1', 'a1 #2']);
        expect(storeErrors).toHaveLength(2);
      },
    );

    test('looks again after a second', async () => {
      const slack = channel('slack', async () => delivered('ts'));
      enqueue('a1', ['slack']);
      const started = start([slack.notifier], failing('claim', 1));
      await started.drain(1);
      expect(slack.asked).toEqual([]);
      time.pass(1_000);
      await started.drain(1);
      expect(slack.asked).toEqual(['a1 #1']);
    });

    test('starts all the same', async () => {
      const slack = channel('slack', async () => delivered('ts'));
      enqueue('a1', ['slack']);
      const started = start([slack.notifier], failing('retryUndelivered', 1));
      await started.drain(1);
      expect(slack.asked).toEqual(['a1 #1']);
      expect(storeErrors).toHaveLength(1);
    });
  });

  describe('when it is stopped', () => {
    test('lets the attempt under way end and starts no other', async () => {
      let release: (() => void) | undefined;
      const slack = channel('slack', async () => {
        await new Promise<void>((resolve) => (release = resolve));
        return delivered('ts');
      });
      enqueue('a1', ['slack']);
      enqueue('a2', ['slack']);
      const started = start([slack.notifier]);
      await waitFor(() => release, { what: 'the first attempt' });
      const stopping = started.stop(5_000);
      release?.();
      await stopping;
      started.wake();
      time.pass(86_400_000);
      expect(await started.drain(1)).toBe(true);
      expect(slack.asked).toEqual(['a1 #1']);
      expect(stateOf('a1')).toMatchObject([{ state: 'delivered' }]);
      expect(stateOf('a2')).toMatchObject([{ state: 'pending', attempts: 0 }]);
    });

    test('aborts what takes longer, and leaves it due at once for the next start', async () => {
      const signals: AbortSignal[] = [];
      const slack = channel('slack', ({ signal }) => {
        signals.push(signal);
        return hangs();
      });
      enqueue('a1', ['slack']);
      const started = start([slack.notifier]);
      await waitFor(() => signals.length === 1, { what: 'the attempt' });
      const stopping = started.stop(2_000);
      expect(signals[0]?.aborted).toBe(false);
      time.pass(2_000);
      await stopping;
      expect(signals[0]?.aborted).toBe(true);
      expect(stateOf('a1')).toMatchObject([
        { state: 'pending', lastError: 'stopped before the channel answered' },
      ]);
      expect(store.deliveries.nextDueMs('slack')).toBe(time.nowMs);
    });
  });

  test('says that it did not drain when the limit passed first', async () => {
    const slack = channel('slack', hangs);
    enqueue('a1', ['slack']);
    const started = start([slack.notifier]);
    const draining = started.drain(500);
    time.pass(500);
    expect(await draining).toBe(false);
  });
});
