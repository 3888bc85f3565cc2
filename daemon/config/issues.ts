import type { z } from 'zod';
import type { ConfigProblem } from './errors.js';
import type { Path, YamlFile } from './yaml-file.js';

const MAX_SHOWN_CHARACTERS = 60;

/** Turns what zod found into problems with place, finding and need. `base` is where the checked value stands in the file. */
export function problemsOf(
  yaml: YamlFile,
  issues: readonly z.core.$ZodIssue[],
  base: Path,
  value: unknown,
  isSecret: (path: Path) => boolean,
): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code !== 'unrecognized_keys') {
      const found = isSecret(path) ? 'a secret' : show(at(value, issue.path));
      return [{ ...placeOf(yaml, path), path: pathText(path), found, needed: need(issue) }];
    }
    const known = Object.keys(at(value, issue.path) as object).filter((key) => !issue.keys.includes(key));
    return issue.keys.map((key) => ({
      ...placeOf(yaml, [...path, key]),
      path: pathText([...path, key]),
      found: 'a name that means nothing here',
      needed: `a known name (docs/config.md)${known.length > 0 ? `, such as ${known.slice(0, 3).join(', ')}` : ''}`,
    }));
  });
}

/** One problem at a path. */
export function problemAt(yaml: YamlFile, path: Path, found: string, needed: string): ConfigProblem {
  return { ...placeOf(yaml, path), path: pathText(path), found, needed };
}

function placeOf(yaml: YamlFile, path: Path): { line: number | null; column: number | null } {
  return yaml.place(path) ?? { line: null, column: null };
}

/** `sites[0].sources[1].url` */
function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, step) => (node as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
}

/** A value of the configuration, short and on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

function need(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'array'
        ? 'a list'
        : issue.expected === 'object'
          ? 'a map of names'
          : `a ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${unit(issue.origin)}`;
    default:
      return issue.message.replace(/^needs /, '');
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}
