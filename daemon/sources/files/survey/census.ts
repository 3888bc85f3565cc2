import type { Stats } from 'node:fs';
import { LIMITS, type RecordLine } from '../../../../baselines/index.js';
import { type FileStat, isAsBefore, looksUntouched } from '../../machine/stat.js';
import type { UnreadableCause } from '../../source.js';

/** What stands for the content of a file that was not read because of its size. */
export const TOO_LARGE = 'not hashed: larger than maxFileBytes';

/** What is said of a file, in one record. */
export interface FileFacts {
  /** As `pathText` writes it. */
  readonly path: string;
  readonly stat: FileStat;
  /** Hex SHA-256 of a file's content, or `TOO_LARGE`. Null of all that is no file. */
  readonly sha256: string | null;
  /** Where a link leads, as `pathText` writes it. */
  readonly target: string | null;
  /** What it has beside its mode, as one text; null where that is nothing, or was not asked for. */
  readonly attributes: string | null;
  /** Of a file that is read for its settings; absent where it was not read. */
  readonly content?: Uint8Array;
}

/** A place that could not be read. */
export interface UnreadPlace {
  readonly path: string;
  /** True for a folder whose entries are unknown: the place means everything below it, and not itself. */
  readonly below: boolean;
  readonly cause: UnreadableCause;
  /** Code of the system, or a word of ours. */
  readonly code: string;
}

/** What became of the records since the survey before. */
export interface CensusChange {
  /** New records, and those that took the place of others with the same key. */
  readonly upserts: readonly RecordLine[];
  /** Canonical keys. */
  readonly removals: readonly string[];
}

/** The state of the hashes of a collection. */
export interface CensusSummary {
  /** Files whose size keeps them from being hashed. */
  readonly tooLarge: number;
  /** How long ago the content was read that is believed longest, in milliseconds. */
  readonly oldestHashMs: number;
}

/**
 * Characters of all records of a collection, and of the paths that could not be read: twice what could be signed. Whoever may make files may give each a path of
 * twenty kilobytes, or many settings.
 */
const MOST_TEXT = 2 * LIMITS.recordsBytes;

/** There are more records than may be, or more in them. `message` says which, in our words. */
export class TooManyFiles extends Error {
  override readonly name = 'TooManyFiles';
}

interface Entry {
  stat: FileStat;
  sha256: string | null;
  target: string | null;
  attributes: string | null;
  /** Canonical keys of its records, and their digests. */
  keys: readonly string[];
  digest: string;
  /** Characters of its path and records. */
  text: number;
  /** When it must be hashed again at the latest, by a clock that never goes back. */
  hashByMs: number;
  hashedMs: number;
  seen: number;
}

interface Folder {
  /** Of the folder itself, once it was entered. */
  stat: FileStat | null;
  readonly entries: Map<string, Entry>;
  readonly attributes: Map<string, KnownAttributes>;
}

/** They come apart from what else is known of a name, before or after it. */
interface KnownAttributes {
  readonly text: string | null;
  /** When they must be read again at the latest. */
  readonly byMs: number;
  /** The survey that asked for them last. */
  readonly asked: number;
}

export interface CensusOptions {
  readonly recordsOf: (facts: FileFacts) => readonly RecordLine[];
  /** True when a file's records are made of its content. */
  readonly ofContent?: boolean;
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  readonly fullHashMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** 0 ≤ random() < 1: spreads over time what is hashed again. */
  readonly random: () => number;
}

/**
 * What is known of the files of one collection from survey to survey. Nothing is believed for longer than `fullHashMs`: until then times,
 * size and inode decide whether a file is hashed now.
 */
