import { dirname } from 'node:path';
import type { Definition } from '../../../../baselines/index.js';
import { ReachFailure } from '../../machine/failure.js';
import { createCoalescer } from '../../relational/coalesce.js';
import { createFingerprint } from '../../relational/fingerprint.js';
import { ATTRIBUTES } from '../columns.js';
import { MAX_TEXT_BYTES, TEXT_FORMATS } from '../text/settings-json.js';
import { Census, TooManyFiles } from './census.js';
import { FolderEvents } from './folder-events.js';
import { HashPool } from './hash-pool.js';
import { type FolderWatch, LocalWalker } from './local-walker.js';
import { createMatcher } from './matcher.js';
import type { FileSurveyRequest, SurveyEnd, SurveyMessage, SurveyThreadData } from './messages.js';
import { nameText, pathText } from './path-text.js';
import { createFileRecords } from './record.js';
import { createSettingRecords } from './setting-records.js';
import { SftpWalker } from './sftp-walker.js';
import type { Trees, Walker } from './walker.js';

/** Records in one message: taking them over costs its receiver a millisecond or two. */
const RECORDS_IN_MESSAGE = 500;
/** Folders known to have moved; more, and everything is looked at. */
const MOST_MOVED = 200;
/** So many hints go at once, then one in so many milliseconds. */
const HINTS = { burst: 10, windowMs: 100 };

interface Surveyed {
  readonly definition: Definition;
  readonly trees: Trees;
  readonly census: Census;
  /** Folders that an event named since the last survey; null: too many, or not known. */
  moved: Set<string> | null;
}

/**
 * Surveys collections one after the other, and says what became of them. Lives in a thread of its own, for it waits for the disk.
 */
export class FileSurveyor {
  readonly #collections: ReadonlyMap<string, Surveyed>;
  readonly #say: (message: SurveyMessage) => void;
  readonly #walker: Walker;
  readonly #events: FolderEvents;
  readonly #hints: ReturnType<typeof createCoalescer>;
  #queue: Promise<void> = Promise.resolve();
  #isWatching = false;
  #trouble: string | null = null;

  constructor(data: SurveyThreadData, say: (message: SurveyMessage) => void) {
    const { definitions } = data;
    this.#say = say;
    this.#collections = new Map(
      definitions.map((definition) => [definition.name, surveyed(data, definition)]),
    );
    this.#hints = createCoalescer({
      ...HINTS,
      forward: (collections) => this.#say({ type: 'moved', collections }),
    });
    this.#events = new FolderEvents({
      onEvent: (folder, name) => this.#onEvent(folder, name),
      onTrouble: (code) => {
        this.#trouble = code;
      },
    });
    this.#walker = this.#walkerOf(data);
  }

  #walkerOf({ config }: SurveyThreadData): Walker {
    const {
      maxFileBytes,
      hashMbPerSecond: megabytesPerSecond,
      hashThreads,
      readTimeoutMs,
      maxFiles,
    } = config;
    if (config.sftp !== undefined) {
      const limits = { maxFiles, megabytesPerSecond, readTimeoutMs };
      return new SftpWalker({ config: config.sftp, ...limits });
    }
    const watch: FolderWatch = {
      enter: (...folder) => this.#isWatching && this.#events.enter(...folder),
      entered: () => this.#events.entered(),
    };
    const pool = new HashPool(hashThreads, { maxFileBytes, megabytesPerSecond });
    return new LocalWalker(pool, watch, readTimeoutMs);
  }

  /** Takes a request; they are answered in their order. */
  take(request: FileSurveyRequest): void {
    this.#queue = this.#queue.then(() => (request.type === 'watch' ? this.#listen() : this.#read(request)));
  }

  async close(): Promise<void> {
    this.#hints.stop();
    this.#events.close();
    await this.#walker.close();
  }

  async #read({ id, collections, isHint }: Extract<FileSurveyRequest, { type: 'read' }>): Promise<void> {
    const before = this.#trouble;
    if (!isHint) this.#beginAll();
    /** A machine that cannot be reached is not asked again for each collection. */
    let lost: SurveyEnd | null = null;
    for (const name of collections) {
      const one = this.#collections.get(name);
      if (one === undefined) continue;
      const end: SurveyEnd = lost ?? (await this.#survey(one, isHint));
      if (!end.ok && (end.cause === 'unreachable' || end.cause === 'denied')) lost = end;
      this.#say({ type: 'surveyed', id, collection: name, end });
    }
    if (!isHint) this.#endAll(before);
  }

  /** Begins to listen: every folder is looked at while it is listened to. */
  async #listen(): Promise<void> {
    this.#isWatching = true;
    this.#beginAll();
    for (const one of this.#collections.values()) await this.#survey(one, false);
    this.#endAll('nobody listened');
  }

  #beginAll(): void {
    this.#trouble = null;
    this.#events.begin();
  }

  #endAll(before: string | null): void {
    if (!this.#isWatching) return;
    this.#events.entered();
    if (this.#trouble !== null) {
      if (before !== this.#trouble) this.#say({ type: 'disconnected', code: this.#trouble });
    } else if (before !== null) this.#say({ type: 'listening' });
  }

  async #survey(one: Surveyed, isHint: boolean): Promise<SurveyEnd> {
    const { definition, trees, census } = one;
    const moved =
      isHint && this.#isWatching && one.moved !== null && one.moved.size > 0 ? [...one.moved] : undefined;
    one.moved = new Set();
    census.begin();
    const flush = setInterval(() => this.#flush(definition.name, census, RECORDS_IN_MESSAGE), 20);
    try {
      const looked = await this.#walker.survey(trees, census, moved);
      const unread = census.end(looked);
      this.#flush(definition.name, census, 1);
      // A part that could not be read is looked for by the next survey, whatever moved.
      if (unread.length > 0) one.moved = null;
      return { ok: true, unread, summary: moved === undefined ? census.summary() : null };
    } catch (error) {
      one.moved = null;
      this.#flush(definition.name, census, 1);
      if (error instanceof ReachFailure) return { ok: false, cause: error.because, detail: error.detail };
      if (!(error instanceof TooManyFiles)) throw error;
      return { ok: false, cause: 'too-large', detail: error.message };
    } finally {
      clearInterval(flush);
    }
  }

  #flush(collection: string, census: Census, least: number): void {
    const { upserts, removals } = census.take(least);
    for (const keys of slices(removals)) this.#say({ type: 'removals', collection, keys });
    for (const some of slices(upserts)) this.#say({ type: 'records', collection, upserts: some });
  }

  #onEvent(folder: string, name: string | null): void {
    const concerned = [...this.#collections].filter(([, one]) => concerns(one, folder, name));
    for (const [, one] of concerned) {
      one.moved?.add(folder);
      if (one.moved !== null && one.moved.size > MOST_MOVED) one.moved = null;
    }
    if (concerned.length > 0) this.#hints.push(concerned.map(([collection]) => collection));
  }
}

