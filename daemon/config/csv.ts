/**
 * Reads CSV as RFC 4180 has it: comma, quotes doubled inside of quotes, a first line of names. An empty cell without quotes is null and
 * `""` is empty text, as PostgreSQL's COPY writes them. Throws what `refusal` makes of a line, from 1, and what was found there.
 */
export function parseCsv(
  text: string,
  refusal: CsvRefusal,
): { readonly names: readonly string[]; readonly rows: CsvRow[] } {
  const lines = cellsOf(text.replace(/^\uFEFF/, ''), refusal);
  const [header, ...rest] = lines;
  const names = (header?.cells ?? []).map((cell) => cell ?? '');
  if (names.length === 0 || names.some((name) => name === '') || new Set(names).size !== names.length) {
    throw refusal(1, 'needed is a first line with the name of each column, once each');
  }
  for (const { line, cells } of rest) {
    if (cells.length !== names.length) {
      throw refusal(line, `${cells.length} cells; needed are ${names.length}, as in the first line`);
    }
  }
  return { names, rows: rest };
}

/** The error for a line that is no CSV. */
export type CsvRefusal = (line: number, found: string) => Error;

export interface CsvRow {
  /** From 1, of the file. */
  readonly line: number;
  readonly cells: readonly (string | null)[];
}

function cellsOf(text: string, refusal: CsvRefusal): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  /** Line on which the row under way began. */
  let first = 1;
  let cells: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    if (cells.length === 0) first = line;
    const cell = text[at] === '"' ? quotedCell(text, at, line, refusal) : plainCell(text, at);
    cells.push(cell.value);
    line += cell.lineFeeds;
    at = cell.end;
    if (text[at] === ',') {
      at += 1;
      // A comma at the very end is followed by one more empty cell.
      if (at === text.length) cells.push(null);
      if (at < text.length) continue;
    }
    const end = /^\r?\n/.exec(text.slice(at, at + 2))?.[0];
    if (end === undefined && at < text.length) throw refusal(line, 'text behind the closing quote');
    at += end?.length ?? 0;
    if (cells.length > 1 || cells[0] !== null) rows.push({ line: first, cells });
    cells = [];
    line += 1;
  }
  return rows;
}

interface Cell {
  readonly value: string | null;
  readonly end: number;
  readonly lineFeeds: number;
}

function plainCell(text: string, at: number): Cell {
  const rest = /[^,\r\n]*/y;
  rest.lastIndex = at;
  const value = rest.exec(text)?.[0] ?? '';
  return { value: value === '' ? null : value, end: at + value.length, lineFeeds: 0 };
}

function quotedCell(text: string, at: number, line: number, refusal: CsvRefusal): Cell {
  const quoted = /"((?:[^"]|"")*)"/y;
  quoted.lastIndex = at;
  const match = quoted.exec(text);
  if (match === null) throw refusal(line, 'a quote that is not closed');
  const value = (match[1] ?? '').replaceAll('""', '"');
  return { value, end: at + match[0].length, lineFeeds: value.split('\n').length - 1 };
}
