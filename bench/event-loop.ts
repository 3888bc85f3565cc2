import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Between two samples of the loop, in milliseconds: a block may be shown longer by so much, never shorter. */
const RESOLUTION_MS = 1;

/** Measures how long the event loop of this process stands still. */
export interface BlockMeter {
  /** The longest block since the last call, in milliseconds. */
  take(): number;
  stop(): void;
}

export function createBlockMeter(): BlockMeter {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return {
    take: () => {
      const longestMs = delays.max / 1e6;
      delays.reset();
      return longestMs;
    },
    stop: () => void delays.disable(),
  };
}
