import type { Timers } from '../time/timers.js';

/** Full reads under way at a time. More of them end no sooner: each only takes longer, until time limits pass that nobody's data caused. */
const AT_A_TIME = 16;
/** How long others wait for one, in milliseconds. A source that answers slowly, or not at all, costs itself. */
const PATIENCE_MS = 1_000;

/**
 * The order in which the sources of all sites are read whole: first come, first served, so many at a time. What a hint names is read at once and
 * has no turn here. Configurations that follow each other share it.
 */
export class FullReads {
  readonly #timers: Timers;
  readonly #waiting: (() => Promise<void>)[] = [];
  #underWay = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Calls `work` when its turn comes, at once where there is room. The turn is over when the work is, or others have waited for long enough. */
  enter(work: () => Promise<void>): void {
    if (this.#underWay < AT_A_TIME) this.#begin(work);
    else this.#waiting.push(work);
  }

  #begin(work: () => Promise<void>): void {
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#timers.clear(late);
      this.#underWay--;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#begin(next);
    };
    this.#underWay++;
    const late = this.#timers.set(end, PATIENCE_MS);
    work().then(end, end);
  }
}
