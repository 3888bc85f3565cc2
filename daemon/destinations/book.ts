import { destinationOf } from './address.js';
import { BookError } from './book-error.js';
import { type BookLine, bookEntry } from './entry.js';

/** What the signed address book says of an address. */
export type BookAnswer =
  | { readonly found: 'known'; readonly label: string }
  /** Not in it, and its beginning and end are those of one that is. */
  | { readonly found: 'lookalike'; readonly label: string }
  | { readonly found: 'unknown' }
  /** Not among what was derived so far: nobody can say yet. */
  | { readonly found: 'pending' };

/** The address book that people signed, ready to be asked. */
export interface AddressBook {
  /** Lines of it. */
  readonly lines: number;
  /** True once every address of every line is known. */
  isComplete(): boolean;
  /** Asks about an address in its canonical spelling. Takes as long for ten entries as for ten thousand. */
  ask(canonical: string): BookAnswer;
}

/** Limits of a book. */
export const BOOK_LIMITS = { lines: 20_000, addresses: 200_000, bytes: 4 * 1024 * 1024 } as const;

/** Addresses that are derived between two pauses. */
const AT_ONCE = 2;
/** Characters at either end by which people compare addresses. */
const FIRST = 3;
const LAST = 4;

/** A book that fills itself. */
export interface GrowingBook extends AddressBook {
  /** Checks every line and derives what keys and descriptors stand for; `pause` is awaited between slices of some milliseconds. Ends early once `isOver`. */
  fill(pause: () => Promise<void>, isOver?: () => boolean): Promise<void>;
}

/** Makes a book of signed lines. One that is not right any more is passed over: nobody can sign such a line, and it makes nothing known. */
export function addressBook(lines: readonly BookLine[]): GrowingBook {
  const labels = new Map<string, string>();
  const ends = new Map<string, string>();
  let complete = lines.length === 0;
  const add = (address: string, label: string) => {
    const destination = destinationOf(address);
    if (!labels.has(destination)) labels.set(destination, label);
    const shown = endsOf(address);
    if (!ends.has(shown)) ends.set(shown, label);
  };
  return {
    lines: lines.length,
    isComplete: () => complete,
    ask: (canonical) => {
      const label = labels.get(destinationOf(canonical));
      if (label !== undefined) return { found: 'known', label };
      if (!complete) return { found: 'pending' };
      const like = ends.get(endsOf(canonical));
      return like === undefined ? { found: 'unknown' } : { found: 'lookalike', label: like };
    },
    fill: async (pause, isOver = () => false) => {
      let since = 0;
      for (const line of lines) {
        const entry = usable(line);
        for (const address of entry?.addresses() ?? []) {
          add(address, line.label);
          since += 1;
          if (since % AT_ONCE === 0) await pause();
          if (isOver()) return;
        }
      }
      complete = true;
    },
  };
}

function usable(line: BookLine) {
  try {
    return bookEntry(line);
  } catch (error) {
    if (error instanceof BookError) return null;
    throw error;
  }
}

/** What people look at: some characters behind the part that all addresses of a network share, and some of the end. */
function endsOf(address: string): string {
  const prefix = /^(?:bc1[qp]|tb1[qp]|ltc1[qp]|tltc1[qp]|0x|[a-z]+:[qp]|.)/.exec(address)?.[0] ?? '';
  return `${prefix} ${address.slice(prefix.length, prefix.length + FIRST)} ${address.slice(-LAST)}`;
}
