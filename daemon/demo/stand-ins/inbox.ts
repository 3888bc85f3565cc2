import { DemoError } from '../demo-error.js';

/** What a stand-in received, in order of arrival, and those who wait for something of it. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting = new Set<(item: T) => void>();

  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    this.#items.push(item);
    for (const offer of [...this.#waiting]) offer(item);
  }

  /** The first item, received already or yet to come, that `predicate` accepts. Throws `DEMO_WAIT_TIMEOUT` after `timeoutMs`. */
  waitFor(predicate: (item: T) => boolean, timeoutMs: number, what: string): Promise<T> {
    const found = this.#items.find(predicate);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const offer = (item: T) => {
        try {
          if (predicate(item)) settle(() => resolve(item));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const settle = (how: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(offer);
        how();
      };
      const timer = setTimeout(() => {
        const problem = `no such ${what} within ${timeoutMs} ms; ${this.#items.length} others arrived`;
        settle(() => reject(new DemoError('DEMO_WAIT_TIMEOUT', problem)));
      }, timeoutMs);
      this.#waiting.add(offer);
    });
  }
}

/** UTC milliseconds with a fraction: comparable between processes of one machine. */
export function preciseNowMs(): number {
  return performance.timeOrigin + performance.now();
}
