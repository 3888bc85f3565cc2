import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../../error-code.js';
import { ReachFailure } from '../../machine/failure.js';
import { type FileStat, fileStat } from '../../machine/stat.js';
import { createYielder, type Yielder } from '../../relational/assemble.js';
import { AttributeReader, type AttributeResult } from './attribute-reader.js';
import { type Census, joined } from './census.js';
import type { HashPool } from './hash-pool.js';
import { inFolder, ofHandle } from './local-paths.js';
import { nameText, pathText } from './path-text.js';
import { causeOfCode, MAX_DEPTH, type Trees, type Walker } from './walker.js';

const FOLDER_FLAGS = constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Of a folder that only leads to what is watched, links included: whoever configured it named them. */
const WAY_FLAGS = constants.O_DIRECTORY | constants.O_NONBLOCK;
/** Files in one job of hashing, and bytes that are about enough. */
const JOB_FILES = 64;
const JOB_BYTES = 8 * 1024 * 1024;
/** How often a name is looked at again that becomes another thing while it is. */
const TRIES = 3;

/** A folder that stays open as long as somebody needs it. */
class OpenFolder {
  #holds = 1;
  constructor(readonly handle: number) {}
  hold(): this {
    this.#holds++;
    return this;
  }
  release(): void {
    if (--this.#holds === 0) closeSync(this.handle);
  }
}

/** A folder under survey. */
interface Visit {
  readonly open: OpenFolder;
  /** As `pathText` writes it. */
  readonly path: string;
  /** The same below the path of the collection; empty for that itself. */
  readonly below: string;
  readonly depth: number;
  /** What names in a folder that was entered before are looked at by first; null where there is no such path. */
  readonly quick: string | null;
}

interface Survey {
  readonly trees: Trees;
  readonly census: Census;
  readonly yielder: Yielder;
  readonly hashing: Set<Promise<void>>;
  /** What of attributes is to be asked for, with the folders held for it. */
  readonly due: Due[];
  readonly attributes: AttributeReader;
  /** What hashing came to, beside what the census knows. */
  readonly trouble: unknown[];
  readonly deadlineMs: number;
  /** Folders looked at, when not all are. */
  readonly looked: Set<string> | null;
}

interface Due {
  readonly open: OpenFolder;
  readonly path: string;
  readonly name: string;
  readonly text: string;
  readonly hasFlags: boolean;
}

/** Hears of changes in folders; see `FolderEvents`. */
export interface FolderWatch {
  /** Listens to an open folder, before it is read. */
  enter(path: string, handle: number, stat: FileStat): void;
  /** A survey of everything ended: folders it did not enter are gone. */
  entered(): void;
}

/**
 * Surveys the files of this machine. Folders are walked by their handles: what is swapped on the way is read as what it was when it was opened, and no
 * link is followed below the paths of a collection.
 */
export class LocalWalker implements Walker {
  constructor(
    private readonly pool: HashPool,
    private readonly watch: FolderWatch | null,
    private readonly readTimeoutMs: number,
  ) {}

  async survey(
    trees: Trees,
    census: Census,
    moved?: readonly string[],
  ): Promise<readonly string[] | undefined> {
    const looked = moved === undefined ? null : new Set<string>();
    const deadlineMs = performance.now() + this.readTimeoutMs;
    const survey: Survey = {
      ...{ trees, census, looked, deadlineMs },
      yielder: createYielder(),
      hashing: new Set(),
      due: [],
      attributes: new AttributeReader(),
      trouble: [],
    };
    try {
      for (const path of trees.paths) {
        if (moved === undefined) await this.#path(survey, path);
        else await this.#movedBelow(survey, path, moved);
      }
      await this.#attributes(survey);
    } finally {
      for (const { open } of survey.due) open.release();
      await survey.attributes.finish();
    }
    await Promise.all(survey.hashing);
    goOn(survey);
    return looked === null ? undefined : [...looked];
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** One path of the collection, and everything below it. */
  async #path(survey: Survey, path: string): Promise<void> {
    const { census } = survey;
    const name = path === '/' ? '' : Buffer.from(path.slice(path.lastIndexOf('/') + 1)).toString('latin1');
    const above = openFolder(dirname(path), WAY_FLAGS);
    const folder = pathText(Buffer.from(dirname(path)));
    const text = nameText(name);
    if (typeof above === 'string') {
      // Where there is no folder there is no file, and one that cannot be entered hides it.
      if (above !== 'ENOENT' && above !== 'ENOTDIR') {
        const why = { cause: causeOfCode(above), code: above };
        census.unread(folder, text, why);
        census.unreadBelow(joined(folder, text), why);
      } else census.gone(folder, text);
      return;
    }
    const open = new OpenFolder(above);
    try {
      this.watch?.enter(folder, above, fileStat(fstatSync(above)));
      const place = { open, path: folder, below: null, depth: 0 };
      await this.#name(survey, place, name === '' ? '.' : name, name === '' ? '' : text);
    } finally {
      open.release();
    }
  }

