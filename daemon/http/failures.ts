/** Failures of one address within a window before it is told to wait. */
const ALLOWED = 10;
const WINDOW_MS = 60_000;
/** Addresses remembered at once. Beyond, the one that failed longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Counts refused tokens by address. */
export interface Failures {
  /** Notes one more. `first` is true once in a window; `excessive` as soon as there are too many. */
  note(address: string): { readonly first: boolean; readonly excessive: boolean };
}

/**
 * Whoever tries many tokens is slowed to a log line a minute. A right token is let in from any address all the same: it cannot be
 * guessed, and an attacker behind the same gateway must not be able to lock approvers out.
 */
export function createFailures(clock: () => number): Failures {
  const windows = new Map<string, { readonly sinceMs: number; count: number }>();
  return {
    note: (address) => {
      const now = clock();
      const known = windows.get(address);
      const age = known === undefined ? WINDOW_MS : now - known.sinceMs;
      if (known !== undefined && age >= 0 && age < WINDOW_MS) {
        known.count++;
        return { first: false, excessive: known.count > ALLOWED };
      }
      windows.delete(address);
      if (windows.size >= MAX_ADDRESSES) windows.delete(windows.keys().next().value ?? '');
      windows.set(address, { sinceMs: now, count: 1 });
      return { first: true, excessive: false };
    },
  };
}
