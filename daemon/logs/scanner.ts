import type { LinePattern } from './pattern.js';

/** A line that one of the patterns matches. */
export interface ScannedLine {
  /** Place of the pattern among those that are looked for. */
  readonly pattern: number;
  readonly parts: ReadonlyMap<string, string>;
  /** Text of the watched system, cut at `LONGEST_LINE` bytes. */
  readonly line: string;
  /** Byte within the piece at which it begins. */
  readonly at: number;
}

/** Bytes of one line that are looked at; what follows of it is passed over. */
export const LONGEST_LINE = 16 * 1024;
const LINE_END = 0x0a;

/**
 * Finds lines by patterns: one search for the anchors of all of them at once, by the engine's own, and only lines that hold one are looked at closer.
 * Holds nothing between two pieces.
 */
export class LineScanner {
  readonly #patterns: readonly LinePattern[];
  readonly #anchors: RegExp | null;

  constructor(patterns: readonly LinePattern[]) {
    this.#patterns = patterns;
    // Bytes as Latin-1: a byte a character, so that places in the text are places in the file.
    const anchors = [...new Set(patterns.map(({ anchor }) => Buffer.from(anchor).toString('latin1')))];
    this.#anchors = anchors.length === 0 ? null : new RegExp(anchors.map(escaped).join('|'), 'g');
  }

  /** Lines of a piece that match, in their order, each by the first pattern that does. `bytes` are whole lines, or the beginning of one that is too long. */
  scan(bytes: Buffer, onLine: (line: ScannedLine) => void): void {
    const anchors = this.#anchors;
    if (anchors === null) return;
    const text = bytes.toString('latin1');
    anchors.lastIndex = 0;
    for (let found = anchors.exec(text); found !== null; found = anchors.exec(text)) {
      const at = text.lastIndexOf('\n', found.index) + 1;
      const end = text.indexOf('\n', found.index);
      const until = end < 0 ? bytes.length : end;
      this.#match(bytes, at, Math.min(until, at + LONGEST_LINE), onLine);
      anchors.lastIndex = until + 1;
    }
  }

  #match(bytes: Buffer, at: number, end: number, onLine: (line: ScannedLine) => void): void {
    const line = bytes.toString('utf8', at, bytes[end - 1] === 0x0d ? end - 1 : end);
    for (const [pattern, one] of this.#patterns.entries()) {
      const parts = one.match(line);
      if (parts === null) continue;
      onLine({ pattern, parts, line, at });
      return;
    }
  }
}

/** Where the last whole line of a piece ends; 0 where there is none. */
export function endOfLines(bytes: Buffer): number {
  return bytes.lastIndexOf(LINE_END) + 1;
}

/** Where the line ends in whose middle a piece begins; null where it does not end in there. */
export function endOfLine(bytes: Buffer): number | null {
  const end = bytes.indexOf(LINE_END);
  return end < 0 ? null : end + 1;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
