import { appendFileSync, readFileSync } from 'node:fs';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { createBlockMeter } from './event-loop.js';

/** What a watched daemon process writes down about itself, one JSON line each. */
export type Note =
  /** A request was handed to the transport of a channel, at this time (UTC milliseconds with a fraction). */
  | { readonly note: 'handed'; readonly atMs: number }
  /** The longest time that the event loop stood still between two moments, in milliseconds. */
  | { readonly note: 'block'; readonly fromMs: number; readonly toMs: number; readonly longestMs: number };

/** Names the file of the notes to the daemon process, which inherits our environment. */
const VARIABLE = 'TILLWARDEN_BENCH_NOTES';
const BLOCKS_EVERY_MS = 250;

/** Has the daemons started after this write their notes to `file`. */
export function keepNotes(file: string): void {
  process.env[VARIABLE] = file;
}

/** Called in the daemon's process. Synchronous: what is noted before a crash is there. */
export function writeNote(note: Note): void {
  const file = process.env[VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(note)}\n`);
}

/** Notes from now on how long the event loop of this process stands still, until the process ends. */
export function noteBlocks(): void {
  const meter = createBlockMeter();
  let fromMs = preciseNowMs();
  setInterval(() => {
    const toMs = preciseNowMs();
    writeNote({ note: 'block', fromMs, toMs, longestMs: meter.take() });
    fromMs = toMs;
  }, BLOCKS_EVERY_MS).unref();
}

/** All notes so far, in order. */
export function readNotes(file: string): Note[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Note);
}
