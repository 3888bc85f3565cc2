/** Milliseconds of processor time this process has used: what work costs, however much else the machine does. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Follows the turns of the event loop until `endMs` is asked: the processor time of the longest, in milliseconds. */
export function longestTurn(): { endMs(): number } {
  let longestMs = 0;
  let since = processorMs();
  const turn = (): void => {
    const nowMs = processorMs();
    longestMs = Math.max(longestMs, nowMs - since);
    since = nowMs;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  return {
    endMs: () => {
      clearImmediate(next);
      return longestMs;
    },
  };
}