export class Census {
  readonly #options: CensusOptions;
  /** By path of the folder, then by name. */
  readonly #folders = new Map<string, Folder>();
  #count = 0;
  #survey = 0;
  /** When the survey began. */
  #beganMs = 0;
  /** Records, and characters of them, that were seen in this survey. */
  #marked = 0;
  #markedText = 0;
  /** By canonical key: the record that is there now, or null where one is gone. */
  #changes = new Map<string, RecordLine | null>();
  #unread: UnreadPlace[] = [];
  #unreadText = 0;
  #summary: CensusSummary = { tooLarge: 0, oldestHashMs: 0 };

  constructor(options: CensusOptions) {
    this.#options = options;
  }

  /** Names that are known. */
  get count(): number {
    return this.#count;
  }

  /** A larger file is not read. */
  get maxFileBytes(): number {
    return this.#options.maxFileBytes;
  }

  begin(): void {
    this.#survey++;
    this.#beganMs = this.#options.now();
    this.#marked = 0;
    this.#markedText = 0;
    this.#unread = [];
    this.#unreadText = 0;
  }

  /** Notes that a folder is looked into. */
  enter(folder: string, stat: FileStat): void {
    this.#folderOf(folder).stat = stat;
  }

  /** True for a folder that was entered before and is the same one. */
  isEntered(folder: string, stat: FileStat): boolean {
    const before = this.#folders.get(folder)?.stat;
    return before?.inode === stat.inode && before?.device === stat.device;
  }

