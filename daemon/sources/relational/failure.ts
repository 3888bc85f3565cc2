import type { UnreadCollection } from '../source.js';

/** The reason why something could not be read. `detail`: never a message of the server, which may quote data. */
export type ReadFailure = Omit<UnreadCollection, 'readable'>;

/** The reading of a collection that failed. */
export function unreadable({ cause, detail }: ReadFailure): UnreadCollection {
  return { readable: false, cause, detail };
}
