import type { Timers } from '../../daemon/time/timers.js';

/** Time that passes only when told. */
export class Time implements Timers {
  nowMs = 1_000_000;
  readonly #waiting = new Map<object, { readonly atMs: number; readonly callback: () => void }>();

  readonly clock = () => this.nowMs;
  set(callback: () => void, delayMs: number): unknown {
    const timer = {};
    this.#waiting.set(timer, { atMs: this.nowMs + delayMs, callback });
    return timer;
  }
  clear(timer: unknown): void {
    this.#waiting.delete(timer as object);
  }
  pass(ms: number): void {
    this.nowMs += ms;
    for (const [timer, { atMs, callback }] of [...this.#waiting]) {
      if (atMs <= this.nowMs && this.#waiting.delete(timer)) callback();
    }
  }
}
