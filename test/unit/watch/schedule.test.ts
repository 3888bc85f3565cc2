import { describe, expect, jest, test } from '@jest/globals';
import type { Timers } from '../../../daemon/time/timers.js';
import { createSchedule, type WaitingWork } from '../../../daemon/watch/schedule.js';

/** A clock that stands still until told to move. */
function fakeTimers(): Timers & { advance(ms: number): void } {
  let now = 0;
  const pending = new Map<number, { at: number; callback: () => void }>();
  let next = 1;
  return {
    set: (callback, delayMs) => {
      pending.set(next, { at: now + delayMs, callback });
      return next++;
    },
    clear: (timer) => void pending.delete(timer as number),
    advance: (ms) => {
      now += ms;
      for (const [id, timer] of [...pending]) {
        if (timer.at <= now && pending.delete(id)) timer.callback();
      }
    },
  };
}

/** A schedule whose runs end when the test says so. */
function controlled(random = () => 0.5, onDue?: () => void) {
  const timers = fakeTimers();
  const runs: ('all' | string[])[] = [];
  const waits: WaitingWork<string>[] = [];
  const ends: { resolve(): void; reject(error: unknown): void }[] = [];
  const errors: unknown[] = [];
  const schedule = createSchedule<string>({
    run: (work, waiting) => {
      waits.push(waiting);
      runs.push(work === 'all' ? 'all' : [...work]);
      return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
    },
    onError: (error) => errors.push(error),
    intervalMs: 1000,
    random,
    timers,
    ...(onDue === undefined ? {} : { onDue }),
  });
  const endRun = async () => {
    ends.shift()?.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const failRun = async (error: unknown) => {
    ends.shift()?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { schedule, timers, runs, waits, errors, endRun, failRun };
}

describe('the schedule', () => {
  test('starts the first request at once, without waiting for others', () => {
    const { schedule, runs } = controlled();
    schedule.request(['a']);
    expect(runs).toEqual([['a']]);
  });

  test('merges what is requested during a run into one run after it', async () => {
    const { schedule, runs, endRun } = controlled();
    schedule.request(['a']);
    for (let i = 0; i < 1000; i++) schedule.request([i % 2 ? 'a' : 'b']);
    await endRun();
    expect(runs).toEqual([['a'], ['b', 'a']]);
    await endRun();
    expect(runs).toHaveLength(2);
  });

  test('lets a run take what waits, also where everything is wanted after it, and tells it of what comes meanwhile', async () => {
    const { schedule, runs, waits, endRun } = controlled();
    const more = jest.fn();
    schedule.request(['a']);
    schedule.request(['b', 'c']);
    waits[0]?.onMore(more);
    expect(waits[0]?.items()).toEqual(['b', 'c']);
    expect([...(waits[0]?.take(['c', 'd']) ?? [])]).toEqual(['c']);
    schedule.request('all');
    expect(more).not.toHaveBeenCalled();
    schedule.request(['e']);
    expect(more).toHaveBeenCalledTimes(1);
    expect(waits[0]?.items()).toEqual(['b', 'e']);
    await endRun();
    schedule.request(['f']);
    expect(more).toHaveBeenCalledTimes(1);
    expect(runs).toEqual([['a'], 'all']);
    await endRun();
    expect(runs[2]).toEqual(['f']);
  });

  test('lets a request for everything swallow the others', async () => {
    const { schedule, runs, endRun } = controlled();
    schedule.request(['a']);
    schedule.request(['b']);
    schedule.request('all');
    schedule.request(['c']);
    await endRun();
    expect(runs).toEqual([['a'], 'all']);
  });

  test('runs everything on the timer although nothing is requested, again and again', async () => {
    const { timers, runs, endRun } = controlled();
    timers.advance(1000);
    expect(runs).toEqual(['all']);
    await endRun();
    timers.advance(1000);
    await endRun();
    timers.advance(999);
    expect(runs).toHaveLength(2);
    timers.advance(1);
    expect(runs).toEqual(['all', 'all', 'all']);
  });

  test.each([
    [0, 100],
    [0.5, 550],
    [0.999999, 1000],
  ])(
    'does not stay in step with what began with it: random %d gives %d ms after the first run',
    async (random, wait) => {
      const { schedule, timers, runs, endRun } = controlled(() => random);
      schedule.request('all');
      await endRun();
      timers.advance(wait - 1);
      expect(runs).toHaveLength(1);
      timers.advance(1);
      expect(runs).toHaveLength(2);
    },
  );

  test('asks when a run is due, where it is asked to, and runs nothing by itself then', () => {
    let due = 0;
    const { timers, runs } = controlled(
      () => 0.5,
      () => due++,
    );
    timers.advance(1000);
    expect(due).toBe(1);
    expect(runs).toEqual([]);
  });

  test('runs everything on the timer even while requests never stop', async () => {
    const { schedule, timers, runs, endRun } = controlled();
    schedule.request(['a']);
    timers.advance(1000);
    schedule.request(['a']);
    await endRun();
    expect(runs).toEqual([['a'], 'all']);
  });

  test.each([
    [0, 900],
    [0.5, 1000],
    [0.999999, 1100],
  ])('waits the interval with jitter: random %d gives %d ms', (random, wait) => {
    const { timers, runs } = controlled(() => random);
    timers.advance(wait - 1);
    expect(runs).toEqual([]);
    timers.advance(1);
    expect(runs).toEqual(['all']);
  });

  test('goes on after a run that failed: what waits comes at once, and everything on the timer', async () => {
    const { schedule, timers, runs, errors, endRun, failRun } = controlled();
    schedule.request('all');
    schedule.request(['a']);
    await failRun('a defect');
    expect(errors).toEqual(['a defect']);
    expect(runs).toEqual(['all', ['a']]);
    await endRun();
    timers.advance(1000);
    expect(runs).toEqual(['all', ['a'], 'all']);
    await failRun('another');
    await schedule.idle();
    timers.advance(1000);
    expect(runs).toHaveLength(4);
  });

  test('stops after the run under way, and takes nothing more', async () => {
    const { schedule, timers, runs, endRun } = controlled();
    schedule.request(['a']);
    schedule.request(['b']);
    const stopped = schedule.stop();
    await endRun();
    await stopped;
    schedule.request('all');
    timers.advance(10_000);
    expect(runs).toEqual([['a']]);
  });
});
