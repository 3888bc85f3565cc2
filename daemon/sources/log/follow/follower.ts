import type { ContinuityEvent, LogPosition } from '../../../logs/event.js';
import {
  endOfLine,
  endOfLines,
  type LineScanner,
  LONGEST_LINE,
  type ScannedLine,
} from '../../../logs/scanner.js';
import { ReachFailure } from '../../machine/failure.js';
import type { FileStat } from '../../machine/stat.js';
import { createYielder, type Yielder } from '../../relational/assemble.js';
import { begins, excerptsAfter, excerptsAt, holdsUpTo } from './excerpts.js';
import type { Beside, LogPlace, OpenLog } from './log-place.js';
import { PackedLog } from './packed-log.js';

/** Bytes that are read at once: the memory that a log takes, whatever is in it. */
const PIECE_BYTES = 256 * 1024;
/** Bytes of one log, and milliseconds, that one look takes before every other log has its turn. */
const MOST_AT_ONCE = 256 * 1024 * 1024;
const LONGEST_LOOK_MS = 60_000;

/** Takes what a look at a log finds as it is read, so that nothing is held of many lines, nor lost of a look that is broken off. */
export interface LogReader {
  readonly line: (line: ScannedLine, id: string) => void;
  readonly said: (event: ContinuityEvent, id: string) => void;
}

/** Owner, group and mode of a log. */
export interface LogFacts {
  readonly owner: number;
  readonly group: number;
  readonly mode: number;
}

/**
 * Follows one log through rotation by renaming and by copying, truncation and replacement, from a position that somebody else keeps. Between two looks the
 * file that is followed stays open, so that what is written to it after it was renamed, or even deleted, is read. After a restart it is found by its
 * number among the files beside it, or by its content where it was copied or packed by gzip.
 */
export class Follower {
  readonly path: string;
  readonly #place: LogPlace;
  #position: LogPosition | null;
  #held: OpenLog | null = null;
  readonly #piece = Buffer.allocUnsafe(PIECE_BYTES);

