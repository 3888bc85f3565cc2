import { dirname, isAbsolute, resolve } from 'node:path';
import * as z from 'zod';
import type { ConfigProblem } from './errors.js';
import { FilesRead } from './files-read.js';
import { problemAt, problemsOf } from './issues.js';
import { NOT_READ, NotRead, readSecretFile, withPasswords } from './secret.js';
import type { Settings } from './settings.js';
import { type Path, readWritten, type YamlFile } from './yaml-file.js';

/** A part of the configuration whose schema holds secrets. */
export interface SecretPart<Whole> {
  readonly schema: z.ZodObject & z.ZodType<Whole>;
  /** Names at its top that hold a secret, each with its `_file` twin. */
  readonly secrets: readonly string[];
  readonly path: Path;
  /** Whether the secrets are to be read. */
  readonly wanted: boolean;
}

/** What came of a part with secrets. */
export interface ReadPart<Whole> {
  /** What is no secret. */
  readonly settings: Settings;
  /** All of it; `NotRead` when its secrets were not wanted. */
  readonly whole: Whole | NotRead;
}

const notRead = z.instanceof(NotRead);

/** One pass over a configuration file: collects every problem and every secret met on the way. */
export class ConfigReading {
  readonly problems: ConfigProblem[] = [];
  readonly secrets: string[] = [];
  /** All that was read on the way. */
  readonly files = new FilesRead();
  readonly #directory: string;

  constructor(private readonly yaml: YamlFile) {
    this.#directory = dirname(yaml.file);
    this.files.note(() => readWritten(yaml.file), yaml.written);
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

  /**
   * The same of a part with secrets: each may be given by the file that `<name>_file` names. One that is not wanted or cannot be read is
   * left out of what the schema asks for, so that the rest is checked all the same.
   */
  checkPart<Whole extends Settings>(part: SecretPart<Whole>, raw: unknown): ReadPart<Whole> | null {
    const { schema, secrets, path, wanted } = part;
    const value = this.#withSecrets(part, raw);
    const unread = secrets.filter((name) => isObject(value) && value[name] instanceof NotRead);
    if (unread.length === 0) {
      const whole = this.check(schema, value, path, secrets);
      return whole && { settings: without(whole, secrets), whole: wanted ? whole : NOT_READ };
    }
    const lenient = schema.safeExtend(Object.fromEntries(unread.map((name) => [name, notRead])));
    const rest = this.check(lenient, value, path, secrets);
    return rest && { settings: without(rest, secrets), whole: NOT_READ };
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

  /** Puts the content of each `<name>_file` in the place of `<name>`, or `NOT_READ`. */
  #withSecrets({ secrets, path, wanted }: Omit<SecretPart<unknown>, 'schema'>, raw: unknown): unknown {
    if (!isObject(raw)) return raw;
    const result = { ...raw };
    const { readableByOthers, exposure } = this.yaml.holding(path).yaml.written;
    for (const name of secrets) {
      const file = `${name}_file`;
      if (file in result) {
        if (name in result) this.problem([...path, file], `${name} as well`, `one of ${name} and ${file}`);
        result[name] = wanted ? this.#read([...path, file], result[file]) : NOT_READ;
        delete result[file];
      } else if (name in result && readableByOthers) {
        const needed = `${file}, or mode 0600 for this file`;
        this.problem([...path, name], 'a secret in a file that others may read', needed);
      } else if (name in result && exposure !== null) {
        const where = exposure === 'file' ? 'a file' : 'a folder';
        const needed = `${file}, or a file and a folder that only their owner may write (chmod go-w)`;
        this.problem([...path, name], `a secret in ${where} that others may write`, needed);
      }
      const secret = result[name];
      if (typeof secret === 'string') this.secrets.push(...withPasswords(secret));
    }
    return result;
  }

  #read(path: Path, file: unknown): string | NotRead {
    const read = this.files.read(() => readSecretFile(this.#directory, file));
    if (read.ok) return read.secret;
    this.problem(path, read.found, read.needed);
    return NOT_READ;
  }
}

/** A part with its place, so that what it shares with others can be told. */
export type Placed<T> = T & { readonly path: Path };

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(settings: Settings, names: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
}
