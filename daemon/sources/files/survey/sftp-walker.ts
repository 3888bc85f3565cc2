import { createHash } from 'node:crypto';
import { ReachFailure, sftpFailure } from '../../machine/failure.js';
import { type SftpClient, SftpRefusal } from '../../machine/sftp-client.js';
import type { SftpConfig } from '../../machine/sftp-config.js';
import { SftpNonsense } from '../../machine/sftp-wire.js';
import { connectSftp, type SftpConnection } from '../../machine/ssh-process.js';
import { type FileStat, looksUntouched } from '../../machine/stat.js';
import { type Census, joined } from './census.js';
import { pathText } from './path-text.js';
import { causeOfCode, MAX_DEPTH, type Trees, type Walker } from './walker.js';

/** Files read at the same time, bytes asked for at once, and how many such questions are under way for each. */
const FILES_AT_ONCE = 4;
const READ_BYTES = 32 * 1024;
const READS_AHEAD = 8;
const TRIES = 3;
/** Names that a server may list for each record that may be: what no pattern wants costs time as well. */
const NAMES_PER_FILE = 10;

export interface SftpWalkerOptions {
  readonly config: SftpConfig;
  readonly maxFiles: number;
  readonly megabytesPerSecond: number;
  readonly readTimeoutMs: number;
}

interface Survey {
  readonly trees: Trees;
  readonly census: Census;
  readonly client: SftpClient;
  readonly hashing: Set<Promise<void>>;
  readonly trouble: unknown[];
  readonly deadlineMs: number;
  names: number;
}

/** A name under survey. */
interface Place {
  /** Bytes of the whole path as Latin-1 text. */
  readonly raw: string;
  readonly folder: string;
  readonly text: string;
  /** Below the path of the collection; null for that itself. */
  readonly below: string | null;
  readonly depth: number;
}

/** Surveys the files of a machine over its own sshd. One connection, kept from survey to survey. */
export class SftpWalker implements Walker {
  readonly #options: SftpWalkerOptions;
  #connection: SftpConnection | null = null;
  #dueMs = 0;

  constructor(options: SftpWalkerOptions) {
    this.#options = options;
  }

