import { create } from 'jsondiffpatch';
import { decodeValue, parseRecordLine, type RecordLine } from '../../baselines/index.js';
import type { Change, FieldChange } from './change.js';

/** Limits beyond which a json column is shown whole instead of explained: arrays cost quadratic time. */
const MAX_JSON_CHARACTERS = 64 * 1024;
const MAX_ARRAY_ITEMS = 500;
const MAX_PATHS = 200;

/**
 * What changed inside a record, for people. The change is proven already by our own digests (invariant 3), so this never throws and
 * never returns nothing for it: what jsondiffpatch cannot explain is shown as whole fields.
 */
export function explain(change: Change): FieldChange[] {
  const [first] = change.after;
  const before = fieldsOf(change.before);
  if (change.after.length <= 1) return compareFields(before, fieldsOf(first ?? null));
  return change.after.flatMap((record) => compareFields(before, fieldsOf(record)));
}

type Fields = ReadonlyMap<string, string | null>;

function fieldsOf(record: RecordLine | null): Fields | null {
  return record === null ? null : parseRecordLine(record.line).fields;
}

function compareFields(before: Fields | null, after: Fields | null): FieldChange[] {
  const names = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort();
  return names.flatMap((field) => {
    const old = before?.get(field);
    const now = after?.get(field);
    if (before !== null && after !== null && old === now) return [];
    const inside = typeof old === 'string' && typeof now === 'string' ? insideJson(field, old, now) : [];
    return inside.length > 0 ? inside : [{ field, before: old, after: now }];
  });
}

function insideJson(field: string, old: string, now: string): FieldChange[] {
  const before = jsonOf(old);
  const after = jsonOf(now);
  if (before === undefined || after === undefined) return [];
  try {
    // Keys get a prefix, so that a key such as `constructor` is never mistaken for a property every object has.
    const delta = create({ arrays: { detectMove: false }, omitRemovedValues: false }).diff(before, after);
    const changes: FieldChange[] = [];
    collect(field, delta, [], changes);
    return changes.length > MAX_PATHS ? [] : changes;
  } catch {
    return [];
  }
}

/** A json object or array with prefixed keys and with every leaf as its own JSON text; undefined for anything else. */
function jsonOf(encoded: string): unknown {
  const value = decodeValue(encoded);
  if (value.form !== 'text' || value.text.length > MAX_JSON_CHARACTERS || !/^\s*[[{]/.test(value.text))
    return undefined;
  try {
    return prefixed(JSON.parse(value.text));
  } catch {
    return undefined;
  }
}

function prefixed(node: unknown): unknown {
  if (Array.isArray(node)) {
    if (node.length > MAX_ARRAY_ITEMS) throw new RangeError('array too long to explain');
    return node.map(prefixed);
  }
  if (typeof node === 'object' && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [`.${key}`, prefixed(value)]));
  }
  return JSON.stringify(node);
}

/** Turns a delta into one entry per changed leaf or subtree. Format: the "Delta Format" page of jsondiffpatch's documentation. */
function collect(field: string, delta: unknown, path: readonly string[], into: FieldChange[]): void {
  if (Array.isArray(delta)) {
    const [first, second] = delta;
    const at = { field, path: path.join('') };
    if (delta.length === 1) into.push({ ...at, before: undefined, after: leafText(first) });
    else if (delta.length === 2) into.push({ ...at, before: leafText(first), after: leafText(second) });
    else into.push({ ...at, before: leafText(first), after: undefined });
    return;
  }
  if (typeof delta !== 'object' || delta === null) return;
  const isArray = (delta as { _t?: unknown })._t === 'a';
  for (const [key, inner] of Object.entries(delta)) {
    if (isArray && key === '_t') continue;
    collect(field, inner, [...path, isArray ? `[${key.replace(/^_/, '')}]` : key], into);
  }
}

/** The JSON text of a prefixed node, as an encoded value. */
function leafText(node: unknown): string {
  const text = unprefixed(node);
  return text.startsWith('~') ? `~${text}` : text;
}

function unprefixed(node: unknown): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return `[${node.map(unprefixed).join(',')}]`;
  if (typeof node !== 'object' || node === null) return String(node);
  return `{${Object.entries(node)
    .map(([key, value]) => `${JSON.stringify(key.slice(1))}:${unprefixed(value)}`)
    .join(',')}}`;
}
