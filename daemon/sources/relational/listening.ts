import type { SourceContext } from '../context.js';
import type { Hint } from '../source.js';
import { createCoalescer } from './coalesce.js';

/** Listening that goes on until it is closed. */
export interface Listening {
  close(): Promise<void>;
}

/** The news of one connection that listens. */
export interface ListeningEvents {
  /** The server was proven to tell us of changes. */
  readonly onListening: () => void;
  /** These collections may have changed. */
  readonly onChanged: (collections: readonly string[]) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Listens for ever, over one connection after the other, none of which is ever mended:
 *
 * ```
 *   connect ─▶ proven to listen ─▶ `listening` ─▶ … ─▶ lost ─▶ `disconnected` ─▶ pause ─▶ connect
 *      └──────────────┴────────────────────────────────────▲
 * ```
 *
 * `listen` is one such connection. It resolves with the reason of its end, in our words, soon after the signal in any case; it never rejects.
 */
export function keepListening(options: {
  readonly source: string;
  readonly listen: (events: ListeningEvents, signal: AbortSignal) => Promise<string>;
  readonly onHint: (hint: Hint) => void;
  readonly log: SourceContext['log'];
}): Listening {
  const { source, onHint, log } = options;
  const ending = new AbortController();
  const coalescer = createCoalescer({
    burst: 100,
    windowMs: 50,
    forward: (collections) => onHint({ type: 'changed', collections }),
  });
  let failures = 0;

  /** Collections that one transaction changed are heard of in one turn of the loop: they are read together. */
  const turn = new Set<string>();
  const events: ListeningEvents = {
    onListening: () => {
      failures = 0;
      onHint({ type: 'listening' });
    },
    onChanged: (collections) => {
      if (turn.size === 0) {
        queueMicrotask(() => {
          if (!ending.signal.aborted) coalescer.push([...turn]);
          turn.clear();
        });
      }
      for (const collection of collections) turn.add(collection);
    },
  };
  const live = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const reason = await options.listen(events, ending.signal);
      if (ending.signal.aborted) return;
      log('debug', 'listening ended', { source, reason });
      onHint({ type: 'disconnected', reason });
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), ending.signal);
      failures = Math.min(failures + 1, 20);
    }
  };
  const done = live();
  return {
    close: async () => {
      ending.abort();
      coalescer.stop();
      await done;
    },
  };
}

/** Waits, or until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
