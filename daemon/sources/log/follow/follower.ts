import type { Severity } from '../../../../notifiers/index.js';
import type { ContinuityEvent, LogPosition } from '../../../logs/event.js';
import type { LinePattern } from '../../../logs/pattern.js';
import {
  endOfLine,
  endOfLines,
  type LineScanner,
  LONGEST_LINE,
  type ScannedLine,
} from '../../../logs/scanner.js';
import { filesBeside, LogFile } from './log-file.js';

/** Bytes that are read at once: the memory that a log takes, whatever is in it. */
const PIECE_BYTES = 256 * 1024;
/** Bytes of one log that are read before whatever else there is to do has its turn for good. */
const MOST_AT_ONCE = 256 * 1024 * 1024;

/** What one look at a log found. */
export interface LogLook {
  readonly lines: readonly (ScannedLine & { readonly id: string })[];
  readonly said: readonly { readonly event: ContinuityEvent; readonly id: string }[];
  /** Its owner, group and mode; null where it is not there. */
  readonly facts: { readonly owner: number; readonly group: number; readonly mode: number } | null;
}

export interface FollowRule {
  readonly pattern: LinePattern;
  readonly event: string;
  readonly alert: Severity | null;
}

/** What is left to do of a look: a generator, so that a long log can be left between two pieces. */
type Steps<T> = Generator<undefined, T, undefined>;

/**
 * Follows one log through rotation by renaming and by copying, truncation and replacement, from a position that somebody else keeps. Between two looks the
 * file that is followed stays open, so that what is written to it after it was renamed, or even deleted, is read. After a restart it is found by its
 * number among the files beside it, or by its content where it was copied.
 */
export class Follower {
  readonly path: string;
  #position: LogPosition | null;
  #held: LogFile | null = null;
  readonly #piece = Buffer.allocUnsafe(PIECE_BYTES);

  /** `position`: how far it was read; null for a log that is new here, which is followed from its end. */
  constructor(path: string, position: LogPosition | null) {
    this.path = path;
    this.#position = position;
  }

  position(): LogPosition | null {
    return this.#position;
  }

  close(): void {
    this.#held?.close();
    this.#held = null;
  }

  /** Reads what was written since. Throws what the system refuses; then nothing was read of that part. */
  *look(scanner: LineScanner): Steps<LogLook> {
    const found: Found = { lines: [], said: [], left: MOST_AT_ONCE };
    const now = LogFile.open(this.path);
    try {
      yield* this.#follow(now, scanner, found);
      const stat = now?.stat();
      const facts =
        stat === undefined ? null : { owner: stat.uid, group: stat.gid, mode: stat.mode & 0o7777 };
      return { ...found, facts };
    } finally {
      if (now !== null && now !== this.#held) now.close();
    }
  }

  *#follow(now: LogFile | null, scanner: LineScanner, found: Found): Steps<void> {
    const position = this.#position;
    if (position === null) {
      if (now !== null) this.#hold(now, positionAt(now, now.stat().size, 0));
      return;
    }
    if (now !== null && this.#goesOn(now, position)) {
      this.#keep(now);
      this.#position = { ...position, inode: now.stat().ino, device: now.stat().dev };
      yield* this.#drain(now, scanner, found);
      return;
    }
    yield* this.#finish(now, position, scanner, found);
    // What is left of the former file comes first, at the next look.
    if (found.left <= 0) return;
    if (now !== null) yield* this.#begin(now, position, scanner, found);
  }

  /** Whether the log is the file that was followed. After a restart its number may be another, as after a restore: then its content says so. */
  #goesOn(now: LogFile, position: LogPosition): boolean {
    if (!now.holds(position)) return false;
    return isFileOf(now, position) || (this.#held === null && position.head.length > 0);
  }

