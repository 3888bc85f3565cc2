import { LONGEST_UNREAD_MS } from '../policy/grace.js';
import type { OnBegin } from '../sources/source.js';
import type { Timers } from '../time/timers.js';

/** Whose turn it is in a read of several collections. */
export interface Turns {
  readonly begin: OnBegin;
  readonly end: () => void;
}

/** Calls `onLate` with the collections whose turn takes longer than they may stay unread without a word. What is none of `collections` has no turn: a witness. */
export function timeTurns(
  collections: readonly string[],
  timers: Timers,
  onLate: (collections: readonly string[]) => void,
): Turns {
  let turn: { readonly of: string; readonly late: unknown } | null = null;
  const end = (): void => {
    if (turn !== null) timers.clear(turn.late);
  };
  return {
    begin: (...begun) => {
      const names = begun.filter((name) => collections.includes(name));
      const of = JSON.stringify(names);
      if (turn?.of === of || names.length === 0) return;
      end();
      turn = { of, late: timers.set(() => onLate(names), LONGEST_UNREAD_MS) };
    },
    end,
  };
}
