import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { built } from '../../built.js';
import type { SourceContext } from '../context.js';
import { type CollectionReading, type Degradation, type Hint, SourceError } from '../source.js';
import { ATTRIBUTES } from './columns.js';
import type { FilesConfig } from './config.js';
import { RecordMirror } from './mirror.js';
import { hasAttributePrograms } from './survey/attribute-programs.js';
import type { CensusSummary, UnreadPlace } from './survey/census.js';
import type { FileSurveyRequest, SurveyEnd, SurveyMessage, SurveyThreadData } from './survey/messages.js';
import { sameUnread, unreadRecords } from './unread.js';

/** What is known of one collection on this side of the thread. */
interface Known {
  readonly mirror: RecordMirror;
  places: readonly UnreadPlace[];
  reading: CollectionReading | null;
  summary: CensusSummary | null;
}

interface Waiting {
  readonly ends: Map<string, SurveyEnd>;
  readonly wanted: number;
  resolve(ends: ReadonlyMap<string, SurveyEnd>): void;
  reject(error: Error): void;
}

/** Starts the thread that surveys. Throws `SourceError` where files cannot be reached safely. */
export function startFilesThread(context: SourceContext, config: FilesConfig): FilesThread {
  if (config.sftp === undefined && !existsSync('/proc/self/fd')) {
    throw new SourceError(
      'SOURCE_FILES_NO_PROC',
      `source "${context.name}": this machine has no /proc/self/fd; needed: Linux with /proc, by which folders are held while they are read`,
    );
  }
  const named = withAttributes(context);
  if (config.sftp === undefined && named.length > 0 && !hasAttributePrograms()) {
    throw new SourceError(
      'SOURCE_FILES_NO_ATTRIBUTES',
      `source "${context.name}": found no getfattr or no lsattr on this machine; needed for the column attributes of ${named.join(', ')}: install them (Debian: attr and e2fsprogs), or leave the column out`,
    );
  }
  return new FilesThread(context, config);
}

/** Names of collections of files that want attributes. */
function withAttributes({ collections }: SourceContext): readonly string[] {
  return collections
    .filter(({ files, columns }) => files?.format === undefined && columns.includes(ATTRIBUTES))
    .map(({ name }) => name);
}

/** The surveying thread, and what it has said. Begun anew when it dies. */
export class FilesThread {
  readonly #context: SourceContext;
  readonly #config: FilesConfig;
  #known: ReadonlyMap<string, Known> = new Map();
  #worker: Worker;
  readonly #reads = new Map<number, Waiting>();
  #ids = 0;
  #onHint: ((hint: Hint) => void) | null = null;
  #closed = false;

  constructor(context: SourceContext, config: FilesConfig) {
    this.#context = context;
    this.#config = config;
    this.#worker = this.#start();
  }

