import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const DIRECTORY = 'proofs';
const MAX_BYTES = 4096;

/** What the last `tillwarden notify test` of a channel came to. */
export interface ChannelProof {
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
export async function writeProof(stateDirectory: string, proof: ChannelProof): Promise<boolean> {
  const state = await stat(stateDirectory).catch(() => null);
  if (state === null || !state.isDirectory()) return false;
  const directory = join(stateDirectory, DIRECTORY);
  // The daemon may be another user than whoever tests; its state directory lets nobody else in.
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const path = join(directory, `${proof.channel}.json`);
  const draft = `${path}.${process.pid}.draft`;
  try {
    const file = await open(draft, 'w', 0o644);
    try {
      await file.writeFile(`${JSON.stringify(proof)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return true;
}

/** The last tests of the named channels. What is missing, damaged or of another kind of channel proves nothing and is left out. */
export async function readProofs(
  stateDirectory: string,
  channels: readonly { readonly name: string; readonly kind: string }[],
): Promise<ChannelProof[]> {
  const read = await Promise.all(
    channels.map(async ({ name, kind }) => {
      const proof = await readProof(join(stateDirectory, DIRECTORY, `${name}.json`));
      return proof !== null && proof.channel === name && proof.kind === kind ? [proof] : [];
    }),
  );
  return read.flat();
}

async function readProof(path: string): Promise<ChannelProof | null> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) return null;
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isProof(value) ? value : null;
  } catch {
    return null;
  }
}

function isProof(value: unknown): value is ChannelProof {
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