  async survey(trees: Trees, census: Census): Promise<undefined> {
    const client = await this.#connected();
    const { readTimeoutMs } = this.#options;
    const survey: Survey = {
      ...{ trees, census, client, hashing: new Set(), trouble: [], names: 0 },
      deadlineMs: performance.now() + readTimeoutMs,
    };
    // A server that answers each question in time may still take for ever over one file.
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      client.lose('silent');
    }, readTimeoutMs);
    try {
      for (const path of trees.paths) await this.#path(survey, path);
      await Promise.all(survey.hashing);
      this.#goOn(survey);
    } catch (error) {
      await Promise.allSettled(survey.hashing);
      const failure = this.#failure(error);
      throw isLate && failure instanceof ReachFailure ? tooLong() : failure;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#connection?.end();
    this.#connection = null;
  }

  async #connected(): Promise<SftpClient> {
    if (this.#connection !== null && !this.#connection.client.isLost) return this.#connection.client;
    this.#connection?.end();
    this.#connection = null;
    this.#connection = await connectSftp(this.#options.config);
    return this.#connection.client;
  }

  #failure(error: unknown): unknown {
    const failure = sftpFailure(error);
    if (failure === null) return error;
    this.#connection?.end();
    this.#connection = null;
    return failure;
  }

  async #path(survey: Survey, path: string): Promise<void> {
    const slash = path.lastIndexOf('/');
    const bytes = (text: string) => Buffer.from(text).toString('latin1');
    await this.#name(survey, {
      raw: bytes(path),
      folder: pathText(Buffer.from(path.slice(0, slash) || '/')),
      text: pathText(Buffer.from(path.slice(slash + 1))),
      below: null,
      depth: 0,
    });
  }

  /** A name of which nothing is known. */
  async #name(survey: Survey, place: Place): Promise<void> {
    let stat: FileStat;
    try {
      stat = await survey.client.lstat(Buffer.from(place.raw, 'latin1'));
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOENT') this.#unread(survey, place, code);
      return;
    }
    await this.#found(survey, place, stat);
  }

  async #found(survey: Survey, place: Place, stat: FileStat): Promise<void> {
    const { trees, census, client } = survey;
    const { folder, text, below } = place;
    const isRecord = below === null || trees.matcher.isRecord(below);
    if (stat.type === 'directory') {
      if (below !== null && trees.matcher.isClosed(below)) return;
      if (isRecord) census.see(folder, text, stat);
      else census.pass(folder, text, stat);
      return this.#folder(survey, place);
    }
    if (!isRecord) return;
    const target =
      stat.type === 'link'
        ? await client.readlink(Buffer.from(place.raw, 'latin1')).then(pathText, (error) => {
            codeOf(error);
            return null;
          })
        : null;
    if (!census.see(folder, text, stat, target)) return;
    while (survey.hashing.size >= FILES_AT_ONCE) await Promise.race(survey.hashing);
    this.#goOn(survey);
    const done: Promise<void> = this.#hash(survey, place)
      .catch((error: unknown) => void survey.trouble.push(error))
      .finally(() => survey.hashing.delete(done));
    survey.hashing.add(done);
  }

  async #folder(survey: Survey, place: Place): Promise<void> {
    const { census, client } = survey;
    const path = place.text === '' ? '/' : joined(place.folder, place.text);
    if (place.depth > MAX_DEPTH) {
      return census.unreadBelow(path, { cause: 'too-large', code: `deeper than ${MAX_DEPTH} folders` });
    }
    let handle: Buffer;
    try {
      handle = await client.opendir(Buffer.from(place.raw, 'latin1'));
    } catch (error) {
      const code = codeOf(error);
      return census.unreadBelow(path, { cause: code === 'ENOENT' ? 'moving' : causeOfCode(code), code });
    }
    const folders: [Place, FileStat][] = [];
    try {
      for (;;) {
        const entries = await client.readdir(handle);
        if (entries === null) break;
        survey.names += entries.length;
        this.#goOn(survey);
        for (const { name, stat } of entries) {
          if (name.equals(DOT) || name.equals(DOTS)) continue;
          const child = childOf(place, path, name);
          if (stat === null) await this.#name(survey, child);
          else if (stat.type === 'directory') folders.push([child, stat]);
          else await this.#found(survey, child, stat);
        }
      }
    } catch (error) {
      census.unreadBelow(path, { cause: causeOfCode(codeOf(error)), code: codeOf(error) });
    } finally {
      if (!client.isLost) await client.close(handle);
    }
    for (const [child, stat] of folders) await this.#found(survey, child, stat);
  }

  /** Reads a file whole; one that changes meanwhile is read again. */
  async #hash({ census, client, trees }: Survey, { raw, folder, text }: Place): Promise<void> {
    const path = Buffer.from(raw, 'latin1');
    for (let tries = 0; tries < TRIES; tries++) {
      let handle: Buffer | null = null;
      try {
        handle = await client.open(path);
        const before = await client.fstat(handle);
        if (before.type !== 'file' || before.size > census.maxFileBytes) continue;
        const parts: Buffer[] | null = trees.wantsContent ? [] : null;
        const sha256 = await this.#digest(client, handle, before.size, parts);
        const after = await client.fstat(handle);
        // The server follows a link that took the place of the file; then this is another one.
        const named = await client.lstat(path);
        if (sha256 !== null && looksUntouched(before, after) && looksUntouched(named, after)) {
          census.hashed(folder, text, named, sha256, parts === null ? undefined : Buffer.concat(parts));
          return;
        }
      } catch (error) {
        const code = codeOf(error);
        if (code === 'ENOENT') return census.gone(folder, text);
        return census.unread(folder, text, { cause: causeOfCode(code), code });
      } finally {
        if (handle !== null && !client.isLost) await client.close(handle);
      }
    }
    census.unread(folder, text, { cause: 'moving', code: 'EMOVING' });
  }

  /** Null when the file has another length than it said. `parts` gets what was read. */
  async #digest(
    client: SftpClient,
    handle: Buffer,
    size: number,
    parts: Buffer[] | null,
  ): Promise<string | null> {
    const hash = createHash('sha256');
    const ahead: Promise<Buffer>[] = [];
    let asked = 0;
    let length = 0;
    while (asked < size || ahead.length > 0) {
      while (asked < size && ahead.length < READS_AHEAD) {
        const next = client.readWhole(handle, asked, Math.min(READ_BYTES, size - asked));
        // One that fails is met when its turn comes, or never.
        next.catch(() => undefined);
        ahead.push(next);
        asked += READ_BYTES;
      }
      const data = await ahead.shift();
      if (data === undefined) break;
      hash.update(data);
      parts?.push(data);
      length += data.length;
      await this.#throttle(data.length);
    }
    const isLonger = (await client.read(handle, size, 1)) !== null;
    return length === size && !isLonger ? hash.digest('hex') : null;
  }

  async #throttle(bytes: number): Promise<void> {
    const nowMs = performance.now();
    this.#dueMs = Math.max(this.#dueMs, nowMs - 100) + bytes / (this.#options.megabytesPerSecond * 1_000);
    if (this.#dueMs - nowMs > 5) await new Promise((resolve) => setTimeout(resolve, this.#dueMs - nowMs));
  }

  #unread({ census }: Survey, { folder, text }: Place, code: string): void {
    const why = { cause: causeOfCode(code), code };
    census.unread(folder, text, why);
    census.unreadBelow(joined(folder, text), why);
  }

  #goOn({ trouble, deadlineMs, names }: Survey): void {
    if (trouble.length > 0) throw trouble[0];
    if (names > this.#options.maxFiles * NAMES_PER_FILE) {
      throw new ReachFailure(
        'too-large',
        `the server lists more than ${NAMES_PER_FILE} times maxFiles names`,
      );
    }
    if (performance.now() < deadlineMs) return;
    throw tooLong();
  }
}

function tooLong(): ReachFailure {
  return new ReachFailure('timeout', 'looking at all files took longer than readTimeoutMs');
}

const DOT = Buffer.from('.');
const DOTS = Buffer.from('..');

/** Throws `SftpNonsense` for what is no name of an entry: it could lead anywhere. */
function childOf(place: Place, path: string, name: Buffer): Place {
  if (name.length === 0 || name.length > 4096 || name.includes(0x2f) || name.includes(0)) {
    throw new SftpNonsense('a name that is none');
  }
  const text = pathText(name);
  return {
    raw: `${place.raw === '/' ? '' : place.raw}/${name.toString('latin1')}`,
    folder: path,
    text,
    below: place.below === null ? text : `${place.below}/${text}`,
    depth: place.depth + 1,
  };
}

/** The code of a refusal. Throws everything else. */
function codeOf(error: unknown): string {
  if (error instanceof SftpRefusal) return error.code;
  throw error;
}
