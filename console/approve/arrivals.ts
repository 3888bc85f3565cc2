import type { ShownDifference } from '../../daemon/views/console-shapes.js';

/** Whoever presses so soon after something came had not read it, in milliseconds. */
const UNREAD_MS = 2_000;

/** When differences came to a desk that somebody looks at: what came a moment ago is not accepted by a key that was meant for another one (ADR 146). */
export class Arrivals {
  /** By id, in milliseconds of the page. */
  readonly #cameMs = new Map<string, number>();
  /** When the last difference of the desk went, by others than the person who looks at it. */
  #emptiedMs = Number.NEGATIVE_INFINITY;

  /** Another desk is looked at. */
  clear(): void {
    this.#cameMs.clear();
    this.#emptiedMs = Number.NEGATIVE_INFINITY;
  }

  /** The desk is empty because the person signed: nothing was taken from under their hand. */
  emptiedByOwnHand(): void {
    this.#emptiedMs = Number.NEGATIVE_INFINITY;
  }

  /** What came while somebody looked, perhaps in the place of what they had read. */
  note(before: readonly ShownDifference[], now: readonly ShownDifference[]): void {
    const there = new Set(now.map(({ id }) => id));
    for (const id of this.#cameMs.keys()) if (!there.has(id)) this.#cameMs.delete(id);
    if (before.length > 0 && there.size === 0) this.#emptiedMs = performance.now();
    // On a desk that has been empty for a while nobody is about to press anything.
    if (before.length === 0 && performance.now() - this.#emptiedMs >= UNREAD_MS) return;
    const was = new Set(before.map(({ id }) => id));
    for (const id of there) if (!was.has(id)) this.#cameMs.set(id, performance.now());
  }

  isUnread(id: string): boolean {
    return performance.now() - (this.#cameMs.get(id) ?? Number.NEGATIVE_INFINITY) < UNREAD_MS;
  }
}
