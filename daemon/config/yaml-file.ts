import { isUtf8 } from 'node:buffer';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { errorCode } from '../error-code.js';
import { readGuarded } from '../guarded-file.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { type Exposure, exposureOf } from './exposure.js';
import { offsetOf, openBrackets, parseProblems, position, readingProblems } from './yaml-problems.js';

/** Room for 500 sites of 4 KiB each; what follows takes time in proportion to it, at the start and after a change. */
const MAX_CONFIG_BYTES = 2 * 1024 * 1024;
/** The library aborts the whole process on thousands of nested brackets. */
const MAX_OPEN_BRACKETS = 100;

/** What an operator does about a file that is not there. */
const NEEDED = 'a configuration file: `tillwarden init` writes one, --config names another';

export type Path = readonly PropertyKey[];

/** A file of text before anything is made of it. */
interface WrittenFile {
  readonly text: string;
  /** Whether users outside of the file's group may read it. */
  readonly readableByOthers: boolean;
  /** What of it others may write; null: nothing. */
  readonly exposure: Exposure | null;
}

/** A YAML file that was read from disk. */
export interface YamlFile extends YamlText {
  readonly written: WrittenFile;
  /** The file that holds what is at a path, and the path in there: this one, unless parts of it stand elsewhere. */
  holding(path: Path): { readonly yaml: YamlFile; readonly path: Path };
}

/** YAML as plain values, with the place of each. */
export interface YamlText {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  /** Line and column, from 1, of the value at a path, or of the nearest place above it. */
  place(path: Path): { line: number; column: number } | null;
  /** Whether there is something at this very path. */
  has(path: Path): boolean;
  /** The text that holds what is at a path, and the path in there: this one, unless parts of it stand elsewhere. */
  holding(path: Path): { readonly yaml: YamlText; readonly path: Path };
}

/**
 * Reads YAML 1.2, core schema. Throws `ConfigError` for what is no YAML, for duplicate names, and for anchors, aliases and tags, which make
 * a file say something else than a reader sees.
 */
export function readYamlFile(file: string, needed: string = NEEDED): YamlFile {
  const written = readWritten(file, needed);
  const yaml: YamlFile = {
    ...parseYaml(file, written.text, 'CONFIG_INVALID', 'the form of docs/config.md'),
    written,
    holding: (path) => ({ yaml, path }),
  };
  return yaml;
}

/** The same of text that was read already. */
export function parseYaml(
  file: string,
  text: string,
  code: 'CONFIG_INVALID' | 'CONFIG_FEED',
  needed: string,
): YamlText {
  if (openBrackets(text) > MAX_OPEN_BRACKETS) {
    const found = `more than ${MAX_OPEN_BRACKETS} brackets open at once`;
    throw new ConfigError(code, file, [anywhere(found, needed)]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    stringKeys: true,
    prettyErrors: false,
    // The library's own check takes time that grows with the square of the number of names.
    uniqueKeys: false,
  });
  const errors = parseProblems([...document.errors, ...document.warnings], lines);
  const problems = [...errors, ...readingProblems(document, lines)];
  if (problems.length > 0) throw new ConfigError(code, file, problems);
  const yaml: YamlText = {
    ...{ file, text, value: document.toJS(), place, has },
    holding: (path) => ({ yaml, path }),
  };
  return yaml;

  function place(path: Path): { line: number; column: number } | null {
    let node: unknown = document.contents;
    let offset = offsetOf(node);
    for (const step of path) {
      const next = child(node, step);
      if (next === null) break;
      offset = next.offset ?? offset;
      node = next.node;
    }
    return offset === null ? null : position(lines, offset);
  }

  function has(path: Path): boolean {
    let node: unknown = document.contents;
    return path.every((step) => {
      const next = child(node, step);
      node = next?.node;
      return next !== null;
    });
  }
}

/** What such a file says now, unread. Throws `ConfigError` where it cannot be read. */
export function readWritten(file: string, needed: string = NEEDED): WrittenFile {
  const refuse = (found: string, cause?: unknown) => {
    return new ConfigError('CONFIG_UNREADABLE', file, [anywhere(found, needed)], { cause });
  };
  try {
    const { bytes, stat } = readGuarded(file, MAX_CONFIG_BYTES);
    if (!isUtf8(bytes)) throw refuse('text that is not UTF-8');
    return {
      text: bytes.toString('utf8'),
      readableByOthers: (stat.mode & 0o004) !== 0,
      exposure: exposureOf(file, stat),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = errorCode(error) ?? 'unknown error';
    if (code === 'not-a-file') throw refuse('something that is not a file', error);
    if (code === 'too-large') throw refuse(`more than the ${MAX_CONFIG_BYTES} bytes that are read`, error);
    throw refuse(code === 'ENOENT' ? 'no such file' : `a file that cannot be read (${code})`, error);
  }
}

/** The node below `node` at one step; its offset is that of the name, where people look. */
function child(node: unknown, step: PropertyKey): { node: unknown; offset: number | null } | null {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
    return pair === undefined ? null : { node: pair.value, offset: offsetOf(pair.key) };
  }
  if (!isSeq(node) || typeof step !== 'number' || !(step in node.items)) return null;
  return { node: node.items[step], offset: offsetOf(node.items[step]) };
}

/** A problem of the file as a whole. */
function anywhere(found: string, needed: string): ConfigProblem {
  return { line: null, column: null, path: '', found, needed };
}
