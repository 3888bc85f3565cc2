import { create } from 'jsondiffpatch';
import { decodeValue, encodeValue } from '../../baselines/index.js';
import type { FieldChange } from './change.js';
import { namesDestination } from './destination.js';
import { type ChangedLines, changedFields } from './fields.js';
import { jsonMembers, type Members } from './json-members.js';
import { pointerToken } from './json-pointer.js';
import { type JsonTree, jsonTree, nodeText, unmarkedKey } from './json-tree.js';

/** Pairing the items of two arrays costs the product of their lengths, hence the limit on items. */
const LIMITS = {
  maxCharacters: 256 * 1024,
  maxNodes: 10_000,
  maxArrayItems: 100,
  maxDepth: 32,
  maxPointerCharacters: 4 * 1024 * 1024,
};
/** Differences inside one value that are shown; the rest is counted. */
const MAX_PLACES = 100;
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
  const places = placesInTrees(change) ?? placesAmongMembers(change);
  if (places === null || places.length === 0) return null;
  const leftOut = places.length - MAX_PLACES;
  return (leftOut > 0 ? byMeaning(places) : places)
    .slice(0, MAX_PLACES)
    .map(({ path, before, after, times }, index) => ({
      ...change,
      path,
      before: encoded(before),
      after: encoded(after),
      ...(times === undefined ? {} : { times }),
      ...(leftOut > 0 && index === MAX_PLACES - 1 ? { placesLeftOut: leftOut } : {}),
    }));
}

/** Places that say where money goes first; those where something stood before, which nobody can multiply, before new ones. */
function byMeaning(places: readonly ShownPlace[]): ShownPlace[] {
  const rank = ({ name, before }: ShownPlace) =>
    (namesDestination('wallet-route', name) ? 0 : 2) + (before === undefined ? 1 : 0);
  return places
    .map((place) => ({ place, rank: rank(place) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ place }) => place);
}

/** A place as people see it. */
interface ShownPlace {
  readonly path: string;
  /** Last key on the way to it. */
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** How often a member stands there on one of the sides, when more than once. */
  readonly times?: number;
}

/** Null where a side is no JSON that a tree can show. */
function placesInTrees({ before, after }: FieldChange): ShownPlace[] | null {
  const [was, is] = [treeOf(before), treeOf(after)];
  if (was === null || is === null || Array.isArray(was) !== Array.isArray(is)) return null;
  return placesBetween(was, is).map((place) => ({
    ...place,
    before: shown(place.before),
    after: shown(place.after),
  }));
}

/** For JSON that gives a member twice, of which parsers take one or the other. Null where a side is no such JSON. */
function placesAmongMembers(change: FieldChange): ShownPlace[] | null {
  const [was, is] = [membersOf(change.before), membersOf(change.after)];
  if (was === null || is === null) return null;
  const isTwice = ({ values }: Members) => values.length > 1;
  if (![was, is].some((side) => [...side.values()].some(isTwice))) return null;
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((path) => {
    const [before, after] = [was.get(path), is.get(path)];
    return differingMembers(path, before, after);
  });
}

function differingMembers(path: string, before?: Members, after?: Members): ShownPlace[] {
  const [was, is] = [before?.values ?? [], after?.values ?? []];
  const times = Math.max(was.length, is.length);
  if (was.length === is.length && was.every((value, index) => value === is[index])) return [];
  const name = before?.name ?? after?.name ?? '';
  return Array.from({ length: times }, (_, index) => ({
    ...{ path, name, before: was[index], after: is[index] },
    ...(times > 1 ? { times } : {}),
  }));
}

function membersOf(encodedText: string | null | undefined): ReadonlyMap<string, Members> | null {
  if (encodedText === null || encodedText === undefined) return null;
  const value = decodeValue(encodedText);
  return value.form === 'text' || value.form === 'raw-json' ? jsonMembers(value.text, LIMITS) : null;
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
  /** Last key on the way to it. */
  readonly name: string;
  readonly before: JsonTree | undefined;
  readonly after: JsonTree | undefined;
}

/** None when the differ finds none or fails: it only explains, and must not take the change with it (invariant 3). */
function placesBetween(before: JsonTree, after: JsonTree): Place[] {
  const differ = create({ objectHash: identityOf, arrays: { detectMove: false } });
  try {
    return placesOf((differ.diff(before, after) ?? {}) as TreeDelta, '', '');
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

function placesOf(delta: TreeDelta, path: string, name: string): Place[] {
  if (isLeaf(delta)) return [placeOf(delta, path, name)];
  if (delta['_t'] === 'a') return arrayPlaces(delta, path, name);
  return innerDeltas(delta).flatMap(([marked, inner]) => {
    const key = unmarkedKey(marked);
    return placesOf(inner, `${path}/${pointerToken(key)}`, key);
  });
}

function isLeaf(delta: TreeDelta): delta is Leaf {
  return Array.isArray(delta);
}

function innerDeltas(branch: Branch): (readonly [string, TreeDelta])[] {
  return Object.entries(branch).flatMap(([key, inner]) => (inner === 'a' ? [] : [[key, inner] as const]));
}

function placeOf(leaf: Leaf, path: string, name: string): Place {
  if (leaf.length === 1) return { path, name, before: undefined, after: leaf[0] };
  return { path, name, before: leaf[0], after: leaf.length === 3 ? undefined : leaf[1] };
}

function arrayPlaces(delta: Branch, path: string, name: string): Place[] {
  const places = new Map<string, Place[]>();
  for (const [index, inner] of innerDeltas(delta)) {
    const at = `${path}/${index.replace('_', '')}`;
    places.set(at, [...(places.get(at) ?? []), ...placesOf(inner, at, name)]);
  }
  return [...places.values()].flatMap(replacedInPlace);
}

function replacedInPlace(places: Place[]): Place[] {
  const removed = places.find((place) => place.after === undefined);
  const added = places.find((place) => place.before === undefined);
  if (removed === undefined || removed.path !== added?.path) return places;
  // What the differ took for another item may say the same.
  if (JSON.stringify(removed.before) === JSON.stringify(added.after)) return [];
  return [{ ...removed, after: added.after }];
}

function shown(node: JsonTree | undefined): string | undefined {
  return node === undefined ? undefined : nodeText(node);
}

function encoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : encodeValue({ form: 'text', text });
}
