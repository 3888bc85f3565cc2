/** Merges what comes too fast. */
export interface Coalescer {
  /** Hands the items over, at once or merged with later ones. */
  push(items: readonly string[]): void;
  /** Drops what waits. */
  stop(): void;
}

/**
 * The first hint is never delayed, and no last one lost: up to `burst` hand-overs go at once, then one every `windowMs` carries all that came
 * meanwhile. A calm of `burst * windowMs` restores the burst. So whoever may notify can make us read `1000 / windowMs` times a second, no more.
 */
export function createCoalescer(options: {
  readonly burst: number;
  readonly windowMs: number;
  readonly forward: (items: readonly string[]) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}): Coalescer {
  const { burst, windowMs, forward, now = () => performance.now() } = options;
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  /** When the allowance would be whole again, if nothing came. */
  let wholeAt = 0;

  const flush = (): void => {
    timer = null;
    const items = [...waiting];
    waiting.clear();
    wholeAt = Math.max(wholeAt, now()) + windowMs;
    forward(items);
  };
  return {
    push: (items) => {
      for (const item of items) waiting.add(item);
      if (timer) return;
      const waitMs = wholeAt - now() - (burst - 1) * windowMs;
      if (waitMs <= 0) flush();
      else timer = setTimeout(flush, waitMs);
    },
    stop: () => {
      if (timer) clearTimeout(timer);
      timer = null;
      waiting.clear();
    },
  };
}
