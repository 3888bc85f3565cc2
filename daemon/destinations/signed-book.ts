import { type CollectionSnapshot, decodeValue, parseRecordLine } from '../../baselines/index.js';
import { type AddressBook, addressBook, type GrowingBook } from './book.js';
import type { BookLine } from './entry.js';

/** The collection that an address book is, on every site that has one. */
export const BOOK_COLLECTION = 'address_book';

/** The book that these collections hold, empty of what is yet to be filled in; null where there is none. */
export function signedBook(collections: ReadonlyMap<string, CollectionSnapshot>): GrowingBook | null {
  const snapshot = collections.get(BOOK_COLLECTION);
  if (snapshot?.definition.kind !== 'address-book') return null;
  return addressBook(snapshot.records.map(({ line }) => lineOf(line)));
}

/** The same, whole. Takes as long as deriving its keys does. */
export async function wholeBook(
  collections: ReadonlyMap<string, CollectionSnapshot>,
): Promise<AddressBook | null> {
  const book = signedBook(collections);
  await book?.fill(() => Promise.resolve());
  return book;
}

function lineOf(line: string): BookLine {
  const { key, fields } = parseRecordLine(line);
  const text = (encoded: string | null | undefined) => {
    if (encoded === null || encoded === undefined) return null;
    const value = decodeValue(encoded);
    return value.form === 'text' ? value.text : null;
  };
  return {
    value: text(key[0]) ?? '',
    label: text(fields.get('label')) ?? '',
    range: text(fields.get('range')),
    coin: text(fields.get('coin')),
  };
}
