import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What of a configuration others than its owner may write: the file, or a folder in which they could put another in its place. */
export type Exposure = 'file' | 'folder';

interface Folder {
  readonly directory: string;
  readonly files: readonly string[];
}

const STICKY = 0o1000;

/** Whether users may write it who are neither its owner nor in the group that this program runs as. */
function othersMayWrite({ mode, gid }: Stats): boolean {
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== process.getegid?.());
}

/** Null when nobody else may write it. `stat`: of the open file, where it is open. Throws what the system refuses. */
export function exposureOf(file: string, stat: Stats = statSync(file)): Exposure | null {
  if (othersMayWrite(stat)) return 'file';
  // Where it is a link, both the link and what it leads to can be replaced. With the sticky bit only owners can.
  const folders = [...new Set([dirname(file), dirname(realpathSync(file))])].map((one) => statSync(one));
  return folders.some((one) => othersMayWrite(one) && (one.mode & STICKY) === 0) ? 'folder' : null;
}

/** The same as it shows while the daemon runs, in our words; empty also when it cannot be looked at, which is told elsewhere. */
export function exposureDegradations(file: string, siteFiles: Folder | null = null): string[] {
  try {
    const exposure = exposureOf(file);
    const found = [
      ...(exposure === null ? [] : [EXPOSED[exposure]]),
      ...(siteFiles === null ? [] : exposedSites(siteFiles)),
    ];
    return found.map((what) => `${what}: whoever does decides what is watched and who is told`);
  } catch {
    return [];
  }
}

/** Whoever may write the folder may add a site, and in spite of a sticky bit. */
function exposedSites({ directory, files }: Folder): string[] {
  if (exposureOf(directory) !== null)
    return ['the folder of the sites may be written by others than its owner'];
  const exposed = files.filter((file) => othersMayWrite(statSync(file))).length;
  return exposed === 0 ? [] : [`files of sites may be written by others than their owner (${exposed})`];
}

const EXPOSED: Readonly<Record<Exposure, string>> = {
  file: 'the configuration file may be written by others than its owner',
  folder: 'the folder of the configuration may be written by others than its owner',
};
