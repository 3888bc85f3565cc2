import { errorCode } from '../../error-code.js';
import type { UnreadCollection } from '../source.js';

/** The reason why something could not be read. `detail`: never a message of the server, which may quote data. */
export type ReadFailure = Omit<UnreadCollection, 'readable'>;

/** The reading of a collection that failed. */
export function failedReading({ cause, detail }: ReadFailure): UnreadCollection {
  return { readable: false, cause, detail };
}

/** The code of an error as it may be printed: one of the database's or a name like `ECONNREFUSED`. Null when it has none. */
export function printableCode(error: unknown): string | null {
  const code = errorCode(error);
  return code !== null && /^[A-Z0-9_]{5,60}$/.test(code) ? code : null;
}
