import type { ConfigWithSecrets } from '../config/config.js';
import { errorCode } from '../error-code.js';
import { StoreError } from '../store/errors.js';
import { foldOnce } from '../store/folding/fold.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';
import type { ErrorSink } from './defects.js';

export interface RetentionOptions {
  readonly store: Store;
  readonly config: () => Pick<ConfigWithSecrets, 'retention' | 'sites' | 'stateDirectory'>;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly caught: ErrorSink;
}

/** After the start, when there is enough else to do, and from then on, in milliseconds. */
const FIRST_MS = 10 * 60_000;
const AGAIN_MS = 6 * 3_600_000;

/** Takes what is older than the configured time out of the store, beside the watching and in small steps. */
export class Retention {
  readonly #options: RetentionOptions;
  #timer: unknown = null;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #problem: string | null = null;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#arm(FIRST_MS);
  }

  /** Why nothing could be folded the last time: our words; null when it could. */
  problem(): string | null {
    return this.#problem;
  }

  /** Folds all that is old enough. Resolves when that is done, or could not be. */
  async look(): Promise<void> {
    const { store, config, clock, log, caught } = this.#options;
    const { retention, sites, stateDirectory } = config();
    if (!retention.fold) return;
    const names = sites.map(({ name }) => name);
    try {
      const folding = { store, directory: stateDirectory, sites: names, clock, stopped: () => this.#stopped };
      while (await foldOnce({ ...folding, beforeMs: clock() - retention.keepMs })) {
        const { number, through } = store.folds.last() ?? {};
        log.info({ number, through }, 'older entries of the journal were folded into a file');
      }
      this.#problem = null;
    } catch (error) {
      const code = errorCode(error);
      if (error instanceof StoreError || code === null) {
        caught('folding what is old', error);
        return;
      }
      log.warn({ err: error }, 'what is old could not be folded');
      this.#problem = `what is older than the configured time cannot be folded into a file (${code}): the state grows on`;
    }
  }

  /** Resolves when the step under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.timers.clear(this.#timer);
    await this.#running;
  }

  #arm(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.#options.timers.set(() => {
      this.#running = this.look().finally(() => this.#arm(AGAIN_MS));
    }, delayMs);
  }
}
