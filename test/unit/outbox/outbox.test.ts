import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Timers } from '../../../daemon/observe/schedule.js';
import { ATTEMPT_LIMIT_MS } from '../../../daemon/outbox/attempt.js';
import { createOutbox, type Outbox } from '../../../daemon/outbox/outbox.js';
import { StoreError } from '../../../daemon/store/errors.js';
import { openStore } from '../../../daemon/store/sqlite/open.js';
import type { Store } from '../../../daemon/store/store.js';
import type {
  Alert,
  DeliveryOutcome,
  DeliveryRequest,
  Notifier,
  Severity,
} from '../../../notifiers/index.js';
import { waitFor } from '../../support/wait.js';

/** Time that passes only when told. */
class Time implements Timers {
  nowMs = 1_000_000;
  readonly #waiting = new Map<object, { readonly atMs: number; readonly callback: () => void }>();

  readonly clock = () => this.nowMs;
  set(callback: () => void, delayMs: number): unknown {
    const timer = {};
    this.#waiting.set(timer, { atMs: this.nowMs + delayMs, callback });
    return timer;
  }
  clear(timer: unknown): void {
    this.#waiting.delete(timer as object);
  }
  pass(ms: number): void {
    this.nowMs += ms;
    for (const [timer, { atMs, callback }] of [...this.#waiting]) {
      if (atMs <= this.nowMs && this.#waiting.delete(timer)) callback();
    }
  }
}

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

const hangs = () => new Promise<DeliveryOutcome>(() => undefined);

describe('the outbox', () => {
  let directory: string;
  let store: Store;
  let time: Time;
  let outbox: Outbox | null = null;
  let attempts: string[];
  let storeErrors: unknown[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tillwarden-outbox-'));
    store = openStore(directory);
    time = new Time();
    attempts = [];
    storeErrors = [];
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
    const alert: Alert = {
      id,
      type: 'drift',
      standing: 'page',
      severity,
      site: 'prague-1',
      incident,
      state: incident === null ? null : 'open',
      dedupKey: incident,
      title: '1 new administrator',
      consequence: '',
      facts: [],
      changes: [],
      changesLeftOut: 0,
      nextSteps: [],
      observedAtMs: 1,
      timeZone: 'UTC',
      head: { baselineVersion: null, journal: '' },
    };
    const to = channels.map((name) => ({ name, parts: ['message'] }));
    store.transaction((tx) => tx.enqueue(alert, to, time.nowMs));
  };
  const start = (notifiers: readonly Notifier[], over: Store = store): Outbox => {
    outbox = createOutbox({
      store: over,
      notifiers,
      clock: time.clock,
      random: () => 0,
      timers: time,
      onAttempt: (name, message, outcome) =>
        attempts.push(`${name} ${message.alert.id} ${outcome.delivered ? 'delivered' : outcome.reason}`),
      onStoreError: (_name, error) => storeErrors.push(error),
    });
    outbox.start();
    return outbox;
  };
  const stateOf = (id: string) => store.outbox({ limit: 100 }).filter((one) => one.alertId === id);

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
    store.claim('slack', time.nowMs);
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
    expect(slack.asked).toEqual(['a1 #1', 'a2 #1']);
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

  test('threads on the first message of the incident', async () => {
    const threads: (string | null)[] = [];
    const slack = channel('slack', async ({ thread, alert }) => {
      threads.push(thread);
      return delivered(`ts-${alert.id}`);
    });
    const incident = store.transaction((tx) => tx.createIncident('prague-1', 'drift', 'high', 1).id);
    const started = start([slack.notifier]);
    for (const id of ['a1', 'a2']) {
      enqueue(id, ['slack'], 'high', incident);
      started.wake();
      await started.drain(1);
    }
    expect(threads).toEqual([null, 'ts-a1']);
  });

  describe('when the store fails', () => {
    /** A store of which the named method fails so many times. */
    const failing = (
      method: 'claim' | 'delivered' | 'notDelivered' | 'retryUndelivered',
      times: number,
    ): Store => {
      let left = times;
      return new Proxy(store, {
        get: (target, name) => {
          const real = Reflect.get(target, name, target);
          if (typeof real !== 'function') return real;
          return (...args: unknown[]) => {
            if (name === method && left-- > 0) throw new StoreError('STORE_FULL', 'the disk is full');
            return Reflect.apply(real, target, args);
          };
        },
      });
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
      expect(store.nextDueMs('slack')).toBe(time.nowMs);
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
