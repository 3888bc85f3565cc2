import { chmodSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { type Config, definitionsOf } from '../../config/config.js';
import { BOOK_LIMITS } from '../../destinations/book.js';
import { BookError } from '../../destinations/book-error.js';
import { type BookFileLine, bookFileText, readBookFile } from '../../destinations/book-file.js';
import type { BookLine } from '../../destinations/entry.js';
import { BOOK_COLLECTION } from '../../destinations/signed-book.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { CliError } from '../errors.js';

/** Absolute path of the only file of an address book that the configuration names. Throws `CLI_BOOK`. */
export function bookPath(config: Config): string {
  const files = new Set(
    config.sites.flatMap(({ sources }) =>
      sources.flatMap(({ kind, settings }) => (kind === 'book' ? [String(settings['bookFile'])] : [])),
    ),
  );
  const [file, ...others] = files;
  if (file !== undefined && others.length === 0) return file;
  const found = file === undefined ? 'no source of kind book' : `${files.size} files of address books`;
  throw new CliError(
    'CLI_BOOK',
    `the configuration names ${found}; needed is one, such as "- { kind: book, name: book, bookFile: book.csv }" among the sources of a site`,
  );
}

/** The lines of a book's file; none where there is no file yet. Throws `CLI_BOOK` naming the line. */
export function readBook(file: string, { mayBeAbsent = false } = {}): readonly BookFileLine[] {
  try {
    return readBookFile(readGuardedText(file, BOOK_LIMITS.bytes));
  } catch (error) {
    if (error instanceof BookError) throw refusedLine(error);
    const code = errorCode(error) ?? 'error';
    if (code === 'ENOENT' && mayBeAbsent) return [];
    const needed =
      code === 'too-large' ? `at most ${BOOK_LIMITS.bytes} bytes` : 'a CSV file that can be read';
    throw new CliError('CLI_BOOK', `the address book cannot be read (${code}); needed: ${needed}`, {
      cause: error,
    });
  }
}

/** Writes the whole book beside its file and puts it in its place: whoever reads meanwhile reads the one or the other. */
export function writeBook(file: string, lines: readonly BookLine[]): void {
  const text = bookFileText(lines);
  try {
    readBookFile(text);
  } catch (error) {
    if (error instanceof BookError) throw refusedLine(error);
    throw error;
  }
  const next = `${file}.new`;
  try {
    writeFileSync(next, text, { mode: 0o644, flush: true });
    // Whoever could read it before can read it still: the daemon runs as somebody else.
    const mode = modeOf(file);
    if (mode !== null) chmodSync(next, mode);
    renameSync(next, file);
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    throw new CliError(
      'CLI_BOOK',
      `the address book cannot be written (${code}); needed: a folder of yours`,
      {
        cause: error,
      },
    );
  }
}

function modeOf(file: string): number | null {
  try {
    return statSync(file).mode & 0o777;
  } catch {
    return null;
  }
}

/** A checked line as it is written again. */
export function asWritten({ entry, range, coin }: BookFileLine): BookLine {
  return { value: entry.value, label: entry.label, range, coin };
}

export function refusedLine({ found, needed }: BookError): CliError {
  return new CliError('CLI_BOOK', `${found}; needed: ${needed}`);
}

/** Sites that have an address book. */
export function sitesWithBook(config: Config): readonly string[] {
  return config.sites
    .filter((site) => definitionsOf(site).some(({ name }) => name === BOOK_COLLECTION))
    .map(({ name }) => name);
}
