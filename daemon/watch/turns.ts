import { LONGEST_UNREAD_MS } from '../policy/grace.js';
import type { OnBegin } from '../sources/source.js';
import type { Timers } from '../time/timers.js';

/** Whose turn it is in a read of several collections. */
export interface Turns {
  readonly begin: OnBegin;
  readonly end: () => void;
}

/** Calls `onLate` with the collection whose turn takes longer than it may stay unread without a word. What is none of `collections` has no turn: a witness. */
export function timeTurns(
  collections: readonly string[],
  timers: Timers,
  onLate: (collection: string) => void,
): Turns {
  let turn: { readonly name: string; readonly late: unknown } | null = null;
  const end = (): void => {
    if (turn !== null) timers.clear(turn.late);
  };
  return {
    begin: (name) => {
      if (turn?.name === name || !collections.includes(name)) return;
      end();
      turn = { name, late: timers.set(() => onLate(name), LONGEST_UNREAD_MS) };
    },
    end,
  };
}
