import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { programVersion } from '../../built.js';
import type { Config } from '../../config/config.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, unknown, weak, good } = symptomsOf('machine');

/** Oldest Node.js, as package.json asks for it. */
const OLDEST_NODE = [20, 19] as const;
/** Below this the state store soon cannot record, in bytes. */
const LITTLE_DISK_BYTES = 500_000_000;
const NO_DISK_BYTES = 20_000_000;
/** Files of a few hundred sites and their connections. */
const FEW_HANDLES = 1024;
const MAX_LIMITS_BYTES = 64 * 1024;

/** What the machine gives: versions, room on the disk, file handles. */
export function examineMachine(config: Pick<Config, 'stateDirectory'> | null): Symptom[] {
  return [nodeVersion(), ...(config === null ? [] : [disk(config.stateDirectory)]), fileHandles()];
}

function nodeVersion(): Symptom {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [least, leastMinor] = OLDEST_NODE;
  const found = `tillwarden ${programVersion()} on Node.js ${process.versions.node}`;
  return major > least || (major === least && minor >= leastMinor)
    ? good(found, found)
    : broken(found, { advice: `needed is Node.js ${OLDEST_NODE.join('.')} or newer` });
}

/** The room where the daemon records, or will. */
function disk(stateDirectory: string): Symptom {
  let place = stateDirectory;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    const { bavail, bsize, ffree, files } = statfsSync(place);
    const free = bavail * bsize;
    const found = `${megabytes(free)} free on the disk of ${stateDirectory}`;
    const advice = 'make room: what cannot be recorded is told over the channels only, and nothing is queued';
    if (files > 0 && ffree === 0)
      return broken(`no inode is left on the disk of ${stateDirectory}`, { advice });
    if (free < NO_DISK_BYTES) return broken(found, { advice });
    return free < LITTLE_DISK_BYTES ? weak(found, { advice }) : good(found, `${megabytes(free)} free`);
  } catch (error) {
    return unknown(
      `the disk of ${stateDirectory} cannot be asked for its room (${errorCode(error) ?? 'error'})`,
    );
  }
}

/** Of this process; a service manager may give the daemon another number. */
function fileHandles(): Symptom {
  try {
    const limits = readLimits();
    const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
    if (soft === 'unlimited') return good('no limit of file handles', 'file handles');
    const found = `${soft} file handles may be open`;
    if (!(Number(soft) > 0)) return unknown('the limit of file handles is not known');
    return Number(soft) >= FEW_HANDLES
      ? good(found, `${soft} file handles`)
      : weak(found, {
          advice: `LimitNOFILE=${FEW_HANDLES} in the unit of systemd does the same`,
          command: `ulimit -n ${FEW_HANDLES}`,
        });
  } catch {
    return unknown('the limit of file handles is not known: there is no /proc here');
  }
}

/** Files of /proc have no size until they are read, and no end that a guard could wait for. */
function readLimits(): string {
  return readGuardedText('/proc/self/limits', MAX_LIMITS_BYTES);
}

function megabytes(bytes: number): string {
  return bytes >= 10_000_000_000 ? `${Math.round(bytes / 1e9)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
