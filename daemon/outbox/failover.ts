import type { Channel } from '../channel.js';
import { FAILOVER_AFTER_MS, failoverOf } from '../policy/route.js';
import type { Store } from '../store/store.js';
import type { Timers } from '../time/timers.js';

export interface FailoverOptions {
  readonly store: Store;
  /** In the order of the configuration. */
  readonly channels: readonly Channel[];
  readonly clock: () => number;
  readonly timers: Timers;
  /** An alert is to go to another channel as well. */
  readonly onPassedOn: (from: string, to: string, alertId: string) => void;
  readonly onStoreError: (channel: string, error: unknown) => void;
}

export interface Failover {
  /** An attempt failed: looks at once, and again when two minutes of failing are over. */
  look(): void;
  stop(): void;
}

/**
 * Passes a critical or high alert on to the next channel too, once every channel it was routed to has failed on it for two minutes or
 * refused it for good. Each message is considered once; what is decided is in the journal.
 */
export function createFailover(options: FailoverOptions): Failover {
  const { store, channels, clock, timers } = options;
  let timer: unknown = null;
  let stopped = false;

  function look(): void {
    if (stopped) return;
    try {
      passOn();
      const sinceMs = store.deliveries.failingSinceMs();
      timers.clear(timer);
      if (sinceMs === null) return;
      // A clock that was set back must not put it off.
      const waitMs = Math.min(sinceMs + FAILOVER_AFTER_MS - clock(), FAILOVER_AFTER_MS);
      timer = timers.set(look, Math.max(0, waitMs));
    } catch (error) {
      // The next attempt that fails looks again.
      for (const { name } of channels.slice(0, 1)) options.onStoreError(name, error);
    }
  }

  function passOn(): void {
    const now = clock();
    const passed = store.transaction((tx) =>
      tx.deliveries.failing(now - FAILOVER_AFTER_MS).map((message) => {
        const to = failoverOf(message.channel, message.others, channels);
        tx.deliveries.passOn(message.id, to, now);
        if (to === null) return null;
        const { channel: from, alertId: alert, incident } = message;
        tx.journal.append({ type: 'alert-passed-on', body: { alert, incident, from, to: to.name } }, now);
        return { from, to: to.name, alert };
      }),
    );
    for (const one of passed) if (one !== null) options.onPassedOn(one.from, one.to, one.alert);
  }

  return {
    look,
    stop: () => {
      stopped = true;
      timers.clear(timer);
    },
  };
}