  /** `position`: how far it was read; null for a log that is new here, which is followed from its end. */
  constructor(place: LogPlace, path: string, position: LogPosition | null) {
    this.#place = place;
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

  /**
   * Reads what was written since, with turns of the event loop in between; null where the log is not there. Rejects with what the place refuses: what was told
   * until then was read.
   */
  async look(scanner: LineScanner, reader: LogReader): Promise<LogFacts | null> {
    const found: Found = {
      ...{ reader, saidEvents: new Set(), left: MOST_AT_ONCE, scanner, yielder: createYielder(1) },
      deadlineMs: performance.now() + LONGEST_LOOK_MS,
    };
    if (this.#held?.isGone === true) this.close();
    const now = await this.#place.open(this.path);
    try {
      await this.#follow(now, found);
      const stat = await now?.stat();
      return stat === undefined ? null : { owner: stat.uid, group: stat.gid, mode: stat.mode };
    } finally {
      if (now !== null && now !== this.#held) now.close();
    }
  }

  async #follow(now: OpenLog | null, found: Found): Promise<void> {
    const position = this.#position;
    if (position === null) {
      if (now !== null) this.#hold(now, await positionAt(now, (await now.stat()).size, 0));
      return;
    }
    if (now !== null && (await this.#goesOn(now, position))) {
      this.#keep(now);
      const { device, inode } = await now.stat();
      this.#position = { ...position, device, inode };
      return this.#drain(now, found);
    }
    // What is left of the former file comes first, at the next look.
    const isFinished = await this.#finish(now, position, found);
    if (now !== null && isFinished) await this.#begin(now, position, found);
  }

  /**
   * Whether the log is the file that was followed. After a restart its number may be another, as after a restore, or another file's that was gone meanwhile:
   * then its content says so. Of a file of which nothing was read nobody can say.
   */
  async #goesOn(now: OpenLog, position: LogPosition): Promise<boolean> {
    if (!(await holdsUpTo(now, position))) return false;
    return this.#held === null ? position.head.length > 0 : this.#place.isSame(now, this.#held);
  }

  /**
   * Reads what is left of the file that was followed, and of those that took its place and were put aside before anybody looked. Whether that was all: it
   * is, once the former is told as lost, however long it was looked for.
   */
  async #finish(now: OpenLog | null, position: LogPosition, found: Found): Promise<boolean> {
    const log = await now?.stat();
    const beside = (await this.#place.beside(this.path)).filter(
      ({ stat }) => log === undefined || stat.inode === null || stat.inode !== log.inode,
    );
    const former = await this.#former(now, position, beside, found);
    if (former === null) {
      // Without the log itself nobody can say whether it is about to be put there.
      if (now === null) return false;
      await this.#lost(now, position, beside, found);
      return position.head.length > 0 || !isEnough(found);
    }
    this.#keep(former);
    await this.#drain(former, found);
    if (now === null || isEnough(found)) return false;
    if (former.isBroken) say(found, 'log-lost', `${position.generation}:broken`);
    await this.#between(await former.stat(), position, beside, found);
    return !isEnough(found);
  }

  /** Of a file of which nothing was read nothing is lost with it, as long as those that came after it are there. */
  async #lost(now: OpenLog, position: LogPosition, beside: readonly Beside[], found: Found): Promise<void> {
    if (position.head.length === 0) {
      const after = await this.#after(position.modifiedMs ?? Number.POSITIVE_INFINITY, beside, found);
      const { inode } = await now.stat();
      if (after > 0 || inode === null || (await isFileOf(now, position))) return;
    }
    say(found, await this.#lossOf(now, position), `${position.generation}:${position.offset}`);
  }

  /** What became of the file that was followed, and what was the log after it. */
  async #between(
    own: FileStat,
    { inode, generation }: LogPosition,
    beside: readonly Beside[],
    found: Found,
  ): Promise<void> {
    const isThere = beside.some(({ stat }) => isOne(stat, own));
    const isCopy = own.inode !== inode;
    const packed = beside.some(
      ({ packing, stat }) => packing !== 'none' && stat.modifiedMs >= own.modifiedMs,
    );
    if (!isThere && !isCopy && !packed) say(found, 'log-replaced', `${generation}:replaced`);
    await this.#after(
      own.modifiedMs,
      beside.filter(({ stat }) => stat.inode === null || !isOne(stat, own)),
      found,
    );
  }

  /** Reads the files that were the log after one that was written last at a time. Resolves to how many there are. */
  async #after(modifiedMs: number, beside: readonly Beside[], found: Found): Promise<number> {
    // Times are whole seconds over SFTP: what is of the same one may be later, where its beginning tells whether it was read.
    const { head, former } = this.#position ?? {};
    const isKnown = former !== undefined || (head?.length ?? 0) > 0;
    const isLater = ({ stat }: Beside) =>
      stat.modifiedMs > modifiedMs || (isKnown && stat.modifiedMs === modifiedMs);
    const later = beside.filter((one) => one.numbered && isLater(one));
    for (const one of later) {
      if (isEnough(found)) break;
      if (one.packing !== 'other') await this.#whole(one, found);
      else say(found, 'log-lost', `${this.#position?.generation}:${one.stat.modifiedMs}`);
    }
    return later.length;
  }

  /** The file that was followed, or a copy of it, packed perhaps; null where none is left. */
  async #former(
    now: OpenLog | null,
    position: LogPosition,
    beside: readonly Beside[],
    found: Found,
  ): Promise<OpenLog | null> {
    const held = this.#held;
    if (held !== null && (await holdsUpTo(held, position))) {
      if (now === null || !(await this.#place.isSame(now, held))) return held;
    }
    const isRenamed = ({ stat }: Beside) =>
      stat.inode !== null && stat.inode === position.inode && stat.device === position.device;
    // Of what was never read every file is a copy.
    const copies = position.head.length === 0 ? [] : beside.filter((one) => !isRenamed(one)).reverse();
    const plain = copies.filter(({ packing }) => packing === 'none');
    const packed = copies.filter(({ packing }) => packing === 'gzip');
    for (const one of [...beside.filter(isRenamed), ...plain, ...packed]) {
      // Each may begin as the log did, and be unpacked up to the place that was reached.
      if (isEnough(found)) return null;
      const file = await this.#openBeside(one);
      if (file !== null && (await holdsUpTo(file, position))) return file;
      file?.close();
    }
    return null;
  }

  /** The log begins anew, unless it begins as it did: then somebody wrote it anew, and what stands there was read. */
  async #begin(now: OpenLog, { head, generation }: LogPosition, found: Found): Promise<void> {
    const { size, modifiedMs } = await now.stat();
    const isRewritten = head.length > 0 && size >= head.length && (await begins(now, head));
    if (isRewritten && !found.saidEvents.has('log-rewritten'))
      say(found, 'log-rewritten', `${generation}:rewritten:${modifiedMs}`);
    this.#hold(now, await this.#next(now, isRewritten ? size : 0));
    await this.#drain(now, found);
  }

  async #whole(one: Beside, found: Found): Promise<void> {
    const file = await this.#openBeside(one);
    // A copy of what was read already is nothing new.
    if (file === null || (await this.#wasRead(file))) return file?.close();
    this.#hold(file, await this.#next(file, 0));
    await this.#drain(file, found);
    if (file.isBroken) say(found, 'log-lost', `${this.#position?.generation}:broken`);
  }

  async #wasRead(file: OpenLog): Promise<boolean> {
    for (const head of [this.#position?.head, this.#position?.former]) {
      if (head !== undefined && head.length > 0 && (await begins(file, head))) return true;
    }
    return false;
  }

  /** A place in a file that is or was the log after the one before. */
  async #next(file: OpenLog, offset: number): Promise<LogPosition> {
    const { generation = 0, head, former } = this.#position ?? {};
    const before = head !== undefined && head.length > 0 ? head : former;
    const position = await positionAt(file, offset, generation + 1);
    return { ...position, ...(before === undefined ? {} : { former: before }) };
  }

  async #openBeside({ path, packing }: Beside): Promise<OpenLog | null> {
    if (packing === 'other') return null;
    let file: OpenLog | null;
    try {
      file = await this.#place.open(path);
    } catch (error) {
      // Not to be opened is nothing to look into; a machine that cannot be reached is asked again.
      if (error instanceof ReachFailure) throw error;
      return null;
    }
    return file !== null && packing === 'gzip' ? new PackedLog(file) : file;
  }

  async #drain(file: OpenLog, found: Found): Promise<void> {
    for (;;) {
      const position = this.#position;
      if (position === null || isEnough(found)) return;
      const read = await file.read(this.#piece, position.offset);
      if (read === 0) return;
      const used = take(this.#piece.subarray(0, read), position, found);
      if (used === null) return;
      found.left -= used.bytes;
      const excerpts = await excerptsAfter(file, position, this.#piece.subarray(0, used.bytes));
      this.#position = {
        ...position,
        offset: position.offset + used.bytes,
        inLine: used.inLine,
        ...excerpts,
      };
      // Not before it is certain that they are not read again.
      for (const { line, id } of used.lines) found.reader.line(line, id);
      if (found.yielder.due()) await found.yielder.take();
    }
  }

  #hold(file: OpenLog, position: LogPosition): void {
    this.#keep(file);
    this.#position = position;
  }

  #keep(file: OpenLog): void {
    if (this.#held !== file) this.#held?.close();
    this.#held = file;
  }

  /** Why what was followed is gone: the same file is shorter, or another lies there. */
  async #lossOf(now: OpenLog, position: LogPosition): Promise<ContinuityEvent> {
    const held = this.#held;
    const isSame = held === null ? await isFileOf(now, position) : await this.#place.isSame(now, held);
    if (!isSame) return 'log-lost';
    return (await now.stat()).size < position.offset ? 'log-shrank' : 'log-rewritten';
  }
}