  /** True, and noted, when what lies at a name is no folder, is in everything what it was, and nothing of it is due: then there is nothing else to do. */
  seeAgain(folder: string, name: string, stats: Stats, wantsAttributes: boolean): boolean {
    const known = this.#folders.get(folder)?.entries.get(name);
    if (known === undefined || known.stat.type === 'directory' || !isAsBefore(known.stat, stats))
      return false;
    const isHashed =
      known.stat.type !== 'file' ||
      known.sha256 === TOO_LARGE ||
      (known.sha256 !== null && known.hashByMs > this.#beganMs);
    if (!isHashed) return false;
    if (wantsAttributes) {
      const { byMs = 0 } = this.#folders.get(folder)?.attributes.get(name) ?? {};
      if (byMs <= this.#beganMs) return false;
    }
    this.#mark(known);
    return true;
  }

  /** Notes what lies at a name. True when its content must be hashed for that; then `hashed` or `unread` follows. */
  see(folder: string, name: string, stat: FileStat, target: string | null = null): boolean {
    const { maxFileBytes, now } = this.#options;
    const known = this.#folders.get(folder)?.entries.get(name);
    if (known) this.#mark(known);
    if (stat.type === 'file' && stat.size <= maxFileBytes) {
      const isFresh =
        known !== undefined &&
        known.sha256 !== null &&
        known.sha256 !== TOO_LARGE &&
        known.hashByMs > now() &&
        looksUntouched(known.stat, stat);
      if (!isFresh) return true;
      this.#put(folder, name, stat, { sha256: known.sha256, target: null });
      return false;
    }
    const sha256 = stat.type === 'file' ? TOO_LARGE : null;
    this.#put(folder, name, stat, { sha256, target });
    return false;
  }

  /** True when attributes of a name must be read; then `attributed` follows. To be asked before `see`. */
  needsAttributes(folder: string, name: string, stat: FileStat): boolean {
    const { entries, attributes } = this.#folderOf(folder);
    const [known, own] = [entries.get(name), attributes.get(name)];
    if (own?.asked === this.#survey) return false;
    const isFresh = known !== undefined && own !== undefined && looksUntouched(known.stat, stat);
    if (isFresh && own.byMs > this.#options.now()) return false;
    attributes.set(name, { text: own?.text ?? null, byMs: 0, asked: this.#survey });
    return true;
  }

  /** Notes the attributes of a name. */
  attributed(folder: string, name: string, text: string | null): void {
    const { entries, attributes } = this.#folderOf(folder);
    attributes.set(name, { text, byMs: this.#dueMs(), asked: this.#survey });
    const known = entries.get(name);
    if (known !== undefined) this.#put(folder, name, known.stat, known);
  }

  /** Notes the content of a file. `stat` is what its open handle said before and after it was read. */
  hashed(folder: string, name: string, stat: FileStat, sha256: string, read?: Uint8Array): void {
    const content = read === undefined ? {} : { content: read };
    const entry = this.#put(folder, name, stat, { sha256, target: null, ...content });
    entry.hashedMs = this.#options.now();
    entry.hashByMs = this.#dueMs();
  }

  /** When what is read now must be read again. Read from timer to timer: there is time left for the read that finds it due. */
  #dueMs(): number {
    const { fullHashMs, now, random } = this.#options;
    return now() + fullHashMs * (0.4 + 0.4 * random());
  }

  /** Notes a folder that is entered and is no record. */
  pass(folder: string, name: string, stat: FileStat): void {
    this.#put(folder, name, stat, { sha256: null, target: null }, false);
  }

  /** Notes that nothing lies at a name any more. */
  gone(folder: string, name: string): void {
    this.#drop(folder, name);
  }

  /** Notes that nobody knows what a name is now. */
  unread(folder: string, name: string, { cause, code }: Pick<UnreadPlace, 'cause' | 'code'>): void {
    this.#drop(folder, name);
    this.#noteUnread({ path: joined(folder, name), below: false, cause, code });
  }

  /** Notes that nobody knows what lies in a folder now. */
  unreadBelow(folder: string, { cause, code }: Pick<UnreadPlace, 'cause' | 'code'>): void {
    this.#dropBelow(folder);
    this.#noteUnread({ path: folder, below: true, cause, code });
  }

  /** They are counted apart from what is known: a name may have been known, and be unread now. */
  #noteUnread(place: UnreadPlace): void {
    this.#unreadText += place.path.length;
    this.#refuse(this.#unread.length + 1, this.#unreadText);
    this.#unread.push(place);
  }

  #refuse(records: number, text: number): void {
    if (records > this.#options.maxFiles) throw new TooManyFiles('there are more records than maxFiles');
    if (text > MOST_TEXT)
      throw new TooManyFiles(
        `its records hold more than ${MOST_TEXT >> 20} MiB, half of which could be signed`,
      );
  }

  /** What an operator should know of the hashes there were when everything was surveyed last. */
  summary(): CensusSummary {
    return this.#summary;
  }

  /** Takes what became of records so far, so that nobody waits with all of it; nothing when it is less than `least`. */
  take(least: number): CensusChange {
    const upserts: RecordLine[] = [];
    const removals: string[] = [];
    if (this.#changes.size < least) return { upserts, removals };
    for (const [key, record] of this.#changes) {
      if (record === null) removals.push(key);
      else upserts.push(record);
    }
    this.#changes = new Map();
    return { upserts, removals };
  }

  /**
   * Ends a survey of these folders; of everything when none are named. What was not seen there is gone. Returns what could not be read. Throws
   * `TooManyFiles`.
   */
  end(folders?: Iterable<string>): readonly UnreadPlace[] {
    const nowMs = this.#options.now();
    const seen = { tooLarge: 0, oldestMs: nowMs };
    for (const folder of folders ?? [...this.#folders.keys()]) this.#dropUnseen(folder, seen);
    if (folders === undefined)
      this.#summary = { tooLarge: seen.tooLarge, oldestHashMs: nowMs - seen.oldestMs };
    this.#refuse(this.#count, this.#markedText + this.#unreadText);
    return this.#unread;
  }

  #put(
    folder: string,
    name: string,
    stat: FileStat,
    content: Pick<FileFacts, 'sha256' | 'target' | 'content'>,
    isRecord = true,
  ): Entry {
    const { recordsOf, ofContent } = this.#options;
    const { entries, attributes: all } = this.#folderOf(folder);
    const known = entries.get(name);
    const attributes = all.get(name)?.text ?? null;
    if (
      known &&
      sameStat(known.stat, stat) &&
      known.sha256 === content.sha256 &&
      known.target === content.target &&
      known.attributes === attributes
    ) {
      this.#mark(known);
      return known;
    }
    // Of a file whose content is known and was not read again nothing else counts.
    const keeps = ofContent && known !== undefined && known.sha256 === content.sha256;
    const records =
      !isRecord || keeps ? [] : recordsOf({ path: joined(folder, name), stat, ...content, attributes });
    const own = keeps
      ? { keys: known.keys, digest: known.digest, text: known.text }
      : ownOf(records, folder.length + name.length);
    const { sha256, target } = content;
    // One shape for all of them, or looking at each costs twice as much.
    const entry: Entry = {
      stat,
      sha256,
      target,
      attributes,
      keys: own.keys,
      digest: own.digest,
      text: own.text,
      hashByMs: known?.hashByMs ?? 0,
      hashedMs: known?.hashedMs ?? 0,
      seen: known?.seen ?? 0,
    };
    this.#mark(entry, known);
    if (known === undefined) this.#count++;
    entries.set(name, entry);
    if (known?.digest === entry.digest) return entry;
    for (const key of known?.keys ?? []) this.#changes.set(key, null);
    for (const record of records) this.#changes.set(record.key, record);
    return entry;
  }

  /** Counts the records of each once in a survey: what is gone meanwhile leaves room for what is new. `before`: whose place it takes. */
  #mark(entry: Entry, before?: Entry): void {
    const counted = before?.seen === this.#survey ? before : null;
    if (counted === null && entry.seen === this.#survey) return;
    entry.seen = this.#survey;
    this.#marked +=
      Math.max(1, entry.keys.length) - (counted === null ? 0 : Math.max(1, counted.keys.length));
    this.#markedText += entry.text - (counted?.text ?? 0);
    this.#refuse(this.#marked, this.#markedText);
  }

  #folderOf(path: string): Folder {
    const known = this.#folders.get(path);
    if (known) return known;
    const folder: Folder = { stat: null, entries: new Map(), attributes: new Map() };
    this.#folders.set(path, folder);
    return folder;
  }

  /** Counts into `left` what stays. */
  #dropUnseen(folder: string, left: { tooLarge: number; oldestMs: number }): void {
    for (const [name, { seen, sha256, hashedMs }] of this.#folders.get(folder)?.entries ?? []) {
      if (seen !== this.#survey) this.#drop(folder, name);
      else if (sha256 === TOO_LARGE) left.tooLarge++;
      else if (sha256 !== null && hashedMs < left.oldestMs) left.oldestMs = hashedMs;
    }
  }

  #dropBelow(folder: string): void {
    for (const name of this.#folders.get(folder)?.entries.keys() ?? []) this.#drop(folder, name);
    this.#folders.delete(folder);
  }

  #drop(folder: string, name: string): void {
    const { entries, attributes } = this.#folders.get(folder) ?? {};
    attributes?.delete(name);
    const entry = entries?.get(name);
    if (entries === undefined || entry === undefined) return;
    entries.delete(name);
    this.#count--;
    for (const key of entry.keys) this.#changes.set(key, null);
    const path = joined(folder, name);
    if (entry.stat.type === 'directory') this.#dropBelow(path);
  }
}

/** What is kept of an entry's records: they themselves are told and forgotten. */
function ownOf(records: readonly RecordLine[], pathLength: number): Pick<Entry, 'keys' | 'digest' | 'text'> {
  return {
    keys: records.map(({ key }) => key),
    digest: records.map(({ digest }) => digest).join(),
    text: records.reduce((all, { line }) => all + line.length, pathLength),
  };
}

/** The path of a name in a folder. */
export function joined(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

function sameStat(a: FileStat, b: FileStat): boolean {
  return (
    looksUntouched(a, b) &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.links === b.links &&
    a.deviceNumber === b.deviceNumber
  );
}
