/**
 * Word of changes that somebody calls hostile, left for the daemon of this machine: a file of its own, like a proposal, and not signed. It
 * approves nothing. It makes others look twice, so whoever may write the directory may do as much as a person with a token for it.
 */
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { documentBytes, parseDocument } from './canonical.js';
import { rejectionDirectory } from './directory.js';
import { BaselineError } from './errors.js';
import { LIMITS } from './limits.js';
import { errno, readOwnedFile } from './read-file.js';
import { sha256Hex } from './record.js';
import * as shape from './shape.js';
import { makeDirectory, writeOnce } from './write-file.js';

const FORMAT = 'tillwarden-rejection/1';
const FILE = /^[0-9a-f]{16}\.json$/;
/** For so long a file is looked at, in milliseconds: the change it names may be read a while later. */
const KEPT_MS = 7 * 86_400_000;
/** Clocks of two machines may differ by this much. */
const SKEW_MS = 10 * 60_000;

/** Changes that somebody on this machine calls hostile. */
export interface LeftRejection {
  /** What they call themselves, `[a-z0-9-]{1,40}`: a remark. */
  readonly name: string;
  /** The user that the file belongs to, as the system has it. */
  readonly uid: number;
  /** Of the changes. */
  readonly fingerprints: readonly string[];
  /** UTC milliseconds. */
  readonly createdMs: number;
}

const NAME = /^[a-z0-9-]{1,40}$/;

/**
 * Leaves word for the daemon, and removes what it need not look at any more. Throws `BASELINE_FILE_UNWRITABLE`.
 */
export async function leaveRejection(
  directory: string,
  site: string,
  { name, fingerprints, createdMs }: Omit<LeftRejection, 'uid'>,
): Promise<void> {
  const folder = rejectionDirectory(directory, site);
  await makeDirectory(folder);
  await removeOld(directory, site, createdMs);
  for (let from = 0; from < fingerprints.length; from += LIMITS.changesRejected) {
    const some = fingerprints.slice(from, from + LIMITS.changesRejected);
    const created = new Date(createdMs).toISOString();
    const bytes = documentBytes({ format: FORMAT, site, name, created, fingerprints: [...some].sort() });
    await writeOnce(folder, `${sha256Hex(bytes).slice(0, 16)}.json`, bytes);
  }
}

/** What people left and is not too old; `unused` counts files that are no such word, or beyond the limit. */
export async function readRejections(
  directory: string,
  site: string,
  nowMs: number,
): Promise<{ readonly left: readonly LeftRejection[]; readonly unused: number }> {
  const files = await filesOf(directory, site);
  const left: LeftRejection[] = [];
  let unused = Math.max(0, files.length - LIMITS.rejections);
  for (const file of files.slice(0, LIMITS.rejections)) {
    const one = read(join(rejectionDirectory(directory, site), file), site);
    if (one === null || one.createdMs - nowMs > SKEW_MS) unused += 1;
    else if (nowMs - one.createdMs <= KEPT_MS) left.push(one);
  }
  return { left, unused };
}

async function filesOf(directory: string, site: string): Promise<readonly string[]> {
  try {
    return (await readdir(rejectionDirectory(directory, site))).filter((file) => FILE.test(file)).sort();
  } catch (error) {
    if (errno(error) === 'ENOENT') return [];
    throw new BaselineError(
      'BASELINE_FILE_UNREADABLE',
      `What was called hostile on this machine cannot be read (${errno(error)}); check owner and mode of rejected/.`,
      { cause: error },
    );
  }
}

/** Null for what is no such word, whatever lies there. */
function read(path: string, site: string): LeftRejection | null {
  try {
    const file = readOwnedFile(path, LIMITS.rejectionBytes);
    if (file === undefined) return null;
    const names = ['format', 'site', 'name', 'created', 'fingerprints'] as const;
    const own = shape.exactObject(parseDocument(file.bytes), names, 'a rejection');
    if (own.format !== FORMAT || own.site !== site) return null;
    const prints = shape.list(own.fingerprints, LIMITS.changesRejected, 'fingerprints');
    return {
      name: shape.matching(own.name, NAME, 'name'),
      uid: file.uid,
      fingerprints: prints.map((one) => shape.digest(one, 'a fingerprint')),
      createdMs: Date.parse(shape.instant(own.created, 'created')),
    };
  } catch (error) {
    if (error instanceof BaselineError) return null;
    throw error;
  }
}

/** As far as they may be removed: those of others need not be. */
async function removeOld(directory: string, site: string, nowMs: number): Promise<void> {
  const folder = rejectionDirectory(directory, site);
  for (const file of await filesOf(directory, site)) {
    const one = read(join(folder, file), site);
    if (one !== null && nowMs - one.createdMs > KEPT_MS)
      await unlink(join(folder, file)).catch(() => undefined);
  }
}
