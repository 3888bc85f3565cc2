import { spawn, spawnSync } from 'node:child_process';
import { errorCode } from '../../../error-code.js';

/** A name in an open folder, which stays open until its attributes are read. */
export interface NameInFolder {
  readonly folder: number;
  readonly name: string;
  /** Flags of inodes are those of files and folders alone. */
  readonly hasFlags: boolean;
}

/** What a program found of one name, with names of attributes as Latin-1 text of their bytes, or that nobody knows. */
export type Attributes =
  | { readonly attributes: ReadonlyMap<string, Buffer>; readonly flags: string }
  | { readonly code: string };

const LONGEST_MS = 30_000;
const MOST_OUTPUT = 32 * 1024 * 1024;
const MOST_SAID = 65_536;
/** Three handles are the program's own. */
const FIRST_HANDLE = 3;

/** A program that did not do what it was asked for. */
class ProgramFailure extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Runs of one program for some names that failed: somebody may have made thousands of files that do. */
const MOST_FAILURES = 64;

/**
 * Attributes of some names, by `getfattr` and `lsattr`: Node has no call for them. The programs are handed the open folders, so that what they name is what was
 * looked at. Resolves to as many as were asked for, in their order.
 */
export async function attributesOf(names: readonly NameInFolder[]): Promise<readonly Attributes[]> {
  const handles = [...new Set(names.map(({ folder }) => folder))];
  const places = new Map(handles.map((handle, n) => [handle, FIRST_HANDLE + n]));
  const paths = names.map(({ folder, name }) => `/proc/self/fd/${places.get(folder)}/${name}`);
  const flagged = paths.filter((_, n) => names[n]?.hasFlags === true);
  const [extended, flags] = await Promise.all([
    known(GETFATTR, paths, handles),
    known(LSATTR, flagged, handles),
  ]);
  return paths.map((path, n): Attributes => {
    const own = extended.get(path) ?? { code: 'EUNKNOWN' };
    if ('code' in own) return own;
    if (names[n]?.hasFlags !== true) return { attributes: own.value, flags: '' };
    const flag = flags.get(path) ?? { code: 'EUNKNOWN' };
    if (!('code' in flag)) return { attributes: own.value, flags: flag.value };
    // A file system without flags has none of them.
    return flag.code === 'ENOTSUP' ? { attributes: own.value, flags: '' } : flag;
  });
}

interface Program<T> {
  readonly words: readonly [program: string, ...options: string[]];
  /** Values by path, out of what it printed as Latin-1 text: names of attributes need not be UTF-8. Throws `ProgramFailure`. */
  readonly read: (paths: readonly string[], output: string) => ReadonlyMap<string, T>;
}

const GETFATTR: Program<ReadonlyMap<string, Buffer>> = {
  words: ['getfattr', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', '--'],
  read: extendedOf,
};
const LSATTR: Program<string> = { words: ['lsattr', '-d', '--'], read: flagsOf };

type Known<T> = { readonly value: T } | { readonly code: string };

/** A program says that one of its files failed, and not surely which: they are halved until it is alone. */
async function known<T>(
  program: Program<T>,
  paths: readonly string[],
  folders: readonly number[],
  failures = { left: MOST_FAILURES },
): Promise<ReadonlyMap<string, Known<T>>> {
  if (paths.length === 0) return new Map();
  try {
    const found = program.read(paths, await run([...program.words, ...paths], folders, paths.length));
    return new Map(
      paths.map((path) => {
        const value = found.get(path);
        return [path, value === undefined ? { code: 'EUNKNOWN' } : { value }];
      }),
    );
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error;
    const { code } = error;
    if (paths.length === 1 || code !== 'EFAILED' || --failures.left < 0)
      return new Map(paths.map((path) => [path, { code }]));
    const half = paths.length >> 1;
    const first = await known(program, paths.slice(0, half), folders, failures);
    return new Map([...first, ...(await known(program, paths.slice(half), folders, failures))]);
  }
}

/** Values by path; those without any are there with none. Names are escaped and values hex, so that no line can be made up. */
function extendedOf(
  paths: readonly string[],
  output: string,
): ReadonlyMap<string, ReadonlyMap<string, Buffer>> {
  const found = new Map(paths.map((path) => [path, new Map<string, Buffer>()]));
  const byHeader = new Map(paths.map((path) => [`# file: ${octal(latin1(path))}`, found.get(path)]));
  let own: Map<string, Buffer> | undefined;
  for (const line of output.split('\n')) {
    if (line.startsWith('# file: ')) own = byHeader.get(line);
    const at = line.lastIndexOf('=0x');
    if (line === '' || line.startsWith('# file: ') || own === undefined) continue;
    own.set(at < 0 ? line : line.slice(0, at), Buffer.from(at < 0 ? '' : line.slice(at + 3), 'hex'));
  }
  return found;
}

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** As `getfattr` writes what would end a line, and the backslash. */
function octal(text: string): string {
  return text.replace(/[\n\r\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** Flags by path. Paths stand there as they were given, so each is looked for whole, in their order. */
function flagsOf(paths: readonly string[], output: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  for (const path of paths) {
    const flags = /^[-a-zA-Z]{1,64} /.exec(output.slice(at, at + 65))?.[0];
    const printed = latin1(path);
    if (flags === undefined || !output.startsWith(`${printed}\n`, at + flags.length))
      throw new ProgramFailure('EFAILED');
    found.set(path, flags.trimEnd());
    at += flags.length + printed.length + 1;
  }
  return found;
}

/** What a program printed. Rejects with `ProgramFailure`: `EFAILED` where one of several files may be why. */
function run(words: readonly string[], folders: readonly number[], files: number): Promise<string> {
  const [program = '', ...rest] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe', ...folders],
      env: environment(),
    });
    const parts: Buffer[] = [];
    let length = 0;
    let said = '';
    let ended: string | null = null;
    const stop = (code: string) => {
      ended ??= code;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop('ETIMEDOUT'), LONGEST_MS);
    child.stdout?.on('data', (part: Buffer) => {
      length += part.length;
      parts.push(part);
      if (length > MOST_OUTPUT) stop(files > 1 ? 'EFAILED' : 'EFBIG');
    });
    child.stderr?.on('data', (part: Buffer) => {
      if (said.length < MOST_SAID) said += part.toString('latin1');
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      const code = errorCode(error);
      reject(new ProgramFailure(code === 'ENOENT' ? 'ENOPROGRAM' : (code ?? 'EUNKNOWN')));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (ended === null && code === 0) resolve(Buffer.concat(parts).toString('latin1'));
      else reject(new ProgramFailure(ended ?? meaningOf(said, length > 0, files)));
    });
  });
}

/** A file system without flags says so of every file, and then nothing is printed. Names stand in what it says, so it is believed of all or of one alone. */
function meaningOf(said: string, hasPrinted: boolean, files: number): string {
  const isNone = /Operation not supported|Inappropriate ioctl|Function not implemented/.test(said);
  if (isNone && !hasPrinted && (files === 1 || !/denied|No such/.test(said))) return 'ENOTSUP';
  return files === 1 && /No such file/.test(said) ? 'ENOENT' : 'EFAILED';
}

function environment(): { readonly PATH: string; readonly LC_ALL: string } {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
}

/** Whether the programs are there. */
export function hasAttributePrograms(): boolean {
  const options = { stdio: 'ignore', timeout: LONGEST_MS, env: environment() } as const;
  return [['getfattr', '--version'] as const, ['lsattr', '-V'] as const].every(
    ([program, word]) => spawnSync(program, [word], options).error === undefined,
  );
}
