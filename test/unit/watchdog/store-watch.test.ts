import { describe, expect, test } from '@jest/globals';
import { StoreError } from '../../../daemon/store/errors.js';
import type { Timers } from '../../../daemon/time/timers.js';
import { StoreWatch } from '../../../daemon/watchdog/store-watch.js';
import type { DeliveryOutcome, Notifier } from '../../../notifiers/index.js';
import { driftAlert } from '../../contract/notifiers/sample-alerts.js';

const MINUTE_MS = 60_000;
const FULL = new StoreError('STORE_FULL', 'the disk is full');

const NO_TIMERS = { set: () => null, clear: () => undefined } as const;

function scene(timers: Timers = NO_TIMERS) {
  const state = {
    nowMs: 0,
    failure: null as Error | null,
    drifted: 0,
    inPlace: true,
    altered: false,
    others: [] as Notifier[],
  };
  const told: string[] = [];
  const recovered: number[] = [];
  const channel = (name: string, outcome: () => DeliveryOutcome): Notifier => ({
    name,
    kind: 'slack',
    parts: ['alarm:anna', 'alarm:bela'],
    deliver: async ({ part }) => {
      const result = outcome();
      if (part === 'alarm:bela') told.push(`${name} ${part} ${result.delivered}`);
      return result;
    },
    close: async () => undefined,
  });
  const outcomes = { ops: { delivered: true, receipt: '1' } as DeliveryOutcome };
  const watch = new StoreWatch({
    store: {
      transaction: () => {
        if (state.failure !== null) throw state.failure;
        return undefined as never;
      },
      inPlace: () => state.inPlace,
      refuseAltered: () => {
        if (state.altered) throw new StoreError('STORE_SCHEMA', 'altered');
      },
    },
    clock: () => state.nowMs,
    monotonic: () => state.nowMs,
    timers,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined } as never,
    channels: () => [
      channel('ops', () => outcomes.ops),
      channel('dead', () => {
        throw new Error('a defect');
      }),
      ...state.others,
    ],
    circumstances: () => `prague-1 ${state.drifted}`,
    compose: () => driftAlert(),
    onRecovered: (afterMs) => recovered.push(afterMs),
  });
  const at = async (minute: number) => {
    state.nowMs = minute * MINUTE_MS;
    watch.probe();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { state, watch, told, recovered, outcomes, at };
}

describe('a store that cannot be written', () => {
  test('is told at once around the queue, by every part, once', async () => {
    const { state, watch, told, at } = scene();
    state.failure = FULL;
    await at(0);
    await at(1);
    await at(600);
    expect(told).toEqual(['ops alarm:bela true']);
    expect(watch.problem()).toEqual({
      code: 'STORE_FULL',
      words: 'the disk of the state store is full: nothing can be recorded',
    });
  });

  test('is told anew when more differs meanwhile, at most once in ten seconds', async () => {
    const { state, told, at } = scene();
    state.failure = FULL;
    await at(0);
    state.drifted = 1;
    await at(9 / 60);
    expect(told).toHaveLength(1);
    await at(1);
    await at(2);
    expect(told).toHaveLength(2);
  });

  test('that no channel took is tried again after ten seconds', async () => {
    const { state, told, outcomes, at } = scene();
    state.failure = FULL;
    outcomes.ops = { delivered: false, retry: true, reason: 'Slack answered HTTP 503' };
    await at(0);
    await at(9 / 60);
    outcomes.ops = { delivered: true, receipt: '1' };
    await at(1);
    await at(2);
    expect(told).toEqual(['ops alarm:bela false', 'ops alarm:bela true']);
  });

  test('is over although a channel never said what became of it', async () => {
    const limits: (() => void)[] = [];
    const { state, recovered, at } = scene({ set: (end) => limits.push(end), clear: () => undefined });
    const hanging = { name: 'hanging', kind: 'ntfy', parts: ['message'], close: async () => undefined };
    state.others = [{ ...hanging, deliver: () => new Promise<DeliveryOutcome>(() => undefined) }];
    state.failure = FULL;
    await at(0);
    state.failure = null;
    await at(1);
    expect(recovered).toEqual([]);
    for (const end of limits) end();
    await new Promise((resolve) => setImmediate(resolve));
    await at(2);
    expect(recovered).toEqual([2 * MINUTE_MS]);
  });

  test('and then can: that is told through the queue, with how long it took', async () => {
    const { state, watch, recovered, at } = scene();
    state.failure = FULL;
    await at(0);
    state.failure = null;
    await at(7);
    expect(recovered).toEqual([7 * MINUTE_MS]);
    expect(watch.problem()).toBeNull();
    await at(8);
    expect(recovered).toHaveLength(1);
  });

  test('that fails again and again is told once in a quarter of an hour', async () => {
    const { state, told, at } = scene();
    for (let minute = 0; minute < 15; minute += 1) {
      state.failure = minute % 2 === 0 ? FULL : null;
      await at(minute);
    }
    expect(told).toHaveLength(1);
    state.failure = FULL;
    await at(15);
    expect(told).toHaveLength(2);
  });

  test('because it was removed under the daemon says so', async () => {
    const { state, watch, told, at } = scene();
    state.inPlace = false;
    await at(0);
    expect(watch.problem()?.code).toBe('STORE_GONE');
    expect(told).toHaveLength(1);
  });

  test('because somebody altered how it is built is told around the queue, which they may have silenced', async () => {
    const { state, watch, told, at } = scene();
    state.altered = true;
    await at(0);
    expect(watch.problem()).toMatchObject({
      code: 'STORE_SCHEMA',
      words: expect.stringContaining('somebody altered'),
    });
    expect(told).toHaveLength(1);
    state.altered = false;
    await at(1);
    expect(watch.problem()).toBeNull();
  });

  test('whatever fails, asking for it does not', () => {
    const { watch } = scene();
    watch.failed('not even an error');
    expect(watch.problem()?.code).toBe('STORE_FAILED');
  });
});
