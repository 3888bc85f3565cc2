import type { Definition } from '../../../baselines/index.js';
import { BOOK_COLLECTION } from '../../destinations/signed-book.js';
import { defineSourceKind } from '../source-kind.js';
import { createBookSource } from './book.js';
import { bookConfig } from './config.js';

const BOOK_TABLE = 'tillwarden.address_book';

/** The collection that a book is. */
export function bookDefinition(source: string): Definition {
  return {
    ...{ name: BOOK_COLLECTION, kind: 'address-book', source, table: BOOK_TABLE },
    ...{ key: ['value'], columns: ['label', 'range', 'coin'], secret: [], label: ['label'] },
  };
}

/** The address book of an operator: a file here, of which only what people signed counts. */
export const bookKind = defineSourceKind({
  configSchema: bookConfig,
  secrets: [],
  sensor: { table: BOOK_TABLE, definition: bookDefinition, questions: [] },
  isFixed: true,
  sql: null,
  examine: null,
  surveyor: null,
  create: (context, { bookFile }) => createBookSource(context, bookFile, bookDefinition(context.name)),
});
