import { parseCsv } from '../config/csv.js';
import { BOOK_LIMITS } from './book.js';
import { BookError } from './book-error.js';
import { type BookEntry, type BookLine, bookEntry } from './entry.js';

/** A line of a book's file, checked. */
export interface BookFileLine {
  /** From 1, of the file. */
  readonly line: number;
  readonly entry: BookEntry;
  readonly range: string | null;
  readonly coin: string | null;
}

const COLUMNS = ['value', 'label', 'range', 'coin'] as const;
type Column = (typeof COLUMNS)[number];

/**
 * Reads the file of an address book: CSV with a first line that names `value` and `label`, and perhaps `range` and `coin`. Throws `BookError`
 * naming the line; nothing of a value is repeated, for it may be a private key.
 */
export function readBookFile(text: string): readonly BookFileLine[] {
  const { names, rows } = parseCsv(text, (line, found) => new BookError(`line ${line}: ${found}`, 'CSV'));
  const places = placesOf(names);
  if (rows.length > BOOK_LIMITS.lines) {
    throw new BookError(`${rows.length} lines`, `at most ${BOOK_LIMITS.lines}`);
  }
  const seen = new Map<string, number>();
  let addresses = 0;
  return rows.map(({ line, cells }) => {
    const cell = (column: Column) => cells[places.get(column) ?? -1]?.trim() || null;
    const [range, coin] = [cell('range'), cell('coin')];
    const entry = checked(line, { value: cell('value') ?? '', label: cell('label') ?? '', range, coin });
    const before = seen.get(entry.value);
    if (before !== undefined) {
      throw new BookError(
        `line ${line}: what line ${before} holds already`,
        'each address, key and descriptor once',
      );
    }
    seen.set(entry.value, line);
    addresses += entry.size;
    if (addresses > BOOK_LIMITS.addresses) {
      throw new BookError(
        `line ${line}: more than ${BOOK_LIMITS.addresses} addresses so far`,
        'shorter ranges',
      );
    }
    return { line, entry, range, coin };
  });
}

function placesOf(names: readonly string[]): ReadonlyMap<Column, number> {
  const places = new Map<Column, number>();
  for (const [place, name] of names.entries()) {
    const column = COLUMNS.find((one) => one === name.trim());
    if (column === undefined) {
      throw new BookError(`line 1: column ${place + 1} has another name`, COLUMNS.join(', '));
    }
    places.set(column, place);
  }
  for (const needed of ['value', 'label'] as const) {
    if (!places.has(needed)) throw new BookError(`line 1: no column ${needed}`, COLUMNS.join(', '));
  }
  return places;
}

function checked(line: number, written: BookLine): BookEntry {
  try {
    return bookEntry(written);
  } catch (error) {
    if (error instanceof BookError) throw new BookError(`line ${line}: ${error.found}`, error.needed);
    throw error;
  }
}

/** The file that reads as these lines. */
export function bookFileText(lines: readonly BookLine[]): string {
  const cell = (text: string | null) =>
    text === null ? '' : /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const rows = lines.map(({ value, label, range, coin }) => [value, label, range, coin].map(cell).join(','));
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}
