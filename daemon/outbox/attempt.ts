import type { Alert, DeliveryOutcome, Notifier } from '../../notifiers/index.js';
import type { OutboxMessage } from '../store/store.js';
import type { Timers } from '../time/timers.js';

/** A notifier that has not answered by then counts as failed, whatever its own timeouts say, in milliseconds. */
export const ATTEMPT_LIMIT_MS = 60_000;

/**
 * Delivers a message once. Always resolves: a notifier that throws, hangs or is told to stop has not delivered, and the message is
 * tried again. What it does after that is no longer listened to.
 */
export async function attemptDelivery({
  notifier,
  message,
  alert,
  shutdown,
  timers,
}: {
  readonly notifier: Notifier;
  readonly message: OutboxMessage;
  /** What the message is now. */
  readonly alert: Alert;
  readonly shutdown: AbortSignal;
  readonly timers: Timers;
}): Promise<DeliveryOutcome> {
  const limit = new AbortController();
  const timer = timers.set(() => limit.abort(), ATTEMPT_LIMIT_MS);
  const signal = AbortSignal.any([shutdown, limit.signal]);
  const { part, attempt, thread } = message;
  try {
    return await Promise.race([
      notifier.deliver({ alert, part, attempt, thread, signal }),
      aborted(signal).then(() =>
        shutdown.aborted
          ? again('stopped before the channel answered')
          : again('no answer within the time limit'),
      ),
    ]);
  } catch {
    // The error may quote what the channel or the watched system said, so it is not repeated here.
    return again('the notifier failed in a way it should not');
  } finally {
    timers.clear(timer);
    limit.abort();
  }
}

/** Not delivered; worth another attempt. */
export function again(reason: string): DeliveryOutcome {
  return { delivered: false, retry: true, reason };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
