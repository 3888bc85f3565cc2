import { createHash } from 'node:crypto';
import type { Excerpt, LogPosition } from '../../../logs/event.js';
import type { OpenLog } from './log-place.js';

/** A log is known again by so many bytes of its beginning, and so many before the place that was read last. */
export const EXCERPT_BYTES = 1_024;

type Excerpts = Pick<LogPosition, 'head' | 'tail'>;

/** By what a file is known again that was read up to `offset`. */
export async function excerptsAt(file: OpenLog, offset: number): Promise<Excerpts> {
  const length = Math.min(EXCERPT_BYTES, offset);
  return { head: await excerptOf(file, 0, length), tail: await excerptOf(file, offset - length, length) };
}

/** The same once `read` was read from `before.offset` on: most of it stands in there. */
export async function excerptsAfter(file: OpenLog, before: LogPosition, read: Buffer): Promise<Excerpts> {
  if (before.head.length < EXCERPT_BYTES || read.length < EXCERPT_BYTES)
    return excerptsAt(file, before.offset + read.length);
  return { head: before.head, tail: excerpt(read.subarray(read.length - EXCERPT_BYTES)) };
}

/** Whether a file is what was read up to a position, or a copy of it. */
export async function holdsUpTo(
  file: OpenLog,
  { offset, head, tail }: Omit<LogPosition, 'generation'>,
): Promise<boolean> {
  return (await begins(file, head)) && isSame(await excerptOf(file, offset - tail.length, tail.length), tail);
}

export async function begins(file: OpenLog, head: Excerpt): Promise<boolean> {
  return isSame(await excerptOf(file, 0, head.length), head);
}

async function excerptOf(file: OpenLog, from: number, length: number): Promise<Excerpt> {
  const bytes = Buffer.alloc(length);
  return excerpt(bytes.subarray(0, length === 0 ? 0 : await file.read(bytes, from)));
}

function excerpt(bytes: Buffer): Excerpt {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function isSame(a: Excerpt, b: Excerpt): boolean {
  return a.length === b.length && a.sha256 === b.sha256;
}
