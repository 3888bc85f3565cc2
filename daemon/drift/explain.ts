import { create } from 'jsondiffpatch';
import { decodeValue, encodeValue } from '../../baselines/index.js';
import type { FieldChange } from './change.js';
import { type ChangedLines, changedFields } from './fields.js';
import { type JsonTree, jsonTree, nodeText, unmarkedKey } from './json-tree.js';

/** Pairing the items of two arrays costs the product of their lengths, hence the limit on items. */
const LIMITS = { maxCharacters: 256 * 1024, maxNodes: 10_000, maxArrayItems: 100, maxDepth: 32 };
/** More differences inside one value than this are shown as the whole value. */
const MAX_PATHS = 100;
/** Names that usually identify an item of an array, so that its own changes can be shown. */
const IDENTIFYING = ['=id', '=uuid', '=code', '=key', '=name'];

/**
 * Explains a change already proven by digests: the fields that differ, and the places inside a value that is JSON on both sides.
 * Never throws; falls back to whole fields by our own comparison, so it is empty only for records without fields.
 */
export function explain(lines: ChangedLines): FieldChange[] {
  return changedFields(lines).flatMap((change) => insideJson(change) ?? [change]);
}

function insideJson(change: FieldChange): FieldChange[] | null {
  const before = treeOf(change.before);
  const after = treeOf(change.after);
  if (before === null || after === null || Array.isArray(before) !== Array.isArray(after)) return null;
  const places = placesBetween(before, after);
  if (places.length === 0 || places.length > MAX_PATHS) return null;
  return places.map(({ path, before, after }) => ({
    ...change,
    path,
    before: shown(before),
    after: shown(after),
  }));
}

function treeOf(encoded: string | null | undefined): JsonTree | null {
  if (encoded === null || encoded === undefined) return null;
  const value = decodeValue(encoded);
  return value.form === 'text' ? jsonTree(value.text, LIMITS) : null;
}

function identityOf(item: object): string {
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(item));
  for (const name of IDENTIFYING) {
    const value = members.get(name);
    if (typeof value === 'string') return `${name} ${value}`;
  }
  return JSON.stringify(item);
}

/** One place inside a value; undefined where it does not exist on that side. */
interface Place {
  /** RFC 6901 JSON pointer. */
  readonly path: string;
  readonly before: JsonTree | undefined;
  readonly after: JsonTree | undefined;
}

/** None when the differ finds none or fails: it only explains, and must not take the change with it (invariant 3). */
function placesBetween(before: JsonTree, after: JsonTree): Place[] {
  const differ = create({ objectHash: identityOf, arrays: { detectMove: false } });
  try {
    return placesOf((differ.diff(before, after) ?? {}) as TreeDelta, '');
  } catch {
    return [];
  }
}

/** The differ's answer for two trees, where they differ. */
type TreeDelta = Leaf | Branch;
/** `[new]`, `[old, new]` or `[old, 0, 0]`. */
type Leaf = readonly [JsonTree] | readonly [JsonTree, JsonTree] | readonly [JsonTree, 0, 0];
/** Deltas by key; of an array, which `_t` marks, `_3` is what stood at position 3 before, `3` what stands there after. */
interface Branch {
  readonly [key: string]: TreeDelta | 'a';
}

function placesOf(delta: TreeDelta, path: string): Place[] {
  if (isLeaf(delta)) return [placeOf(delta, path)];
  if (delta['_t'] === 'a') return arrayPlaces(delta, path);
  return innerDeltas(delta).flatMap(([key, inner]) =>
    placesOf(inner, `${path}/${pointerToken(unmarkedKey(key))}`),
  );
}

function isLeaf(delta: TreeDelta): delta is Leaf {
  return Array.isArray(delta);
}

function innerDeltas(branch: Branch): (readonly [string, TreeDelta])[] {
  return Object.entries(branch).flatMap(([key, inner]) => (inner === 'a' ? [] : [[key, inner] as const]));
}

function placeOf(leaf: Leaf, path: string): Place {
  if (leaf.length === 1) return { path, before: undefined, after: leaf[0] };
  return { path, before: leaf[0], after: leaf.length === 3 ? undefined : leaf[1] };
}

function arrayPlaces(delta: Branch, path: string): Place[] {
  const places = new Map<string, Place[]>();
  for (const [index, inner] of innerDeltas(delta)) {
    const at = `${path}/${index.replace('_', '')}`;
    places.set(at, [...(places.get(at) ?? []), ...placesOf(inner, at)]);
  }
  return [...places.values()].flatMap(replacedInPlace);
}

function replacedInPlace(places: Place[]): Place[] {
  const removed = places.find((place) => place.after === undefined);
  const added = places.find((place) => place.before === undefined);
  if (removed === undefined || removed.path !== added?.path) return places;
  // What the differ took for another item may say the same.
  if (JSON.stringify(removed.before) === JSON.stringify(added.after)) return [];
  return [{ path: removed.path, before: removed.before, after: added.after }];
}

function shown(node: JsonTree | undefined): string | undefined {
  return node === undefined ? undefined : encodeValue({ form: 'text', text: nodeText(node) });
}

const pointerToken = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
