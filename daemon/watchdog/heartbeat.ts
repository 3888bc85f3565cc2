import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';
import type { HeartbeatStatus } from './health.js';
import { type HeartbeatConfig, type PingOutcome, ping } from './ping.js';
import {
  type HeartbeatReport,
  type HeartbeatSignal,
  heartbeatBody,
  heartbeatOf,
  type Vitals,
} from './signal.js';

/** Intervals without a ping that arrived after which the switch itself is in doubt. */
const SILENT_INTERVALS = 3;
const UNTOLD = 'an internal error, see the log';
/** How often it is looked whether a heartbeat has been configured, in milliseconds. */
const LOOK_AGAIN_MS = 60_000;

export interface HeartbeatOptions {
  /** As configured now; null: none. */
  readonly config: () => HeartbeatConfig | null;
  /** How the daemon does now. When it throws, that is a failure too. */
  readonly vitals: () => Vitals;
  readonly report: () => HeartbeatReport;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly send?: typeof ping;
}

/**
 * Tells a dead man's switch in every interval how the daemon does. What stops the daemon, its machine or its network stops the pings, and
 * the switch raises the alarm. One ping at a time, with a time limit of its own; nothing else waits for it.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #stopping = new AbortController();
  #timer: unknown = null;
  #last: { readonly signal: HeartbeatSignal; readonly outcome: PingOutcome } | null = null;
  #lastArrivedMs: number | null = null;
  /** When a ping arrived last, or the first could have; monotonic. */
  #answeredAtMs: number;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#answeredAtMs = options.monotonic();
  }

  /** Says that the daemon has started, then how it does, in every interval. */
  start(): void {
    void this.#beat({ type: 'start' });
  }

  /** Null when none is configured. */
  status(): HeartbeatStatus | null {
    const config = this.#options.config();
    if (config === null) return null;
    const last = this.#last;
    return {
      lastSignal: last?.signal.type ?? null,
      reasons: last?.signal.type === 'fail' ? last.signal.reasons : [],
      lastArrivedMs: this.#lastArrivedMs,
      failure: last === null || last.outcome.arrived ? null : last.outcome.reason,
      overdue: this.#options.monotonic() - this.#answeredAtMs > SILENT_INTERVALS * config.intervalMs,
    };
  }

  /** Says nothing more, and ends the ping under way. */
  stop(): void {
    this.#stopping.abort();
    this.#options.timers.clear(this.#timer);
  }

  async #beat(signal: HeartbeatSignal): Promise<void> {
    const { timers, log } = this.#options;
    const config = this.#options.config();
    try {
      if (config !== null) await this.#tell(config, signal);
    } catch (error) {
      log.error({ err: error }, 'the heartbeat failed');
    }
    if (this.#stopping.signal.aborted) return;
    const next = () => void this.#beat(this.#signalNow());
    this.#timer = timers.set(next, config?.intervalMs ?? LOOK_AGAIN_MS);
  }

  #signalNow(): HeartbeatSignal {
    try {
      return heartbeatOf(this.#options.vitals());
    } catch (error) {
      this.#options.log.error({ err: error }, 'the heartbeat cannot tell how the daemon does');
      return { type: 'fail', reasons: [UNTOLD] };
    }
  }

  /** Null where it cannot be said: a state that cannot be read must not keep the switch from hearing of it. */
  #reportNow(): HeartbeatReport | null {
    try {
      return this.#options.report();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the heartbeat cannot tell how the daemon stands');
      return null;
    }
  }

  async #tell(config: HeartbeatConfig, signal: HeartbeatSignal): Promise<void> {
    const { clock, monotonic, send = ping } = this.#options;
    const report = this.#reportNow();
    const told: HeartbeatSignal =
      report === null && signal.type === 'success' ? { type: 'fail', reasons: [UNTOLD] } : signal;
    const body = heartbeatBody(told, report);
    const outcome = await send(config, told.type, body, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    this.#note(told, outcome);
    this.#last = { signal: told, outcome };
    if (!outcome.arrived) return;
    this.#lastArrivedMs = clock();
    this.#answeredAtMs = monotonic();
  }

  /** Once for each state: a switch that is out of reach for a day is one line, not a thousand. */
  #note(signal: HeartbeatSignal, outcome: PingOutcome): void {
    const { log } = this.#options;
    const last = this.#last;
    const was = last === null || last.outcome.arrived ? null : last.outcome.reason;
    if (!outcome.arrived && outcome.reason !== was) {
      log.warn({ signal: signal.type, reason: outcome.reason }, 'the heartbeat did not arrive');
    }
    if (outcome.arrived && was !== null) log.info({ signal: signal.type }, 'the heartbeat arrives again');
    if (signal.type !== last?.signal.type) {
      const reasons = signal.type === 'fail' ? signal.reasons : [];
      log[signal.type === 'fail' ? 'warn' : 'info']({ signal: signal.type, reasons }, 'heartbeat');
    }
  }
}

export const NO_HEARTBEAT = 'no heartbeat is configured: nobody notices when tillwarden itself is stopped';

/** What of the heartbeat must show as degraded: our words. */
export function heartbeatDegradations(status: HeartbeatStatus | null): string[] {
  if (status === null) {
    return [NO_HEARTBEAT];
  }
  if (status.failure !== null) return [`the heartbeat does not arrive: ${status.failure}`];
  return status.overdue ? ['the heartbeat has not arrived for several intervals'] : [];
}
