/** The end of one delivery attempt. */
export interface Deadline {
  /** Aborted when the time is up or one of the given signals is. */
  readonly signal: AbortSignal;
  /** True when it was the time that ended it. */
  expired(): boolean;
}

/** Runs `work` with a signal that ends it after `timeoutMs` milliseconds or with one of `signals`; leaves no timer or listener behind. */
export async function withDeadline<T>(
  timeoutMs: number,
  signals: readonly AbortSignal[],
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = !controller.signal.aborted;
    controller.abort();
  }, timeoutMs);
  const onAbort = () => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) controller.abort();
    signal.addEventListener('abort', onAbort, { once: true });
  }
  try {
    return await work({ signal: controller.signal, expired: () => expired });
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}
