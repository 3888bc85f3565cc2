import { dirname, isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import type { ConfigProblem } from './errors.js';
import { problemAt, problemsOf } from './issues.js';
import { readSecretFile, withPasswords } from './secret.js';
import type { Path, YamlFile } from './yaml-file.js';

/** Stands for a secret that was not read: every schema of a secret takes it, so that nothing else is told of it. */
export const NOT_READ = '0'.repeat(64);

/** One pass over a configuration file: collects every problem and every secret met on the way. */
export class ConfigReading {
  readonly problems: ConfigProblem[] = [];
  readonly secrets: string[] = [];
  readonly #directory: string;

  constructor(private readonly yaml: YamlFile) {
    this.#directory = dirname(yaml.file);
  }

  problem(path: Path, found: string, needed: string): void {
    this.problems.push(problemAt(this.yaml, path, found, needed));
  }

  /** What the schema makes of a value, or null and the problems it has. */
  check<T>(schema: z.ZodType<T>, value: unknown, base: Path, secrets: readonly string[] = []): T | null {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    this.problems.push(...problemsOf(this.yaml, result.error.issues, { schema, value, base, secrets }));
    return null;
  }

  /** Puts the content of each `<name>_file` in the place of `<name>`, or `NOT_READ` when it is not wanted or cannot be read. */
  withSecrets(raw: unknown, path: Path, names: readonly string[], wanted: boolean): unknown {
    if (!isObject(raw)) return raw;
    const result = { ...raw };
    for (const name of names) {
      const lookalike = `${name}_file`;
      if (lookalike in result) {
        if (name in result)
          this.problem([...path, lookalike], `${name} as well`, `one of ${name} and ${lookalike}`);
        result[name] = wanted ? this.#read([...path, lookalike], result[lookalike]) : NOT_READ;
        delete result[lookalike];
      } else if (name in result && this.yaml.readableByOthers) {
        const needed = `${lookalike}, or mode 0600 for this file`;
        this.problem([...path, name], 'a secret in a file that others may read', needed);
      }
      const secret = result[name];
      if (typeof secret === 'string' && secret !== NOT_READ) this.secrets.push(...withPasswords(secret));
    }
    return result;
  }

  /** Every later item whose name an earlier one has. */
  unique(items: readonly { readonly name: string; readonly path: Path }[], among: string): void {
    const seen = new Set<string>();
    for (const { name, path } of items) {
      if (name !== '' && seen.has(name)) {
        this.problem([...path, 'name'], 'a name that is taken', `a name of its own among ${among}`);
      }
      seen.add(name);
    }
  }

  /** Absolute; what is relative starts where the configuration lies. */
  path(path: string): string {
    return isAbsolute(path) ? path : resolve(this.#directory, path);
  }

  #read(path: Path, file: unknown): string {
    const read = readSecretFile(this.#directory, file);
    if (read.ok) return read.secret;
    this.problem(path, read.found, read.needed);
    return NOT_READ;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
