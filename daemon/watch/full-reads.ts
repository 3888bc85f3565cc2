import type { Timers } from '../time/timers.js';

/** Full reads under way at a time. More of them end no sooner: each only takes longer, until time limits pass that nobody's data caused. */
const AT_A_TIME = 16;
/** How long others wait for one, in milliseconds. A source that answers slowly, or not at all, costs itself. */
const PATIENCE_MS = 1_000;

type Work = () => Promise<void>;

/**
 * The order in which the sources of all sites are read whole: those of which nothing is known yet before those that are read again, otherwise first
 * come, first served, so many at a time. What a hint names is read at once and has no turn here. Configurations that follow each other share it.
 */
export class FullReads {
  readonly #timers: Timers;
  readonly #waiting: { readonly first: Work[]; readonly again: Work[] } = { first: [], again: [] };
  #underWay = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * Calls `work` when its turn comes, at once where there is room. The turn is over when the work is, or others have waited for long enough.
   * `first`: the source was never read whole, which no source is for long.
   */
  enter(work: Work, read: 'first' | 'again'): void {
    if (this.#underWay < AT_A_TIME) this.#begin(work);
    else this.#waiting[read].push(work);
  }

  #begin(work: Work): void {
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#timers.clear(late);
      this.#underWay--;
      const next = this.#waiting.first.shift() ?? this.#waiting.again.shift();
      if (next !== undefined) this.#begin(next);
    };
    this.#underWay++;
    const late = this.#timers.set(end, PATIENCE_MS);
    work().then(end, end);
  }
}
