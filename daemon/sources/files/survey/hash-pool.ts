import { Worker } from 'node:worker_threads';
import { built } from '../../../built.js';
import type { HashJob, HashJobDone, HashThreadData } from './hash-thread.js';
import type { HashResult } from './hashing.js';

/** Jobs of one thread that wait while it works: enough that it never idles. */
const AHEAD = 2;

interface HashThread {
  readonly worker: Worker;
  jobs: number;
}

/** Threads that hash. Made when there is something to hash, and kept. */
export class HashPool {
  readonly #size: number;
  readonly #data: HashThreadData;
  readonly #threads: HashThread[] = [];
  readonly #waiting = new Map<
    number,
    { resolve(results: readonly HashResult[]): void; reject(error: Error): void }
  >();
  #free: (() => void)[] = [];
  #ids = 0;
  #closed = false;

  constructor(size: number, data: HashThreadData) {
    this.#size = size;
    this.#data = { ...data, megabytesPerSecond: data.megabytesPerSecond / size };
  }

  /** Resolves as soon as a job would not wait behind many. */
  async room(): Promise<void> {
    while (this.#threads.length === this.#size && this.#threads.every(({ jobs }) => jobs >= AHEAD)) {
      await new Promise<void>((resolve) => this.#free.push(resolve));
    }
  }

  /** Hashes names in an open folder, which must stay open until it resolves. */
  hash(folder: number, names: readonly string[], wantsContent = false): Promise<readonly HashResult[]> {
    if (this.#closed) return Promise.reject(new Error('hashing has ended'));
    const thread = this.#idlest();
    const job: HashJob = { id: ++this.#ids, folder, names, wantsContent };
    thread.jobs++;
    return new Promise<readonly HashResult[]>((resolve, reject) => {
      this.#waiting.set(job.id, { resolve, reject });
      thread.worker.postMessage(job);
    }).finally(() => {
      thread.jobs--;
      const free = this.#free;
      this.#free = [];
      for (const go of free) go();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    this.#fail(new Error('hashing has ended'));
  }

  #idlest(): HashThread {
    const idle = this.#threads.find(({ jobs }) => jobs === 0);
    if (idle) return idle;
    if (this.#threads.length < this.#size) {
      const worker = new Worker(built('daemon/sources/files/survey/hash-thread.js'), {
        workerData: this.#data,
      });
      worker.on('message', ({ id, results }: HashJobDone) => {
        this.#waiting.get(id)?.resolve(results);
        this.#waiting.delete(id);
      });
      const thread = { worker, jobs: 0 };
      worker.on('error', (error) => {
        // One that ended would be given jobs, and never answer.
        const place = this.#threads.indexOf(thread);
        if (place >= 0) this.#threads.splice(place, 1);
        this.#fail(error instanceof Error ? error : new Error('a thread ended'));
      });
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((a, b) => (b.jobs < a.jobs ? b : a));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
