import { parentPort, workerData } from 'node:worker_threads';
import { createThrottle, type HashResult, hashFile } from './hashing.js';
import { inFolder } from './local-paths.js';

/** Files to hash, in a folder that is held open. */
export interface HashJob {
  readonly id: number;
  readonly folder: number;
  /** Bytes of each name as Latin-1 text. */
  readonly names: readonly string[];
  /** Whether their content is to be handed over. */
  readonly wantsContent: boolean;
}

export interface HashJobDone {
  readonly id: number;
  readonly results: readonly HashResult[];
}

/** With what a hashing thread is started. */
export interface HashThreadData {
  readonly maxFileBytes: number;
  readonly megabytesPerSecond: number;
}

// The program of a thread: hashes what it is given, one job at a time.
const { maxFileBytes, megabytesPerSecond }: HashThreadData = workerData;
const throttle = createThrottle(megabytesPerSecond);
parentPort?.on('message', ({ id, folder, names, wantsContent }: HashJob) => {
  const results = names.map((name) => hashFile(inFolder(folder, name), maxFileBytes, throttle, wantsContent));
  parentPort?.postMessage({ id, results } satisfies HashJobDone);
});
