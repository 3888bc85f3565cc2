import type { Timers } from '../time/timers.js';
import type { WaitingWork } from './schedule.js';

/** How long a read may go on before what was hinted at meanwhile is looked at beside it, in milliseconds. Most reads end sooner. */
const PATIENCE_MS = 250;

/** What waits for a look under way, with what looks at some of it. */
export interface WaitingLook extends Pick<WaitingWork<string>, 'items' | 'onMore'> {
  /** Looks at these collections, and they wait no more. Never rejects. */
  look(collections: readonly string[]): Promise<void>;
}

export interface LooksBesideOptions {
  readonly waiting: WaitingLook;
  readonly timers: Timers;
  /** Of some collections those that can be looked at while the read goes on. Must not reject. */
  readonly able: (collections: readonly string[]) => Promise<readonly string[]>;
}

/**
 * While one read of a source goes on: looks at what a hint names meanwhile, one look after the other, where that can be read beside it. A small table
 * then does not wait for a large one.
 */
export class LooksBeside {
  readonly #options: LooksBesideOptions;
  readonly #late: unknown;
  #isOver = false;
  #isAsked = false;
  #looking: Promise<void> | null = null;

  /** The read begins. */
  constructor(options: LooksBesideOptions) {
    this.#options = options;
    this.#late = options.timers.set(() => {
      options.waiting.onMore(() => this.#ask());
      this.#ask();
    }, PATIENCE_MS);
  }

  /** The read is over: begins no further look, and resolves when the one under way has ended. */
  async end(): Promise<void> {
    const { waiting, timers } = this.#options;
    this.#isOver = true;
    timers.clear(this.#late);
    waiting.onMore(null);
    await this.#looking;
  }

  #ask(): void {
    this.#isAsked = true;
    this.#looking ??= this.#look();
  }

  async #look(): Promise<void> {
    const { waiting, able } = this.#options;
    while (this.#isAsked && !this.#isOver) {
      this.#isAsked = false;
      const items = waiting.items();
      const names = items.length === 0 ? [] : await able(items);
      if (names.length > 0 && !this.#isOver) await waiting.look(names);
    }
    this.#looking = null;
  }
}