interface Found {
  readonly reader: LogReader;
  readonly saidEvents: Set<ContinuityEvent>;
  /** Bytes that may still be read. */
  left: number;
  readonly deadlineMs: number;
  readonly scanner: LineScanner;
  readonly yielder: Yielder;
}

interface Taken {
  readonly bytes: number;
  readonly inLine: boolean;
  readonly lines: readonly { readonly line: ScannedLine; readonly id: string }[];
}

function say(found: Found, event: ContinuityEvent, id: string): void {
  found.saidEvents.add(event);
  found.reader.said(event, id);
}

function isEnough({ left, deadlineMs }: Found): boolean {
  return left <= 0 || performance.now() > deadlineMs;
}

/** How much of a piece is done with, and the lines that were found in it; null while its line has not ended. */
function take(piece: Buffer, { generation, offset, inLine }: LogPosition, { scanner }: Found): Taken | null {
  if (inLine) {
    const end = endOfLine(piece);
    return end === null
      ? { bytes: piece.length, inLine: true, lines: [] }
      : { bytes: end, inLine: false, lines: [] };
  }
  const end = endOfLines(piece);
  if (end === 0 && piece.length < LONGEST_LINE) return null;
  const whole = end === 0 ? piece : piece.subarray(0, end);
  const lines: { line: ScannedLine; id: string }[] = [];
  scanner.scan(whole, (line) => lines.push({ line, id: `${generation}:${offset + line.at}` }));
  return { bytes: whole.length, inLine: end === 0, lines };
}

async function positionAt(file: OpenLog, offset: number, generation: number): Promise<LogPosition> {
  const { device, inode, modifiedMs } = await file.stat();
  const excerpts = await excerptsAt(file, offset);
  return { device, inode, offset, generation, inLine: false, ...excerpts, modifiedMs };
}

async function isFileOf(file: OpenLog, { inode, device }: LogPosition): Promise<boolean> {
  const stat = await file.stat();
  return stat.inode !== null && stat.inode === inode && stat.device === device;
}

/** Whether two names lead to one file. Where files have no numbers, those of one size and time are taken for one; its content decides what is read of it. */
function isOne(a: FileStat, b: FileStat): boolean {
  if (a.inode !== null && b.inode !== null) return a.inode === b.inode && a.device === b.device;
  return a.size === b.size && a.modifiedMs === b.modifiedMs;
}
