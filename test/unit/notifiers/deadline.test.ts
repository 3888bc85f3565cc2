import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { type Deadline, withDeadline } from '../../../notifiers/deadline.js';

const untilAborted = ({ signal }: Deadline) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

test('the signal is aborted when the time is up, and says so', async () => {
  const expired = await withDeadline(20, [], async (deadline) => {
    await untilAborted(deadline);
    return deadline.expired();
  });
  expect(expired).toBe(true);
});

test('the signal is aborted with any of the given ones, before or during the work', async () => {
  const during = new AbortController();
  for (const signals of [[AbortSignal.abort()], [new AbortController().signal, during.signal]]) {
    setTimeout(() => during.abort(), 20);
    const expired = await withDeadline(10_000, signals, async (deadline) => {
      await untilAborted(deadline);
      return deadline.expired();
    });
    expect(expired).toBe(false);
  }
});

test('no listener stays on a signal that lives as long as the daemon', async () => {
  const { signal } = new AbortController();
  for (let round = 0; round < 20; round += 1) {
    await withDeadline(1_000, [signal], async () => undefined);
    await expect(withDeadline(1_000, [signal], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
