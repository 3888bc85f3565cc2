import { expect, test } from '@jest/globals';
import { clockBehind, clockJump, createClockWatch } from '../../../daemon/watchdog/clock-watch.js';

/** A machine on which time passes, and whose clock can be set. */
function machine() {
  const state = { wallMs: 1_000_000, monotonicMs: 500 };
  const jumps: number[] = [];
  const watch = createClockWatch({
    clock: () => state.wallMs,
    monotonic: () => state.monotonicMs,
    timers: { set: () => null, clear: () => undefined },
    onJump: (byMs) => jumps.push(byMs),
  });
  const pass = (ms: number) => {
    state.wallMs += ms;
    state.monotonicMs += ms;
    watch.look();
  };
  const set = (byMs: number) => {
    state.wallMs += byMs;
    watch.look();
  };
  return { pass, set, jumps };
}

test('time that passes is no jump, however much of it', () => {
  const { pass, jumps } = machine();
  pass(10_000);
  pass(86_400_000);
  expect(jumps).toEqual([]);
});

test('a clock that is set forward or back by more than a minute is told once, with how much', () => {
  const { pass, set, jumps } = machine();
  set(60_000);
  expect(jumps).toEqual([]);
  set(1);
  expect(jumps).toEqual([60_001]);
  pass(10_000);
  set(-3_600_000);
  pass(10_000);
  expect(jumps).toEqual([60_001, -3_600_000]);
});

test('a clock that is set a little again and again is found as well', () => {
  const { pass, set, jumps } = machine();
  for (let step = 0; step < 4; step += 1) {
    set(-20_000);
    pass(10_000);
  }
  expect(jumps).toEqual([-80_000]);
});

test('a jump is measured against the time that passed', () => {
  expect(clockJump({ wallMs: 0, monotonicMs: 0 }, { wallMs: 100_000, monotonicMs: 50_000 })).toBeNull();
  expect(clockJump({ wallMs: 0, monotonicMs: 0 }, { wallMs: 100_000, monotonicMs: 30_000 })).toBe(70_000);
});

test('a clock set back while the daemon did not run is found by what was remembered, or by what people signed', () => {
  const nowMs = 100_000_000;
  const behind = (lastSeenMs: number | null, signedMs: number | null) =>
    clockBehind(nowMs, { lastSeenMs, signedMs });
  expect(behind(null, null)).toBeNull();
  expect(behind(nowMs + 60_000, nowMs + 600_000)).toBeNull();
  expect(behind(nowMs - 1e9, nowMs - 1e9)).toBeNull();
  expect(behind(nowMs + 60_001, null)).toEqual({ byMs: 60_001, than: 'last-seen' });
  expect(behind(nowMs, nowMs + 600_001)).toEqual({ byMs: 600_001, than: 'signed' });
  expect(behind(nowMs + 1e9, nowMs + 2e9)).toEqual({ byMs: 1e9, than: 'last-seen' });
});
