import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readGuardedText } from '../guarded-file.js';

const DIRECTORY = 'proofs';
const MAX_BYTES = 4096;

/** What the last `tillwarden notify test` of a channel came to. */
export interface ChannelTest {
  readonly channel: string;
  readonly kind: string;
  /** UTC milliseconds. */
  readonly atMs: number;
  /** Whether every part of the test arrived. */
  readonly delivered: boolean;
  /** Why not, in our words; null when it did. */
  readonly reason: string | null;
}

/**
 * Writes the proof of a channel into the daemon's state directory, whole or not at all. A file of its own, beside the database: that one has a
 * single writer, and a test must work while the daemon runs, and while it does not. False when there is no such directory here.
 */
export function writeChannelTest(stateDirectory: string, channelTest: ChannelTest): boolean {
  const state = statSync(stateDirectory, { throwIfNoEntry: false });
  if (state === undefined || !state.isDirectory()) return false;
  const directory = join(stateDirectory, DIRECTORY);
  // The daemon may be another user than whoever tests; its state directory lets nobody else in.
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const draft = join(directory, `${channelTest.channel}.json.${process.pid}.draft`);
  try {
    const file = openSync(draft, 'w', 0o644);
    try {
      writeFileSync(file, `${JSON.stringify(channelTest)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, join(directory, `${channelTest.channel}.json`));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return true;
}

/** The last tests of the named channels. What is missing, damaged or of another kind of channel proves nothing and is left out. */
export function readChannelTests(
  stateDirectory: string,
  channels: readonly { readonly name: string; readonly kind: string }[],
): ChannelTest[] {
  return channels.flatMap(({ name, kind }) => {
    const channelTest = readChannelTest(join(stateDirectory, DIRECTORY, `${name}.json`));
    return channelTest !== null && channelTest.channel === name && channelTest.kind === kind
      ? [channelTest]
      : [];
  });
}

function readChannelTest(path: string): ChannelTest | null {
  try {
    const value: unknown = JSON.parse(readGuardedText(path, MAX_BYTES));
    return isChannelTest(value) ? value : null;
  } catch {
    return null;
  }
}

function isChannelTest(value: unknown): value is ChannelTest {
  if (typeof value !== 'object' || value === null) return false;
  const { channel, kind, atMs, delivered, reason } = value as Record<string, unknown>;
  return (
    typeof channel === 'string' &&
    typeof kind === 'string' &&
    Number.isSafeInteger(atMs) &&
    typeof delivered === 'boolean' &&
    (reason === null || typeof reason === 'string')
  );
}
