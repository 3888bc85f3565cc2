import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Steps } from '../../baselines/index.js';
import { errorCode } from '../error-code.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import type { FilesRead } from './files-read.js';
import { shown } from './issues.js';
import { isObject } from './reading.js';
import { MAX_SITES } from './schema.js';
import { readWritten, readYamlFile, type YamlFile } from './yaml-file.js';

/** Sites that stand in files of their own, one in each. */
export interface SitesFolder {
  /** Absolute. */
  readonly directory: string;
  /** Absolute paths, by name. */
  readonly files: readonly string[];
}

/** A configuration as it is written, with the sites of its folder behind those of its list. */
export interface WholeText {
  readonly yaml: YamlFile;
  /** Null when it names no folder. */
  readonly siteFiles: SitesFolder | null;
  /** What is wrong with the files as files: their names. */
  readonly problems: readonly ConfigProblem[];
  /** Adds folder and files to what must stay as it is for the configuration to be the same. */
  noteIn(files: FilesRead): void;
}

const NEEDED = 'a file that holds one site, as an entry of "sites" is written';
/** Such a file is named as its site, so that it is known whose site a damaged one costs. */
const SITE_FILE = /^([a-z0-9][a-z0-9-]{0,62})\.yaml$/;
/** What editors and version control leave beside files. */
const PASSED_OVER = /^\.|~$/;

/**
 * Reads the files of the folder that `sitesDirectory` names, each through the one guarded reader. A file that cannot be read, or is no YAML, refuses the whole
 * configuration as a mistake inside it would: a site that is left out silently is one that nobody watches. One file a step. Throws `ConfigError` with all of them.
 */
export function* withSiteFiles(main: YamlFile): Steps<WholeText> {
  const named = isObject(main.value) ? main.value['sitesDirectory'] : undefined;
  if (typeof named !== 'string' || named === '') {
    return { yaml: main, siteFiles: null, problems: [], noteIn: () => undefined };
  }
  const directory = resolve(dirname(main.file), named);
  const names = namesIn(main, directory);
  const files = names.filter((name) => SITE_FILE.test(name)).map((name) => join(directory, name));
  const parts = yield* read(main, files);
  return {
    yaml: joined(main, parts),
    siteFiles: { directory, files },
    problems: [
      ...names.filter((name) => !SITE_FILE.test(name)).map((name) => misnamed(directory, name)),
      ...parts.flatMap(otherName),
    ],
    noteIn: (noted) => {
      noted.note(() => namesIn(main, directory), names);
      for (const { file, written } of parts) noted.note(() => readWritten(file, NEEDED), written);
    },
  };
}

/** What lies in the folder, by name. Throws `ConfigError` where it cannot be looked at, or holds more than sites. */
function namesIn(main: YamlFile, directory: string): string[] {
  const refuse = (found: string, needed: string, cause?: unknown) => {
    const place = main.place(['sitesDirectory']) ?? { line: null, column: null };
    const problem = { ...place, path: 'sitesDirectory', found, needed };
    return new ConfigError('CONFIG_INVALID', main.file, [problem], { cause });
  };
  try {
    const names = readdirSync(directory).filter((name) => !PASSED_OVER.test(name));
    if (names.length <= MAX_SITES) return names.sort();
    throw refuse(`a folder of ${names.length} files`, `at most ${MAX_SITES}`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const found = `${directory}, which cannot be looked into (${errorCode(error) ?? 'unknown error'})`;
    throw refuse(found, 'a folder that this user may read, with one file for each site', error);
  }
}

function* read(main: YamlFile, files: readonly string[]): Steps<YamlFile[]> {
  const problems: ConfigProblem[] = [];
  const parts: YamlFile[] = [];
  for (const file of files) {
    try {
      parts.push(readYamlFile(file, NEEDED));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, file })));
    }
    yield;
  }
  if (problems.length > 0) throw new ConfigError('CONFIG_INVALID', main.file, problems);
  return parts;
}

/** Both as one text: what is said of a site says where it stands. */
function joined(main: YamlFile, parts: readonly YamlFile[]): YamlFile {
  const value = isObject(main.value) ? main.value : {};
  const listed: unknown = value['sites'] ?? [];
  // What is there and no list is told as that.
  if (!Array.isArray(listed)) return main;
  const own = listed.length;
  return {
    ...main,
    value: { ...value, sites: [...listed, ...parts.map((part) => part.value)] },
    holding: (path) => {
      const [name, index, ...rest] = path;
      const part = name === 'sites' && typeof index === 'number' ? parts[index - own] : undefined;
      return part === undefined ? { yaml: main, path } : { yaml: part, path: rest };
    },
  };
}

function misnamed(directory: string, name: string): ConfigProblem {
  return {
    file: directory,
    ...{ line: null, column: null, path: '' },
    found: `${shown(name)}, which is not read as a site`,
    needed: 'files named <site>.yaml, of a-z, 0-9 and -; what begins with a dot is passed over',
  };
}

function otherName(part: YamlFile): ConfigProblem[] {
  const [, name] = SITE_FILE.exec(part.file.slice(dirname(part.file).length + 1)) ?? [];
  const own = isObject(part.value) ? part.value['name'] : undefined;
  if (typeof own !== 'string' || own === name) return [];
  const place = part.place(['name']) ?? { line: null, column: null };
  const needed = `${name}, as its file is named`;
  return [{ ...place, file: part.file, path: 'name', found: shown(own), needed }];
}
