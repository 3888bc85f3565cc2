import { createHash } from 'node:crypto';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import { canonicalJson, type Definition, type JsonValue } from '../../baselines/index.js';
import { notifierKinds } from '../../notifiers/index.js';
import { sourceKinds } from '../sources/index.js';
import type { Config, NotifierConfig, SiteConfig, SourceConfig } from './config.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { problemAt, problemsOf, show } from './issues.js';
import { collectionSchema, configSchema, SECRETS } from './schema.js';
import { readSecretFile } from './secret.js';
import { type Path, readYamlFile, type YamlFile } from './yaml-file.js';

/** What every registry entry says of its part of the configuration. */
interface Kind {
  readonly configSchema: z.ZodObject;
  readonly secrets: readonly string[];
}

/**
 * Reads and checks a configuration file. Paths in it are relative to it. Throws `ConfigError` with every problem at once.
 */
export function loadConfig(file: string): Config {
  return new Loader(readYamlFile(resolve(file))).load();
}

class Loader {
  readonly #problems: ConfigProblem[] = [];
  readonly #secrets: string[] = [];
  readonly #secretPaths = new Set<string>();
  /** Told already as an unreadable file: not once more as missing. */
  readonly #unreadSecrets = new Set<string>();
  readonly #directory: string;

  constructor(private readonly yaml: YamlFile) {
    this.#directory = dirname(yaml.file);
  }

  load(): Config {
    const raw = this.#withSecrets(this.yaml.value, [], SECRETS);
    const frame = this.#check(configSchema, raw, []);
    const listed = isObject(raw) ? raw : {};
    // The parts are checked even when the frame is wrong, so that all problems come at once.
    const sites = list(listed['sites']).map((site, index) => this.#site(site, ['sites', index]));
    const notifiers = list(listed['notifiers']).map((one, index) =>
      this.#notifier(one, ['notifiers', index]),
    );
    this.#unique(sites, ['sites']);
    this.#unique(notifiers, ['notifiers']);
    const needsKey = sites.some((site) => site.sources.some(({ definitions }) => hasSecret(definitions)));
    if (
      needsKey &&
      isObject(raw) &&
      !('fingerprintKey' in raw) &&
      !this.#unreadSecrets.has('fingerprintKey')
    ) {
      this.#problem(
        ['fingerprintKey'],
        'nothing',
        'fingerprintKey_file: columns marked secret are told by keyed fingerprints',
      );
    }
    if (frame === null || this.#problems.length > 0) {
      throw new ConfigError('CONFIG_INVALID', this.yaml.file, inOrder(this.#problems));
    }
    return {
      file: this.yaml.file,
      digest: this.#digest(raw),
      stateDirectory: this.#path(frame.stateDirectory),
      sites: sites.map((site, index) => ({ ...site, timeZone: frame.sites[index]?.timeZone ?? 'UTC' })),
      baselines: { directory: this.#path(frame.baselines.directory) },
      trust: {
        directory: this.#path(frame.trust.directory),
        root: frame.trust.root.slice('sha256:'.length),
      },
      fingerprintKey: frame.fingerprintKey === undefined ? null : Buffer.from(frame.fingerprintKey, 'hex'),
      notifiers,
      rules: frame.rules,
      timing: frame.timing,
      http: frame.http,
      log: frame.log,
      secrets: this.#secrets,
    };
  }

  #site(raw: unknown, path: Path): SiteConfig {
    const name = isObject(raw) && typeof raw['name'] === 'string' ? raw['name'] : '';
    const sources = list(isObject(raw) ? raw['sources'] : undefined).map((source, index) =>
      this.#source(source, [...path, 'sources', index]),
    );
    this.#unique(sources, [...path, 'sources']);
    const seen = new Set<string>();
    for (const [index, source] of sources.entries()) {
      for (const [place, { name: collection }] of source.definitions.entries()) {
        const at = [...path, 'sources', index, 'collections', place, 'name'];
        if (seen.has(collection))
          this.#problem(at, show(collection), 'a name that no other collection of the site has');
        seen.add(collection);
      }
    }
    return { name, timeZone: 'UTC', sources };
  }

  #source(raw: unknown, path: Path): SourceConfig {
    const nothing = { kind: '', name: '', config: null, collections: [], definitions: [] };
    const kind = this.#kind(raw, path, sourceKinds);
    if (kind === null || !isObject(raw)) return nothing;
    const { collections, ...own } = raw;
    const config = this.#check(kind.configSchema, this.#withSecrets(own, path, kind.secrets), path);
    const name = typeof raw['name'] === 'string' ? raw['name'] : '';
    const configured = list(collections).flatMap((one, index) => {
      const definition = this.#collection(one, [...path, 'collections', index], name);
      return definition === null ? [] : [definition];
    });
    if (list(collections).length === 0) {
      this.#problem([...path, 'collections'], show(collections), 'a list of at least one collection');
    }
    return {
      kind: String(raw['kind']),
      name,
      config: this.#absolute(config),
      collections: configured,
      definitions: [...configured, ...(name === '' ? [] : kind.ownDefinitions(name))],
    };
  }

  #collection(raw: unknown, path: Path, source: string): Definition | null {
    const collection = this.#check(collectionSchema, raw, path);
    if (collection === null) return null;
    const columns = [...collection.key, ...collection.columns];
    for (const [index, column] of columns.entries()) {
      if (columns.indexOf(column) !== index) {
        this.#problem(path, `column ${show(column)} twice`, 'each column once, in key or in columns');
      }
    }
    for (const column of collection.secret) {
      if (!columns.includes(column)) {
        this.#problem([...path, 'secret'], show(column), 'columns that key or columns name as well');
      }
    }
    return { ...collection, source };
  }

