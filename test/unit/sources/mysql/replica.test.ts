import { describe, expect, test } from '@jest/globals';
import { watchReplica } from '../../../../daemon/sources/mysql/replica.js';

const IN_STEP = [
  { command: 'Connect', state: 'Waiting for master to send event' },
  { command: 'Connect', state: 'Slave has read all relay log; waiting for more updates' },
];
const BEHIND = [
  { command: 'Connect', state: 'Waiting for master to send event' },
  { command: 'Connect', state: 'Reading event from the relay log' },
];

/** A watch with a limit of 30 s and a clock of its own. */
function scene() {
  let nowMs = 0;
  const watch = watchReplica('cas', 30_000, () => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { watch, pass };
}

describe('a replica', () => {
  test('that was in step when it was last looked at is believed until it is looked at again, however long that takes', () => {
    const { watch, pass } = scene();
    watch.observe(IN_STEP, true);
    pass(33_000);
    expect(watch.failure()).toBeNull();
  });

  test('that is found out of step for longer than the limit is not believed, until it is in step again', () => {
    const { watch, pass } = scene();
    watch.observe(IN_STEP, true);
    pass(20_000);
    watch.observe(BEHIND, true);
    expect(watch.failure()).toBeNull();
    pass(11_000);
    watch.observe(BEHIND, true);
    expect(watch.failure()).toMatchObject({ cause: 'unreachable' });
    watch.observe(IN_STEP, true);
    expect(watch.failure()).toBeNull();
  });

  test('whose threads are gone is a stopped one while it is read-only, and else has taken over', () => {
    const { watch, pass } = scene();
    watch.observe(IN_STEP, true);
    pass(31_000);
    watch.observe([], true);
    expect(watch.failure()).not.toBeNull();
    watch.observe([], false);
    expect(watch.failure()).toBeNull();
    expect(watch.degradations()).toEqual([]);
  });
});