  /** The folders below a path of the collection that are known to have moved. */
  async #movedBelow(survey: Survey, path: string, moved: readonly string[]): Promise<void> {
    const root = pathText(Buffer.from(path));
    for (const folder of moved) {
      if (folder === pathText(Buffer.from(dirname(path)))) await this.#path(survey, path);
      else if (folder === root || folder.startsWith(root === '/' ? '/' : `${root}/`)) {
        await this.#folderAgain(survey, path, root, folder);
      }
    }
  }

  async #folderAgain(survey: Survey, path: string, root: string, folder: string): Promise<void> {
    // An escaped name is not taken back to bytes: the whole tree is looked at.
    if (folder.includes('\\')) return this.#path(survey, path);
    const below = folder === root ? '' : folder.slice(root === '/' ? 1 : root.length + 1);
    const handle = openBelow(path, below === '' ? [] : below.split('/'));
    if (handle === null) return this.#path(survey, path);
    const open = new OpenFolder(handle);
    try {
      survey.looked?.add(folder);
      const depth = below === '' ? 0 : below.split('/').length;
      const quick = quickPath(survey.census, folder, fileStat(fstatSync(handle)));
      await this.#entries(survey, { open, path: folder, below, depth, quick });
    } finally {
      open.release();
    }
  }

  async #folder(survey: Survey, visit: Omit<Visit, 'quick'>): Promise<void> {
    const { census } = survey;
    if (visit.depth > MAX_DEPTH) {
      return census.unreadBelow(visit.path, { cause: 'too-large', code: `deeper than ${MAX_DEPTH} folders` });
    }
    const stat = fileStat(fstatSync(visit.open.handle));
    const quick = quickPath(census, visit.path, stat);
    this.watch?.enter(visit.path, visit.open.handle, stat);
    census.enter(visit.path, stat);
    survey.looked?.add(visit.path);
    await this.#entries(survey, { ...visit, quick });
  }

  async #entries(survey: Survey, visit: Visit): Promise<void> {
    const { census, yielder } = survey;
    const folders: string[] = [];
    const due: { name: string; text: string; bytes: number }[] = [];
    let dir: ReturnType<typeof opendirSync>;
    try {
      dir = opendirSync(ofHandle(visit.open.handle), { encoding: 'latin1', bufferSize: 256 });
    } catch (error) {
      const code = errorCode(error) ?? 'EUNKNOWN';
      return census.unreadBelow(visit.path, { cause: causeOfCode(code), code });
    }
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
        const { name } = entry;
        const text = nameText(name);
        const seen = isQuick(survey, visit, name, text) ? null : this.#look(survey, visit, name, text);
        if (seen === 'folder') folders.push(name);
        else if (seen !== null) due.push({ name, text, bytes: seen });
        if (due.length === JOB_FILES || (due.length > 0 && sum(due) > JOB_BYTES)) {
          await this.#hash(survey, visit, due.splice(0));
        }
        if (!yielder.due()) continue;
        await yielder.take();
        await this.#attributes(survey);
        goOn(survey);
      }
    } finally {
      dir.closeSync();
    }
    await this.#hash(survey, visit, due);
    await this.#attributes(survey);
    for (const name of folders) await this.#name(survey, visit, name, nameText(name));
  }

  /** A name of which nothing but the place is known. */
  async #name(
    survey: Survey,
    place: Omit<Visit, 'below' | 'quick'> & { readonly below: string | null },
    name: string,
    text: string,
  ): Promise<void> {
    const { census, looked } = survey;
    const path = name === '.' ? '/' : joined(place.path, text);
    const below = place.below === null ? '' : place.below === '' ? text : `${place.below}/${text}`;
    for (let tries = 0; tries < TRIES; tries++) {
      const seen = this.#look(survey, place, name, text);
      if (seen === null) return;
      if (seen !== 'folder') return this.#hash(survey, place, [{ name, text }]);
      const handle = openFolder(inFolder(place.open.handle, name), FOLDER_FLAGS);
      if (typeof handle === 'string') {
        if (handle === 'ENOENT' || handle === 'ENOTDIR' || handle === 'ELOOP') continue;
        return census.unreadBelow(path, { cause: causeOfCode(handle), code: handle });
      }
      const open = new OpenFolder(handle);
      try {
        // One that is known and whose events were heard needs no look when others moved.
        if (looked !== null && place.below !== null && census.isEntered(path, fileStat(fstatSync(handle))))
          return;
        await this.#folder(survey, { open, path, below, depth: place.depth + 1 });
        const now = statOf(place.open.handle, name);
        const was = fstatSync(handle);
        if (now === null || typeof now === 'string' || (now.ino === was.ino && now.dev === was.dev)) return;
      } finally {
        open.release();
      }
    }
    const why = { cause: 'moving', code: 'EMOVING' } as const;
    census.unread(place.path, text, why);
    census.unreadBelow(path, why);
  }

  /** What lies at a name: a folder to enter, a file to hash, by its size, or nothing more to do. */
  #look(
    survey: Survey,
    place: { readonly open: OpenFolder; readonly path: string; readonly below: string | null },
    name: string,
    text: string,
  ): 'folder' | number | null {
    const { trees, census } = survey;
    const stats = statOf(place.open.handle, name);
    // What is gone from a folder is found when that was read; the folder of a path of the collection is not.
    if (stats === null && place.below === null) census.gone(place.path, text);
    if (stats === null) return null;
    const below = place.below === null ? null : place.below === '' ? text : `${place.below}/${text}`;
    // A path of the collection itself is a record whatever the patterns say.
    const isRecord = below === null || trees.matcher.isRecord(below);
    if (typeof stats === 'string') {
      const why = { cause: causeOfCode(stats), code: stats };
      if (isRecord) census.unread(place.path, text, why);
      // It may be a folder.
      if (below === null || !trees.matcher.isClosed(below)) census.unreadBelow(joined(place.path, text), why);
      return null;
    }
    const stat = fileStat(stats);
    if (isRecord && trees.wantsAttributes && census.needsAttributes(place.path, text, stat)) {
      const hasFlags = stat.type === 'file' || stat.type === 'directory';
      survey.due.push({ open: place.open.hold(), path: place.path, name, text, hasFlags });
    }
    if (stat.type === 'directory') {
      if (below !== null && trees.matcher.isClosed(below)) return null;
      if (isRecord) census.see(place.path, text, stat);
      else census.pass(place.path, text, stat);
      return 'folder';
    }
    if (!isRecord) return null;
    const target = stat.type === 'link' ? targetOf(place.open.handle, name) : null;
    return census.see(place.path, text, stat, target) ? stat.size : null;
  }

  /** Has attributes read that are due. */
  async #attributes({ due, census, attributes, trouble }: Survey): Promise<void> {
    for (let one = due.pop(); one !== undefined; one = due.pop()) {
      const { open, path, name, text, hasFlags } = one;
      const tell = (result: AttributeResult) => {
        open.release();
        try {
          if (!('code' in result)) census.attributed(path, text, result.text);
          else if (result.code !== 'ENOENT')
            census.unread(path, text, { cause: causeOfCode(result.code), code: result.code });
        } catch (error) {
          // Those that are told after this one hold folders open.
          trouble.push(error);
        }
      };
      await attributes.ask({ folder: open.handle, name, hasFlags, tell });
    }
  }

  async #hash(
    survey: Survey,
    place: {
      readonly open: OpenFolder;
      readonly path: string;
      readonly below: string | null;
      readonly depth: number;
    },
    files: readonly { readonly name: string; readonly text: string }[],
  ): Promise<void> {
    if (files.length === 0) return;
    await this.pool.room();
    goOn(survey);
    place.open.hold();
    const done = this.#hashed(survey, place, files)
      .catch((error: unknown) => void survey.trouble.push(error))
      .finally(() => {
        place.open.release();
        survey.hashing.delete(done);
      });
    survey.hashing.add(done);
  }

  async #hashed(
    { census, trees }: Survey,
    place: { readonly open: OpenFolder; readonly path: string },
    files: readonly { readonly name: string; readonly text: string }[],
  ): Promise<void> {
    const results = await this.pool.hash(
      place.open.handle,
      files.map(({ name }) => name),
      trees.wantsContent,
    );
    for (const [i, { name, text }] of files.entries()) {
      const result = results[i];
      if (result === undefined) throw new RangeError('a file was not hashed');
      if (!('code' in result)) census.hashed(place.path, text, result.stat, result.sha256, result.content);
      else if (result.code === 'ENOTFILE' || result.code === 'EFBIG') this.#became(census, place, name, text);
      else if (result.code !== 'ENOENT') {
        census.unread(place.path, text, { cause: causeOfCode(result.code), code: result.code });
      } else census.gone(place.path, text);
    }
  }

  /** A file that is none any more by the time it was opened, or has grown too large. */
  #became(
    census: Census,
    place: { readonly open: OpenFolder; readonly path: string },
    name: string,
    text: string,
  ) {
    const stats = statOf(place.open.handle, name);
    if (stats === null || typeof stats === 'string') return census.gone(place.path, text);
    const stat = fileStat(stats);
    const target = stat.type === 'link' ? targetOf(place.open.handle, name) : null;
    const isUnsettled = stat.type === 'directory' || census.see(place.path, text, stat, target);
    if (isUnsettled) census.unread(place.path, text, { cause: 'moving', code: 'EMOVING' });
  }
}

