/** True where a name must go to the system as bytes. */
const NOT_ASCII = /[\x80-\xff]/;

/**
 * A path that leads to a name in a folder that is held open, wherever it lies by now: nothing on the way can be swapped for a link. `name`: its bytes
 * as Latin-1 text. File descriptors belong to the process, so every thread may use it.
 */
export function inFolder(folder: number, name: string): string | Buffer {
  const path = `/proc/self/fd/${folder}/${name}`;
  return NOT_ASCII.test(name) ? Buffer.from(path, 'latin1') : path;
}

/** A path that leads to an open file or folder itself. */
export function ofHandle(handle: number): string {
  return `/proc/self/fd/${handle}`;
}
