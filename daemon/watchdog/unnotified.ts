/**
 * How long the oldest alert has waited that no channel took, by whichever of two clocks says more: one that was set back makes no wait shorter than it
 * was seen to be.
 */
export class UnnotifiedWait {
  /** The alert that waits, by when it was enqueued, and when it was seen first by the clock that is never set. */
  #seen: { readonly sinceMs: number; readonly atMs: number } | null = null;

  /** Milliseconds; null when none waits. `sinceMs` and `wallMs` are UTC milliseconds, `monotonicMs` those of a clock that only ever grows. */
  forMs(
    sinceMs: number | null,
    { wallMs, monotonicMs }: { readonly wallMs: number; readonly monotonicMs: number },
  ): number | null {
    if (sinceMs === null) {
      this.#seen = null;
      return null;
    }
    if (this.#seen?.sinceMs !== sinceMs) this.#seen = { sinceMs, atMs: monotonicMs };
    return Math.max(wallMs - sinceMs, monotonicMs - this.#seen.atMs);
  }
}