function surveyed({ site, config, fingerprintKey }: SurveyThreadData, definition: Definition): Surveyed {
  const { paths = [], include = [], exclude = [] } = definition.files ?? {};
  const fingerprint =
    fingerprintKey === null ? null : createFingerprint(fingerprintKey, site, definition.name);
  const { maxFiles, maxFileBytes, fullHashMs } = config;
  const all = { paths, matcher: createMatcher(include, exclude) };
  const format = TEXT_FORMATS.find((one) => one === definition.files?.format);
  const shared = { maxFiles, fullHashMs, now: () => performance.now(), random: Math.random };
  if (format !== undefined) {
    const recordsOf = createSettingRecords(definition, format, fingerprint);
    const census = new Census({
      ...shared,
      recordsOf,
      ofContent: true,
      maxFileBytes: Math.min(maxFileBytes, MAX_TEXT_BYTES),
    });
    return { definition, trees: { ...all, wantsContent: true, wantsAttributes: false }, census, moved: null };
  }
  const recordOf = createFileRecords(definition, fingerprint);
  const census = new Census({ ...shared, recordsOf: (facts) => [recordOf(facts)], maxFileBytes });
  const wantsAttributes = definition.columns.includes(ATTRIBUTES);
  return { definition, trees: { ...all, wantsContent: false, wantsAttributes }, census, moved: null };
}

/**
 * True when what moved may be a record of the collection: something in one of its folders, or one of its paths itself. What is excluded may be written all day
 * and wakes nobody.
 */
function concerns({ trees }: Surveyed, folder: string, name: string | null): boolean {
  return trees.paths.some((path) => {
    const root = pathText(Buffer.from(path));
    const inRoot = root === '/' ? '/' : `${root}/`;
    if (folder === root || folder.startsWith(inRoot)) {
      const below = folder === root ? '' : `${folder.slice(inRoot.length)}/`;
      return name === null || !trees.matcher.isClosed(`${below}${nameText(name)}`);
    }
    const isAbove = folder === pathText(Buffer.from(dirname(path)));
    return isAbove && (name === null || nameText(name) === root.slice(root.lastIndexOf('/') + 1));
  });
}

function* slices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += RECORDS_IN_MESSAGE)
    yield items.slice(from, from + RECORDS_IN_MESSAGE);
}
