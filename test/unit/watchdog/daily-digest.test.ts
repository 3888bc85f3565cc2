import { describe, expect, test } from '@jest/globals';
import type { Day } from '../../../daemon/alerts/digest.js';
import { StoreError } from '../../../daemon/store/errors.js';
import type { DigestSent } from '../../../daemon/store/meta.js';
import type { DailyTime } from '../../../daemon/watchdog/daily.js';
import { createDailyDigest } from '../../../daemon/watchdog/daily-digest.js';
import type { Alert } from '../../../notifiers/index.js';
import { CONTEXT } from '../policy/build.js';

const EMPTY: Omit<Day, 'nowMs' | 'sinceMs'> = {
  countedSinceMs: 0,
  reads: 0,
  hints: 0,
  deliveries: 0,
  incidents: [],
  baselines: [],
  trust: null,
  outages: [],
  suppressed: [],
  channels: [],
  degraded: [],
};

/** A store that outlives daemons, and a clock. */
function machine(start: string, time: DailyTime | null = { at: '08:00', timeZone: 'Europe/Prague' }) {
  const state = { nowMs: Date.parse(start), failing: false };
  let last: DigestSent | null = null;
  const meta = {
    get: () => last,
    set: (_key: string, value: DigestSent) => {
      last = value;
    },
  };
  const sent: { readonly at: string; readonly alert: Alert; readonly sinceMs: number }[] = [];
  const errors: unknown[] = [];
  const daemon = () => {
    let since = 0;
    return createDailyDigest({
      time: () => time,
      store: {
        meta: meta as never,
        transaction: (work) => work({ meta } as never),
      },
      announce: (_event, remember, compose) => {
        if (state.failing) throw new StoreError('STORE_FULL', 'the disk is full');
        remember?.(meta as never);
        const at = new Date(state.nowMs).toISOString();
        sent.push({ at, alert: compose({ ...CONTEXT, incident: null }), sinceMs: since });
      },
      day: async (sinceMs) => {
        since = sinceMs;
        return { ...EMPTY, nowMs: state.nowMs, sinceMs };
      },
      onSent: () => undefined,
      clock: () => state.nowMs,
      timers: { set: () => null, clear: () => undefined },
      log: { info: () => undefined } as never,
      onError: (error) => errors.push(error),
    });
  };
  let digest = daemon();
  return {
    sent,
    errors,
    state,
    restart: () => {
      digest.stop();
      digest = daemon();
    },
    at: async (time: string) => {
      state.nowMs = Date.parse(time);
      await digest.look();
    },
  };
}
const times = (sent: readonly { readonly at: string }[]) => sent.map(({ at }) => at.slice(0, 16));

describe('the daily digest', () => {
  test('comes once a day at its time, and says from when it counts', async () => {
    const { at, sent } = machine('2026-11-24T12:00:00Z');
    await at('2026-11-24T12:00:00Z');
    await at('2026-11-25T06:59:59Z');
    expect(sent).toEqual([]);
    await at('2026-11-25T07:00:00Z');
    await at('2026-11-25T07:01:00Z');
    await at('2026-11-25T22:00:00Z');
    await at('2026-11-26T07:00:10Z');
    expect(times(sent)).toEqual(['2026-11-25T07:00', '2026-11-26T07:00']);
    expect(sent.map(({ sinceMs }) => new Date(sinceMs).toISOString().slice(0, 16))).toEqual([
      '2026-11-24T12:00',
      '2026-11-25T07:00',
    ]);
  });

  test('a first start tells of no day before it', async () => {
    const { at, sent } = machine('2026-11-25T07:00:30Z');
    await at('2026-11-25T07:00:30Z');
    await at('2026-11-25T09:00:00Z');
    expect(sent).toEqual([]);
  });

  test('a restart sends none again', async () => {
    const { at, sent, restart } = machine('2026-11-24T12:00:00Z');
    await at('2026-11-24T12:00:00Z');
    await at('2026-11-25T07:00:00Z');
    restart();
    await at('2026-11-25T07:00:05Z');
    restart();
    await at('2026-11-25T20:00:00Z');
    expect(sent).toHaveLength(1);
  });

  test('after days of standing still it comes once, late', async () => {
    const { at, sent, restart } = machine('2026-11-20T12:00:00Z');
    await at('2026-11-20T12:00:00Z');
    restart();
    await at('2026-11-25T15:00:00Z');
    await at('2026-11-25T15:01:00Z');
    await at('2026-11-26T07:00:00Z');
    expect(times(sent)).toEqual(['2026-11-25T15:00', '2026-11-26T07:00']);
  });

  test('a clock that is set back sends none again, and one that was far ahead silences no day', async () => {
    const { at, sent } = machine('2026-11-24T12:00:00Z');
    await at('2026-11-24T12:00:00Z');
    await at('2026-11-25T07:00:00Z');
    await at('2026-11-25T06:00:00Z');
    await at('2026-11-25T07:00:00Z');
    expect(sent).toHaveLength(1);
    await at('2027-11-25T12:00:00Z');
    expect(sent).toHaveLength(2);
    await at('2026-11-25T12:00:00Z');
    await at('2026-11-26T07:00:00Z');
    expect(times(sent).at(-1)).toBe('2026-11-26T07:00');
  });

  test('what could not be recorded was not sent, and is tried again', async () => {
    const { at, sent, errors, state } = machine('2026-11-24T12:00:00Z');
    await at('2026-11-24T12:00:00Z');
    state.failing = true;
    await at('2026-11-25T07:00:00Z');
    expect(errors).toHaveLength(1);
    state.failing = false;
    await at('2026-11-25T07:01:00Z');
    expect(times(sent)).toEqual(['2026-11-25T07:01']);
  });

  test('on the day the clocks show its time twice, it comes once', async () => {
    const { at, sent } = machine('2026-10-24T12:00:00Z', { at: '02:30', timeZone: 'Europe/Prague' });
    for (let minute = 0; minute < 24 * 60; minute += 10) {
      await at(new Date(Date.parse('2026-10-24T12:00:00Z') + minute * 60_000).toISOString());
    }
    expect(times(sent)).toEqual(['2026-10-25T00:30']);
  });

  test('can be turned off', async () => {
    const { at, sent } = machine('2026-11-24T12:00:00Z', null);
    await at('2026-11-24T12:00:00Z');
    await at('2026-11-26T12:00:00Z');
    expect(sent).toEqual([]);
  });
});