  #notifier(raw: unknown, path: Path): NotifierConfig {
    const kind = this.#kind(raw, path, notifierKinds);
    if (kind === null || !isObject(raw)) return { kind: '', name: '', config: null };
    const config = this.#check(kind.configSchema, this.#withSecrets(raw, path, kind.secrets), path);
    return { kind: String(raw['kind']), name: String(raw['name'] ?? ''), config: this.#absolute(config) };
  }

  #kind<K extends Kind>(raw: unknown, path: Path, kinds: ReadonlyMap<string, K>): K | null {
    if (!isObject(raw)) {
      this.#problem(path, show(raw), 'a map of names');
      return null;
    }
    const kind = typeof raw['kind'] === 'string' ? kinds.get(raw['kind']) : undefined;
    if (kind === undefined)
      this.#problem([...path, 'kind'], show(raw['kind']), `one of ${[...kinds.keys()].join(', ')}`);
    return kind ?? null;
  }

  #check<T>(schema: z.ZodType<T>, value: unknown, path: Path): T | null {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const isSecret = (at: Path) => this.#secretPaths.has(at.join('.'));
    const issues = result.error.issues.filter(
      (issue) => !this.#unreadSecrets.has([...path, ...issue.path].join('.')),
    );
    this.#problems.push(...problemsOf(this.yaml, issues, path, value, isSecret));
    return null;
  }

  /** Puts the content of each `<name>_file` in the place of `<name>`, and notes every secret. */
  #withSecrets(raw: unknown, path: Path, names: readonly string[]): unknown {
    if (!isObject(raw)) return raw;
    const result = { ...raw };
    for (const name of names) {
      const twin = `${name}_file`;
      this.#secretPaths.add([...path, name].join('.'));
      if (twin in result) {
        if (name in result) this.#problem([...path, twin], `${name} as well`, `one of ${name} and ${twin}`);
        const read = readSecretFile(this.#directory, result[twin]);
        delete result[twin];
        if (read.ok) result[name] = read.secret;
        else {
          this.#problem([...path, twin], read.found, read.needed);
          this.#unreadSecrets.add([...path, name].join('.'));
        }
      }
      const secret = result[name];
      if (typeof secret === 'string' && secret !== '') this.#secrets.push(secret, ...passwordsIn(secret));
    }
    return result;
  }

  /** Paths inside a source's or channel's configuration end in `File`. */
  #absolute(config: unknown): unknown {
    if (!isObject(config)) return config;
    const entries = Object.entries(config).map(([name, value]) =>
      name.endsWith('File') && typeof value === 'string' ? [name, this.#path(value)] : [name, value],
    );
    return Object.fromEntries(entries);
  }

  #unique(items: readonly { readonly name: string }[], path: Path): void {
    for (const [index, { name }] of items.entries()) {
      const isFirst = items.findIndex((other) => other.name === name) === index;
      if (name !== '' && !isFirst) this.#problem([...path, index, 'name'], show(name), 'a name of its own');
    }
  }

  #problem(path: Path, found: string, needed: string): void {
    this.#problems.push(problemAt(this.yaml, path, found, needed));
  }

  #path(path: string): string {
    return isAbsolute(path) ? path : resolve(this.#directory, path);
  }

  /** What the file says, each secret left out: a digest of a weak secret would let it be guessed. */
  #digest(raw: unknown): string {
    const secrets = new Set(this.#secrets);
    const text = JSON.stringify(raw, (_name, value: unknown) =>
      secrets.has(value as string) ? null : value,
    );
    return createHash('sha256')
      .update(canonicalJson(JSON.parse(text) as JsonValue))
      .digest('hex');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function hasSecret(definitions: readonly Definition[]): boolean {
  return definitions.some((definition) => definition.secret.length > 0);
}

/** The password inside a secret URL is a secret by itself, as written and as decoded. */
function passwordsIn(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password } = new URL(secret);
  try {
    return [password, decodeURIComponent(password)].filter((text) => text !== '');
  } catch {
    return [password];
  }
}

function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
