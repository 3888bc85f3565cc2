import {
  type CollectionSnapshot,
  collectionSnapshot,
  compareRecords,
  type Definition,
  encodeValue,
  recordLine,
  sha256Hex,
} from '../../../baselines/index.js';
import { BOOK_LIMITS } from '../../destinations/book.js';
import { BookError } from '../../destinations/book-error.js';
import { readBookFile } from '../../destinations/book-file.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import type { SourceContext } from '../context.js';
import type { CollectionReading, Source } from '../source.js';

/** A source that reads the file of an address book. It is read on the timer; what it says counts once people signed it. */
export function createBookSource(
  { name, clock = Date.now }: Pick<SourceContext, 'name' | 'clock'>,
  file: string,
  definition: Definition,
): Source {
  let last: { readonly digest: string; readonly reading: CollectionReading } | null = null;
  const read = (): CollectionReading => {
    const text = textOf(file);
    if (typeof text !== 'string') return text;
    const digest = sha256Hex(text);
    // What did not change is the same object from read to read.
    if (last?.digest !== digest) last = { digest, reading: readingOf(text, definition) };
    return last.reading;
  };
  return {
    kind: 'book',
    name,
    collections: [definition.name],
    hasHints: false,
    open: async () => [],
    degradations: () => [],
    read: async (wanted = [definition.name]) => ({
      source: name,
      observedAtMs: clock(),
      collections: new Map(wanted.includes(definition.name) ? [[definition.name, read()]] : []),
    }),
    watch: () => undefined,
    close: async () => undefined,
  };
}

function textOf(file: string): string | CollectionReading {
  try {
    return readGuardedText(file, BOOK_LIMITS.bytes);
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    const detail =
      code === 'too-large'
        ? `the file of the address book has more than ${BOOK_LIMITS.bytes} bytes`
        : `the file of the address book cannot be read: ${code}`;
    return { readable: false, cause: code === 'too-large' ? 'too-large' : 'failed', detail };
  }
}

function readingOf(text: string, definition: Definition): CollectionReading {
  try {
    return { readable: true, snapshot: snapshotOf(text, definition) };
  } catch (error) {
    if (!(error instanceof BookError)) throw error;
    return { readable: false, cause: 'failed', detail: `the file of the address book, ${error.message}` };
  }
}

function snapshotOf(text: string, definition: Definition): CollectionSnapshot {
  const plain = (value: string | null) =>
    value === null ? null : encodeValue({ form: 'text', text: value });
  const records = readBookFile(text).map(({ entry, range, coin }) =>
    recordLine({
      key: [plain(entry.value)],
      fields: new Map([
        ['label', plain(entry.label)],
        ['range', plain(range)],
        ['coin', plain(coin)],
      ]),
    }),
  );
  return collectionSnapshot(definition, records.sort(compareRecords));
}