  /** Reads what is left of the file that was followed, and of those that took its place and were put aside before anybody looked. */
  *#finish(now: LogFile | null, position: LogPosition, scanner: LineScanner, found: Found): Steps<void> {
    const beside = filesBeside(this.path).filter(({ inode }) => now === null || inode !== now.stat().ino);
    const former = this.#former(now, position, beside);
    if (former === null) {
      // Without the log itself nobody can say whether it is about to be put there.
      if (now !== null)
        found.said.push({ event: lossOf(now, position), id: `${position.generation}:${position.offset}` });
      return;
    }
    this.#keep(former);
    yield* this.#drain(former, scanner, found);
    if (now === null || found.left <= 0) return;
    const own = former.stat();
    const isThere = beside.some(({ inode, device }) => inode === own.ino && device === own.dev);
    const isCopy = own.ino !== position.inode;
    const packed = beside.some((one) => one.packed && one.modifiedMs >= own.mtimeMs);
    if (!isThere && !isCopy && !packed)
      found.said.push({ event: 'log-replaced', id: `${position.generation}:replaced` });
    for (const { path, packed: isPacked, modifiedMs, inode, numbered } of beside) {
      if (modifiedMs <= own.mtimeMs || inode === own.ino || !numbered) continue;
      if (isPacked) found.said.push({ event: 'log-lost', id: `${position.generation}:${modifiedMs}` });
      else yield* this.#whole(path, position, scanner, found);
    }
  }

  /** The file that was followed, or a copy of it; null where neither is left. */
  #former(
    now: LogFile | null,
    position: LogPosition,
    beside: ReturnType<typeof filesBeside>,
  ): LogFile | null {
    const held = this.#held;
    if (held?.holds(position) && (now === null || !isFileOf(held, now.stat()))) return held;
    const isRenamed = ({ inode, device }: { inode: number; device: number }) =>
      inode === position.inode && device === position.device;
    // Of what was never read every file is a copy.
    const copies = position.head.length === 0 ? [] : beside.filter((one) => !isRenamed(one)).reverse();
    const inOrder = [...beside.filter(isRenamed), ...copies];
    for (const { path, packed } of inOrder) {
      if (packed) continue;
      const file = openOrNull(path);
      if (file?.holds(position)) return file;
      file?.close();
    }
    return null;
  }

  /** The log begins anew, unless it begins as it did: then somebody wrote it anew, and what stands there was read. */
  *#begin(now: LogFile, { head, generation }: LogPosition, scanner: LineScanner, found: Found): Steps<void> {
    const isRewritten = head.length > 0 && now.stat().size >= head.length && now.begins(head);
    const isSaid = found.said.some(({ event }) => event === 'log-rewritten');
    if (isRewritten && !isSaid)
      found.said.push({ event: 'log-rewritten', id: `${generation}:rewritten:${now.stat().mtimeMs}` });
    this.#hold(now, positionAt(now, isRewritten ? now.stat().size : 0, generation + 1));
    yield* this.#drain(now, scanner, found);
  }

  *#whole(path: string, { head }: LogPosition, scanner: LineScanner, found: Found): Steps<void> {
    const file = openOrNull(path);
    // A copy of what was read already is nothing new.
    if (file === null || (head.length > 0 && file.begins(head))) {
      file?.close();
      return;
    }
    this.#hold(file, positionAt(file, 0, (this.#position?.generation ?? 0) + 1));
    yield* this.#drain(file, scanner, found);
  }

  *#drain(file: LogFile, scanner: LineScanner, found: Found): Steps<void> {
    for (;;) {
      const position = this.#position;
      if (position === null || found.left <= 0) return;
      const read = file.read(this.#piece, position.offset);
      if (read === 0) return;
      const used = this.#take(this.#piece.subarray(0, read), position, scanner, found);
      if (used === null) return;
      found.left -= used.bytes;
      const offset = position.offset + used.bytes;
      this.#position = { ...position, offset, inLine: used.inLine, ...file.excerpts(offset) };
      yield;
    }
  }

  /** How much of a piece is done with; null while its line has not ended. */
  #take(
    piece: Buffer,
    { generation, offset, inLine }: LogPosition,
    scanner: LineScanner,
    found: Found,
  ): { readonly bytes: number; readonly inLine: boolean } | null {
    if (inLine) {
      const end = endOfLine(piece);
      return end === null ? { bytes: piece.length, inLine: true } : { bytes: end, inLine: false };
    }
    const end = endOfLines(piece);
    if (end === 0 && piece.length < LONGEST_LINE) return null;
    const lines = end === 0 ? piece : piece.subarray(0, end);
    scanner.scan(lines, (line) => found.lines.push({ ...line, id: `${generation}:${offset + line.at}` }));
    return { bytes: lines.length, inLine: end === 0 };
  }

  #hold(file: LogFile, position: LogPosition): void {
    this.#keep(file);
    this.#position = position;
  }

  #keep(file: LogFile): void {
    if (this.#held !== file) this.#held?.close();
    this.#held = file;
  }
}

interface Found {
  readonly lines: (ScannedLine & { readonly id: string })[];
  readonly said: { readonly event: ContinuityEvent; readonly id: string }[];
  /** Bytes that may still be read. */
  left: number;
}

function positionAt(file: LogFile, offset: number, generation: number): LogPosition {
  const { dev: device, ino: inode } = file.stat();
  return { device, inode, offset, generation, inLine: false, ...file.excerpts(offset) };
}

function isFileOf(
  file: LogFile,
  other: { readonly inode: number; readonly device: number } | { readonly ino: number; readonly dev: number },
): boolean {
  const { ino, dev } = file.stat();
  return 'ino' in other
    ? ino === other.ino && dev === other.dev
    : ino === other.inode && dev === other.device;
}

/** Why what was followed is gone: the same file is shorter, or another lies there. */
function lossOf(now: LogFile, position: LogPosition): ContinuityEvent {
  if (!isFileOf(now, position)) return 'log-lost';
  return now.stat().size < position.offset ? 'log-shrank' : 'log-rewritten';
}

function openOrNull(path: string): LogFile | null {
  try {
    return LogFile.open(path);
  } catch {
    return null;
  }
}
