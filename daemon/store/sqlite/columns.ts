import { unreadableState } from '../errors.js';
import type { Row } from './database.js';

/** Throws `STORE_CORRUPT` for what is no text. */
export function textColumn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unreadableState(`a ${column}`);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textColumn(row, column);
}

/** Throws `STORE_CORRUPT` for what is no number. */
export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unreadableState(`a ${column}`);
  return value;
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column);
}

export function flag(row: Row, column: string): boolean {
  return number(row, column) === 1;
}

/** One of the words that are the names of `words`. Throws `STORE_CORRUPT` for any other. */
export function columnOneOf<T extends string>(row: Row, column: string, words: Readonly<Record<T, true>>): T {
  const value = textColumn(row, column);
  if (!isOneOf(value, words)) throw unreadableState(`a ${column}`);
  return value;
}

function isOneOf<T extends string>(value: string, words: Readonly<Record<T, true>>): value is T {
  return Object.hasOwn(words, value);
}

/** The number that was asked for as `found`; null where there is none. */
export function foundNumber(row: Row | null): number | null {
  return row === null ? null : numberOrNull(row, 'found');
}
