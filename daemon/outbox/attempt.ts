import type { DeliveryOutcome, DeliveryRequest, Notifier } from '../../notifiers/index.js';
import type { Timers } from '../time/timers.js';

/** A notifier that has not answered by then counts as failed, whatever its own timeouts say, in milliseconds. */
export const ATTEMPT_LIMIT_MS = 60_000;

/**
 * Delivers a message once. Always resolves: a notifier that throws, hangs or is told to stop has not delivered, and the message is
 * tried again. What it does after that is no longer listened to.
 */
export async function attemptDelivery({
  notifier,
  request,
  shutdown,
  timers,
  limitMs = ATTEMPT_LIMIT_MS,
}: {
  readonly notifier: Notifier;
  /** What the message is now, and where it goes. */
  readonly request: Omit<DeliveryRequest, 'signal'>;
  readonly shutdown: AbortSignal;
  readonly timers: Timers;
  readonly limitMs?: number;
}): Promise<DeliveryOutcome> {
  const limit = new AbortController();
  const timer = timers.set(() => limit.abort(), limitMs);
  const signal = AbortSignal.any([shutdown, limit.signal]);
  try {
    return await Promise.race([
      notifier.deliver({ ...request, signal }),
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
