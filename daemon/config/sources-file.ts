import { resolve } from 'node:path';
import type { SourceKinds } from '../sources/source-kind.js';
import { ConfigError } from './errors.js';
import { readSources } from './parts.js';
import { ConfigReading, isObject } from './reading.js';
import { readYamlFile } from './yaml-file.js';

/** A part of a configuration that holds the sources of one site. */
export interface SourcesFile {
  /** Kind and name of the first source. */
  readonly kind: string;
  readonly name: string;
  /** The YAML as it is written, comments with it: one map whose only name is `sources`. */
  readonly text: string;
}

const NEEDED = 'a file that "tillwarden discover --out" wrote';

/** Reads and checks such a file as the same lines of a configuration would be checked; reads no secret. Throws `ConfigError` with every problem. */
export function readSourcesFile(file: string, kinds: SourceKinds): SourcesFile {
  const yaml = readYamlFile(resolve(file), NEEDED);
  const reading = new ConfigReading(yaml);
  const { value, text } = yaml;
  const names = isObject(value) ? Object.keys(value) : [];
  if (names.join() !== 'sources' || /^(?:---|\.\.\.|%)/m.test(text)) {
    reading.problem([], 'something else than a map of sources', NEEDED);
  }
  const { sources } = readSources(reading, value, { kinds, path: [], wanted: false });
  const [first] = sources;
  if (first === undefined) reading.problem(['sources'], 'no source', NEEDED);
  if (first === undefined || reading.problems.length > 0) {
    throw new ConfigError('CONFIG_INVALID', file, reading.problems);
  }
  return { kind: first.kind, name: first.name, text };
}
