import type { Alert, Notifier } from '../../notifiers/index.js';
import { attemptDelivery } from '../outbox/attempt.js';
import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';

/** Of one part of one delivery, in milliseconds. */
const DELIVERY_LIMIT_MS = 30_000;

/** Delivers around the queue, over every channel at once, each message once: for what cannot be queued. */
export class DirectDelivery {
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #stopping = new AbortController();

  constructor({ timers, log }: { readonly timers: Timers; readonly log: Log }) {
    this.#timers = timers;
    this.#log = log;
  }

  /** How many channels took it. Never rejects. */
  async send(alert: Alert, channels: readonly Notifier[]): Promise<number> {
    const taken = await Promise.all(channels.map((channel) => this.#deliver(channel, alert)));
    return taken.filter((one) => one).length;
  }

  /** Ends the deliveries under way. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Every part by itself: of a mail each is for another person. True when one arrived. */
  async #deliver(channel: Notifier, alert: Alert): Promise<boolean> {
    let taken = false;
    for (const part of channel.parts) taken = (await this.#deliverPart(channel, part, alert)) || taken;
    return taken;
  }

  async #deliverPart(notifier: Notifier, part: string, alert: Alert): Promise<boolean> {
    const outcome = await attemptDelivery({
      ...{ notifier, request: { alert, part, attempt: 1, thread: null } },
      ...{ shutdown: this.#stopping.signal, timers: this.#timers, limitMs: DELIVERY_LIMIT_MS },
    });
    const fields = { channel: notifier.name, part, alert: alert.id };
    if (outcome.delivered) this.#log.info(fields, 'delivered around the queue');
    else this.#log.warn({ ...fields, reason: outcome.reason }, 'not delivered around the queue');
    return outcome.delivered;
  }
}
