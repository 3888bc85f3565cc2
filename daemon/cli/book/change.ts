import { destinationOf } from '../../destinations/address.js';
import { BookError } from '../../destinations/book-error.js';
import { type BookLine, bookEntry } from '../../destinations/entry.js';
import { grouped } from '../../wording.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { typedAgain } from '../typed-again.js';
import { asWritten, bookPath, readBook, refusedLine, sitesWithBook, writeBook } from './book-file.js';

/** `tillwarden book add`: one more line. What stands there already under the same label and value stays as it is. */
export async function bookAdd(
  context: CommandContext,
  value: string,
  options: { readonly label?: string; readonly range?: string; readonly coin?: string },
): Promise<number> {
  if (options.label === undefined) throw new CliError('CLI_USAGE', 'needed is --label: your name for it');
  const line = { value, label: options.label, range: options.range ?? null, coin: options.coin ?? null };
  return addLines(context, [line]);
}

/** `tillwarden book import`: the lines of another CSV file. */
export async function bookImport(context: CommandContext, file: string): Promise<number> {
  return addLines(context, readBook(file).map(asWritten));
}

async function addLines(context: CommandContext, lines: readonly BookLine[]): Promise<number> {
  const config = await openConfig(context, 'none');
  const file = bookPath(config);
  const before = readBook(file, { mayBeAbsent: true }).map(asWritten);
  const known = new Map(before.map((line) => [destinationOf(line.value), line]));
  const added: BookLine[] = [];
  for (const line of lines) {
    const { value } = checkedEntry(line);
    const same = known.get(destinationOf(value));
    if (same !== undefined && !isSame(same, line)) {
      throw new CliError(
        'CLI_BOOK',
        `one of these stands in the book already, with another label, range or coin (${same.label}); needed: "tillwarden book remove" first`,
      );
    }
    if (same !== undefined) continue;
    known.set(destinationOf(value), { ...line, value });
    added.push({ ...line, value });
  }
  if (added.length > 0) writeBook(file, [...before, ...added]);
  const { terminal } = context;
  terminal.out(`${grouped(added.length, 'line')} added, ${grouped(before.length, 'line')} there before.`);
  if (added.length > 0) printNext(context, sitesWithBook(config));
  return EXIT.same;
}

/** `tillwarden book remove`: the line of a value, or all of a label. */
export async function bookRemove(context: CommandContext, what: string): Promise<number> {
  const config = await openConfig(context, 'none');
  const file = bookPath(config);
  const before = readBook(file).map(asWritten);
  const destination = destinationOf(canonicalOf(what));
  const kept = before.filter(({ value, label }) => destinationOf(value) !== destination && label !== what);
  if (kept.length === before.length) {
    throw new CliError(
      'CLI_BOOK',
      'no line of the book has this value or label; see them with "tillwarden book show"',
    );
  }
  writeBook(file, kept);
  context.terminal.out(`${grouped(before.length - kept.length, 'line')} removed.`);
  printNext(context, sitesWithBook(config));
  return EXIT.same;
}

function printNext(context: CommandContext, sites: readonly string[]): void {
  context.terminal.out('Nothing of it counts before enough people have signed it:');
  for (const site of sites) context.terminal.out(`  ${typedAgain(context, `tillwarden approve ${site}`)}`);
}

function checkedEntry(line: BookLine) {
  try {
    return bookEntry(line);
  } catch (error) {
    if (error instanceof BookError) throw refusedLine(error);
    throw error;
  }
}

function canonicalOf(value: string): string {
  try {
    return bookEntry({ value, label: 'x', range: null, coin: null }).value;
  } catch {
    return value;
  }
}

function isSame(a: BookLine, b: BookLine): boolean {
  return a.label === b.label && a.range === b.range && a.coin === b.coin;
}
