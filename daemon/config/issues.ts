import * as z from 'zod';
import { quote } from '../../notifiers/index.js';
import { closest } from './closest.js';
import type { ConfigProblem } from './errors.js';
import type { Path, YamlText } from './yaml-file.js';

/** Of a longer value both ends are shown. */
const SHOWN_CHARACTERS = 60;

/** Unknown names of one map that are looked into; the rest is counted. */
const UNKNOWN_NAMES = 20;

/** A part of a configuration that was checked. */
export interface Checked {
  readonly schema: z.ZodType;
  readonly value: unknown;
  /** Where `value` stands in the file. */
  readonly base: Path;
  /** Names at the top of `value` that hold secrets, each with its `_file` twin. */
  readonly secrets: readonly string[];
}

/** Turns what zod found into problems: where, what was found, what was needed. */
export function problemsOf(
  yaml: YamlText,
  issues: readonly z.core.$ZodIssue[],
  checked: Checked,
): ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownNames(yaml, issue, checked);
    const value = at(checked.value, issue.path);
    const { clause, needed } = need(issue);
    const about = (found: string) => (clause === null ? found : `${found}, which ${clause}`);
    const path = [...checked.base, ...issue.path];
    // Whoever names the file of a secret in the configuration's place must not read it in a log.
    if (path.length === 0 && typeof value === 'string') {
      return [problemAt(yaml, path, 'a single text', needed)];
    }
    if (!isSecret(checked, issue.path)) return [problemAt(yaml, path, about(shown(value)), needed)];
    const lookalike = [...checked.base, `${String(issue.path[0])}_file`];
    if (value === undefined)
      return [problemAt(yaml, lookalike, about('nothing'), 'the path of a file that holds it')];
    const own = yaml.holding(lookalike);
    const stands = own.yaml.has(own.path) ? lookalike : path;
    return [problemAt(yaml, stands, about('another secret'), needed)];
  });
}

/** One problem at a path. */
export function problemAt(yaml: YamlText, path: Path, found: string, needed: string): ConfigProblem {
  const own = yaml.holding(path);
  const place = own.yaml.place(own.path) ?? { line: null, column: null };
  const elsewhere = own.yaml.file === yaml.file ? {} : { file: own.yaml.file };
  return { ...place, ...elsewhere, path: pathText(own.path), found, needed };
}

/** A value of the configuration on one line, its text quoted by allow-list. What may be a password in a URL is left out. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  // A password may hold any of the signs that end it in a URL.
  const end = value.lastIndexOf('@');
  const harmless = end > 0 && value.slice(0, end).includes(':') ? `***${value.slice(end)}` : value;
  return quote({ untrusted: harmless.slice(0, 4096) }, SHOWN_CHARACTERS);
}

/** The candidates in words, or the one that was probably meant by what was found. */
export function namesMeant(candidates: readonly string[], found?: string): string {
  const meant = found === undefined ? null : closest(found, candidates);
  if (meant !== null) return `${meant}, if that was meant`;
  return candidates.length === 1 ? String(candidates[0]) : `one of ${candidates.join(', ')}`;
}

function isSecret({ secrets }: Checked, path: Path): boolean {
  return secrets.includes(String(path[0]));
}

function unknownNames(
  yaml: YamlText,
  issue: z.core.$ZodIssueUnrecognizedKeys,
  { schema, base, secrets }: Checked,
): ConfigProblem[] {
  const own = namesAt(schema, issue.path);
  const known = issue.path.length > 0 ? own : [...own, ...secrets.map((name) => `${name}_file`)];
  const told = issue.keys.slice(0, UNKNOWN_NAMES);
  const rest = issue.keys.length - told.length;
  const more =
    rest === 0
      ? []
      : [problemAt(yaml, [...base, ...issue.path], `${rest} more such names`, namesMeant(known))];
  const problems = told.map((key) =>
    problemAt(yaml, [...base, ...issue.path, key], 'a name that means nothing here', namesMeant(known, key)),
  );
  return [...problems, ...more];
}

/** The names that a schema allows at a path. */
function namesAt(schema: z.ZodType, path: Path): string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return namesAt(schema.unwrap() as z.ZodType, path);
  }
  if (schema instanceof z.ZodArray && step !== undefined) return namesAt(schema.element as z.ZodType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Record<string, z.ZodType> = schema.shape;
  if (step === undefined) return Object.keys(shape);
  const inner = shape[String(step)];
  return inner === undefined ? [] : namesAt(inner, rest);
}

/** `sites[0].sources[1].url` */
function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const name = String(step);
      const shown = /^\w[\w-]{0,63}$/.test(name) ? name : quote({ untrusted: name }, SHOWN_CHARACTERS);
      return index > 0 ? `.${shown}` : shown;
    })
    .join('');
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, step) => (node as Record<PropertyKey, unknown> | null | undefined)?.[step],
    value,
  );
}

interface Need {
  /** What the schema says of the value, to stand after "which". */
  readonly clause: string | null;
  readonly needed: string;
}

function need(issue: z.core.$ZodIssue): Need {
  if (issue.code === 'custom' || issue.code === 'invalid_format') return ownWords(issue);
  return { clause: null, needed: libraryNeed(issue) };
}

/** Our schemas say `needs …`, or `holds …: needs …`, or what to do, or just what is needed. */
function ownWords({ message }: z.core.$ZodIssue): Need {
  const [, clause, rest] = /^((?:holds|is|names) .*?): (.*)$/s.exec(message) ?? [];
  const needed = (rest ?? message).replace(/^Invalid /, 'a valid ');
  if (needed.startsWith('needs ')) return { clause: clause ?? null, needed: needed.slice('needs '.length) };
  return clause === undefined ? { clause: null, needed } : { clause, needed: `to ${needed}` };
}

function libraryNeed(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES.get(issue.expected) ?? `a ${issue.expected}`;
    case 'invalid_value':
      return namesMeant(issue.values.map(String));
    case 'too_small':
      return `at least ${issue.minimum}${unit(issue.origin, Number(issue.minimum))}`;
    case 'too_big':
      return `at most ${issue.maximum}${unit(issue.origin, Number(issue.maximum))}`;
    default:
      return issue.message;
  }
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['object', 'a map of names'],
  ['string', 'text'],
  ['boolean', 'true or false'],
  ['number', 'a number'],
  ['int', 'a whole number'],
]);

function unit(origin: string, count: number): string {
  if (origin === 'string') return count === 1 ? ' character' : ' characters';
  if (origin === 'array') return count === 1 ? ' entry' : ' entries';
  return '';
}
