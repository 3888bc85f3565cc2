import type { Timers } from '../time/timers.js';

/** Items that were requested while a run is under way, which may do some of them before it ends. */
export interface WaitingWork<Item> {
  items(): readonly Item[];
  /** These of them wait no more: whoever takes them does them. */
  take(items: readonly Item[]): ReadonlySet<Item>;
  /** Calls `callback` for each further request, until it is null or the run ends. */
  onMore(callback: (() => void) | null): void;
}

export interface ScheduleOptions<Item> {
  /** Does the work for these items, or for everything. */
  readonly run: (work: 'all' | ReadonlySet<Item>, waiting: WaitingWork<Item>) => Promise<void>;
  /** Takes what a run rejected with; the next run comes all the same. Must not throw. */
  readonly onError: (error: unknown) => void;
  /**
   * Mean time between full runs, in milliseconds. Each wait is this ± 10 %, and the one after the first run any part of it: sites that begin together
   * do not march in step.
   */
  readonly intervalMs: number;
  /** 0 ≤ random() < 1. */
  readonly random: () => number;
  /** Called when a full run is due by the timer; it is requested at once when absent. */
  readonly onDue?: () => void;
  readonly timers: Timers;
}

export interface Schedule<Item> {
  /** Wants these items, or everything, done at once; merges with what waits while a run is under way. */
  request(work: 'all' | readonly Item[]): void;
  /** Resolves when nothing is under way or waiting any more. */
  idle(): Promise<void>;
  /** Stops the timer, takes no more requests and resolves when the run under way has ended. */
  stop(): Promise<void>;
}

/**
 * One run at a time. A request while idle starts at once; requests during a run merge into one that follows it, so a burst
 * of hints costs two runs and the last hint is never lost; or the run under way does it itself. A full run happens on the timer whether or not anything was
 * requested (invariant 1), whatever the runs before it came to.
 */
export function createSchedule<Item>(options: ScheduleOptions<Item>): Schedule<Item> {
  let isAllWanted = false;
  let wanted = new Set<Item>();
  let onMore: (() => void) | null = null;
  let running: Promise<void> | null = null;
  let timer: unknown = null;
  let stopped = false;

  let isFirst = true;

  const arm = (share: number): void => {
    options.timers.clear(timer);
    const due = options.onDue ?? (() => request('all'));
    timer = options.timers.set(due, options.intervalMs * share);
  };
  const jitter = () => 0.9 + 0.2 * options.random();

  const waiting: WaitingWork<Item> = {
    items: () => [...wanted],
    take: (items) => new Set(items.filter((item) => wanted.delete(item))),
    onMore: (callback) => {
      onMore = callback;
    },
  };

  const drain = async (): Promise<void> => {
    while ((isAllWanted || wanted.size > 0) && !stopped) {
      const work = isAllWanted ? 'all' : wanted;
      isAllWanted = false;
      wanted = new Set();
      try {
        await options.run(work, waiting);
      } catch (error) {
        options.onError(error);
      }
      onMore = null;
      if (work !== 'all' || stopped) continue;
      arm(isFirst ? 0.1 + 0.9 * options.random() : jitter());
      isFirst = false;
    }
    running = null;
  };

  const request = (work: 'all' | readonly Item[]): void => {
    if (stopped) return;
    if (work === 'all') isAllWanted = true;
    else for (const item of work) wanted.add(item);
    if (running === null) running = drain();
    else if (work !== 'all') onMore?.();
  };

  arm(jitter());
  return {
    request,
    idle: async () => {
      while (running) await running;
    },
    stop: async () => {
      stopped = true;
      options.timers.clear(timer);
      await running;
    },
  };
}
