import type { SourceReading } from '../sources/source.js';
import type { Timers } from '../time/timers.js';

/** What is read within this of what was read before it is decided together, in milliseconds. */
const WITHIN_MS = 50;
/** The same at the first read of all, of which nothing is known: what is wrong with a site is told as one thing where that takes no time that anybody notices. */
const FIRST_WITHIN_MS = 500;

export interface ReadTogetherOptions {
  readonly timers: Timers;
  /** Whether nothing of the source was read before. */
  readonly isFirst: boolean;
  /** Takes what was read, and decides. */
  readonly take: (reading: SourceReading) => void;
  /** What `take` threw by itself while more was read, with the collections that began to wait. */
  readonly onDefect: (names: string, error: unknown) => void;
}

/** Readings of one source that follow one another closely are taken as one, and what takes long does not hold up what was read before it. */
export class ReadTogether {
  readonly #options: ReadTogetherOptions;
  #read: SourceReading | null = null;
  #late: unknown = null;

  constructor(options: ReadTogetherOptions) {
    this.#options = options;
  }

  /** Collections were read: taken along with what is read shortly after them. */
  add(names: readonly string[], next: SourceReading): void {
    const { timers, isFirst, onDefect } = this.#options;
    // What was read before may have been taken meanwhile.
    this.#read = joined(this.#read, next);
    // From the first that waits to be decided, however soon each that follows it was read.
    this.#late ??= timers.set(
      () => {
        // Whatever comes of it, what is read next is waited for no longer.
        this.#late = null;
        try {
          // Of a source that cannot be reached the whole is one thing to say.
          if (!isUnreached(this.#read)) this.take();
        } catch (error) {
          onDefect(names.join(), error);
        }
      },
      isFirst ? FIRST_WITHIN_MS : WITHIN_MS,
    );
  }

  /** Whether what a collection was read as is not taken yet. */
  has(collection: string): boolean {
    return this.#read?.collections.has(collection) === true;
  }

  /** Takes what waits. Throws what taking it throws. */
  take(): void {
    const { timers, take } = this.#options;
    const ready = this.#read;
    this.#read = null;
    timers.clear(this.#late);
    this.#late = null;
    if (ready !== null) take(ready);
  }
}

function joined(before: SourceReading | null, next: SourceReading): SourceReading {
  if (before === null) return next;
  return { ...before, ...next, collections: new Map([...before.collections, ...next.collections]) };
}

/** Nothing of it was reached. */
function isUnreached(reading: SourceReading | null): boolean {
  return [...(reading?.collections.values() ?? [])].every(
    (one) => !one.readable && one.cause === 'unreachable',
  );
}
