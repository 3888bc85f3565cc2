import { readFileSync, statSync } from 'node:fs';
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError, type ConfigProblem } from './errors.js';

const MAX_CONFIG_BYTES = 1024 * 1024;

export type Path = readonly PropertyKey[];

/** A YAML file as plain values, with the place of each. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Line and column, from 1, of the value at a path, or of the nearest place above it. */
  place(path: Path): { line: number; column: number } | null;
}

/** Reads YAML 1.2. Throws `ConfigError` for what is no YAML, for duplicate names and for anchors, which a reader overlooks. */
export function readYamlFile(file: string): YamlFile {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const problems: ConfigProblem[] = document.errors.map((error) => ({
    ...position(lines, error.pos[0]),
    path: '',
    found: error.message.split('\n')[0] ?? 'no YAML',
    needed: 'YAML with each name once',
  }));
  if (problems.length > 0) throw new ConfigError('CONFIG_INVALID', file, problems);
  return { file, value: toPlain(file, document), place };

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
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_CONFIG_BYTES) {
      const needed = `at most ${MAX_CONFIG_BYTES} bytes`;
      throw new ConfigError('CONFIG_UNREADABLE', file, [
        { line: null, column: null, path: '', found: `${size} bytes`, needed },
      ]);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const found =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : 'a file that cannot be read';
    const needed = 'a configuration file: `tillwarden init` writes one, --config names another';
    throw new ConfigError(
      'CONFIG_UNREADABLE',
      file,
      [{ line: null, column: null, path: '', found, needed }],
      {
        cause: error,
      },
    );
  }
}

function toPlain(file: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    const needed = 'values written out: anchors and aliases are not read';
    throw new ConfigError(
      'CONFIG_INVALID',
      file,
      [{ line: null, column: null, path: '', found: 'an alias', needed }],
      {
        cause: error,
      },
    );
  }
}

/** The node below `node` at one step; its offset is that of the name, where people look. */
function child(node: unknown, step: PropertyKey): { node: unknown; offset: number | null } | null {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
    return pair && isPair(pair) ? { node: pair.value, offset: offsetOf(pair.key) } : null;
  }
  const items = (node as { items?: unknown[] } | null)?.items;
  if (!Array.isArray(items) || typeof step !== 'number' || !(step in items)) return null;
  return { node: items[step], offset: offsetOf(items[step]) };
}

function offsetOf(node: unknown): number | null {
  return (node as Node | null)?.range?.[0] ?? null;
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
