import type { Stats } from 'node:fs';

export type FileType =
  | 'file'
  | 'directory'
  | 'link'
  | 'fifo'
  | 'socket'
  | 'block device'
  | 'character device'
  | 'other';

/** What is known of a file without reading it. What its machine does not say is null. */
export interface FileStat {
  readonly type: FileType;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, those of setuid, setgid and sticky among them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number | null;
  /** Milliseconds, with fractions as fine as the machine says. */
  readonly modifiedMs: number;
  readonly changedMs: number | null;
  readonly device: number | null;
  readonly inode: number | null;
  /** Of a device file. */
  readonly deviceNumber: number | null;
}

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o060000, 'block device'],
  [0o020000, 'character device'],
]);

/** The type that the mode of a file says, in the numbers that POSIX systems and SFTP share. */
export function typeOf(mode: number): FileType {
  return TYPES.get(mode & 0o170000) ?? 'other';
}

export function fileStat(stats: Stats): FileStat {
  const type = typeOf(stats.mode);
  return {
    type,
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    links: stats.nlink,
    modifiedMs: stats.mtimeMs,
    changedMs: stats.ctimeMs,
    device: stats.dev,
    inode: stats.ino,
    deviceNumber: type === 'block device' || type === 'character device' ? stats.rdev : null,
  };
}

/** True when a file, which is no device, is in everything what it was. */
export function isAsBefore(before: FileStat, now: Stats): boolean {
  return (
    before.inode === now.ino &&
    before.changedMs === now.ctimeMs &&
    before.size === now.size &&
    before.modifiedMs === now.mtimeMs &&
    before.device === now.dev &&
    before.links === now.nlink &&
    before.mode === (now.mode & 0o7777) &&
    before.type === typeOf(now.mode) &&
    before.uid === now.uid &&
    before.gid === now.gid &&
    before.deviceNumber === null
  );
}

/** True when nothing says that the content is another one: that decides only whether it is hashed now. */
export function looksUntouched(a: FileStat, b: FileStat): boolean {
  return (
    a.inode === b.inode &&
    a.changedMs === b.changedMs &&
    a.size === b.size &&
    a.modifiedMs === b.modifiedMs &&
    a.device === b.device &&
    a.type === b.type
  );
}