  degradations(): readonly Degradation[] {
    const { name } = this.#context;
    const unknown = this.#config.sftp === undefined ? [] : withAttributes(this.#context);
    const attributes =
      unknown.length === 0
        ? []
        : [
            {
              code: 'SOURCE_FILES_ATTRIBUTES_UNKNOWN',
              message: `source "${name}": SFTP does not tell of attributes, so nothing is known of them in ${unknown.join(', ')}`,
            },
          ];
    const ofCollections = [...this.#known].flatMap(([collection, { summary }]) => {
      const what = `source "${name}", collection "${collection}"`;
      const late = (summary?.oldestHashMs ?? 0) > this.#config.fullHashMs;
      return [
        ...((summary?.tooLarge ?? 0) === 0
          ? []
          : [
              {
                code: 'SOURCE_FILES_TOO_LARGE',
                message: `${what}: ${summary?.tooLarge} files are larger than maxFileBytes and are not hashed`,
              },
            ]),
        ...(late
          ? [
              {
                code: 'SOURCE_FILES_HASHING_LATE',
                message: `${what}: not everything was hashed within fullHashMs; raise hashMbPerSecond or fullHashMs`,
              },
            ]
          : []),
      ];
    });
    return [...attributes, ...ofCollections];
  }

  async read(
    collections: readonly string[],
    isHint: boolean,
  ): Promise<ReadonlyMap<string, CollectionReading>> {
    const ends = await this.#surveyed(collections, isHint);
    const readings = new Map<string, CollectionReading>();
    for (const [name, end] of ends) readings.set(name, await this.#readingOf(name, end));
    return readings;
  }

  watch(onHint: (hint: Hint) => void): void {
    this.#onHint = onHint;
    this.#ask({ type: 'watch' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#onHint = null;
    await this.#worker.terminate();
    this.#fail(new Error('the source was closed'));
  }

  #start(): Worker {
    const { site, collections: definitions, fingerprintKey } = this.#context;
    this.#known = new Map(
      definitions.map((definition) => [
        definition.name,
        { mirror: new RecordMirror(definition), places: [], reading: null, summary: null },
      ]),
    );
    const workerData: SurveyThreadData = { site, config: this.#config, definitions, fingerprintKey };
    const worker = new Worker(built('daemon/sources/files/survey/survey-thread.js'), { workerData });
    worker.on('message', (message: SurveyMessage) => this.#hear(message));
    worker.on('error', (error) => this.#died(error instanceof Error ? error : new Error('it ended')));
    return worker;
  }

  #died(error: Error): void {
    if (this.#closed) return;
    this.#context.log('error', 'the thread that surveys files ended; another one begins', {
      source: this.#context.name,
      // Its own text may hold a path.
      error: error.name,
    });
    this.#fail(error);
    this.#worker = this.#start();
    if (this.#onHint === null) return;
    this.#onHint({ type: 'disconnected', reason: 'the thread that surveys files ended' });
    this.#ask({ type: 'watch' });
  }

  #ask(request: FileSurveyRequest): void {
    this.#worker.postMessage(request);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#reads.values()) reject(error);
    this.#reads.clear();
  }

  #surveyed(collections: readonly string[], isHint: boolean): Promise<ReadonlyMap<string, SurveyEnd>> {
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#reads.set(id, { ends: new Map(), wanted: collections.length, resolve, reject });
      this.#ask({ type: 'read', id, collections, isHint });
    });
  }

  #hear(message: SurveyMessage): void {
    switch (message.type) {
      case 'records':
        this.#known.get(message.collection)?.mirror.put(message.upserts);
        break;
      case 'removals':
        this.#known.get(message.collection)?.mirror.remove(message.keys);
        break;
      case 'surveyed':
        this.#end(message);
        break;
      case 'moved':
        this.#onHint?.({ type: 'changed', collections: message.collections });
        break;
      case 'listening':
        this.#onHint?.({ type: 'listening' });
        break;
      case 'disconnected':
        this.#onHint?.({ type: 'disconnected', reason: reasonOf(message.code) });
    }
  }

  #end({ id, collection, end }: Extract<SurveyMessage, { type: 'surveyed' }>): void {
    const read = this.#reads.get(id);
    if (read === undefined) return;
    read.ends.set(collection, end);
    if (read.ends.size < read.wanted) return;
    this.#reads.delete(id);
    read.resolve(read.ends);
  }

  /** The very reading of before when it says the same. */
  async #readingOf(name: string, end: SurveyEnd): Promise<CollectionReading> {
    if (!end.ok) return { readable: false, cause: end.cause, detail: end.detail };
    const known = this.#known.get(name);
    if (known === undefined) throw new RangeError(`no such collection: ${name}`);
    if (end.summary !== null) known.summary = end.summary;
    const snapshot = await known.mirror.snapshot();
    const { reading } = known;
    if (reading?.readable && reading.snapshot === snapshot && sameUnread(known.places, end.unread))
      return reading;
    known.places = end.unread;
    const unread = unreadRecords(end.unread);
    known.reading = { readable: true, snapshot, ...(unread === undefined ? {} : { unread }) };
    return known.reading;
  }
}

function reasonOf(code: string): string {
  if (code === 'ENOSPC') {
    return 'this machine has no inotify watch left for a folder (fs.inotify.max_user_watches); changes are found by the timed read';
  }
  if (code === 'EMFILE') {
    return 'this process may open no more files or inotify instances (LimitNOFILE, fs.inotify.max_user_instances)';
  }
  return `a folder cannot be listened to (${code})`;
}