/** The path of a folder that is the one which was entered before, where its text is its path. */
function quickPath(census: Census, path: string, stat: FileStat): string | null {
  if (path.includes('\\') || !census.isEntered(path, stat)) return null;
  return path === '/' ? '/' : `${path}/`;
}

/**
 * True when nothing became of a name. Its path costs the kernel half of what the way through the handle of its folder does, and may lead elsewhere by now; but
 * what has the number, device and times of what is known there is that very file, untouched, and everything else is looked at through the handle.
 */
function isQuick({ census, trees }: Survey, { quick, path }: Visit, name: string, text: string): boolean {
  if (quick === null || name !== text) return false;
  try {
    const stats = lstatSync(quick + name, { throwIfNoEntry: false });
    return stats !== undefined && census.seeAgain(path, text, stats, trees.wantsAttributes);
  } catch {
    return false;
  }
}

/** Ends a survey that takes too long, or whose hashing failed. */
function goOn({ trouble, deadlineMs }: Survey): void {
  if (trouble.length > 0) throw trouble[0];
  if (performance.now() < deadlineMs) return;
  throw new ReachFailure('timeout', 'looking at all files took longer than readTimeoutMs');
}

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((all, { bytes }) => all + bytes, 0);
}

/** A handle, or the code of the error. */
function openFolder(path: string | Buffer, flags: number): number | string {
  try {
    return openSync(path, flags);
  } catch (error) {
    return errorCode(error) ?? 'EUNKNOWN';
  }
}

/** A handle of a folder below a path, opened name by name without following a link; null when it is not there as such. */
function openBelow(path: string, names: readonly string[]): number | null {
  let handle = openFolder(path, FOLDER_FLAGS);
  for (const name of names) {
    if (typeof handle === 'string') return null;
    const above = handle;
    handle = openFolder(inFolder(above, Buffer.from(name).toString('latin1')), FOLDER_FLAGS);
    closeSync(above);
  }
  return typeof handle === 'string' ? null : handle;
}

/** Null when nothing lies at the name; the code of the error when that cannot be learned. */
function statOf(folder: number, name: string): Stats | string | null {
  try {
    return lstatSync(inFolder(folder, name), { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    return errorCode(error) ?? 'EUNKNOWN';
  }
}

/** Where a link leads; null when it is none any more. */
function targetOf(folder: number, name: string): string | null {
  try {
    return pathText(Buffer.from(readlinkSync(inFolder(folder, name), 'latin1'), 'latin1'));
  } catch {
    return null;
  }
}
