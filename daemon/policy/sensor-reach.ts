import { type ExpectedObjects, type Kind, parseRecordLine } from '../../baselines/index.js';
import type { ChangeType } from '../drift/change.js';
import type { ChangedLines } from '../drift/fields.js';
import {
  ANNOUNCED_OBJECTS,
  PLACE,
  PLACE_IDENTITY,
  RANKED_OBJECTS,
  type RankedObject,
  type Reach,
  SHOWN_CODE_CHARACTERS,
  SPEAKS_OF_MONEY,
  WITHHELD_CODE,
} from '../sources/sensor.js';

const COMES_OR_GOES: ReadonlySet<ChangeType> = new Set(['added', 'removed']);

/** What a change of a sensor is about, by what every side of it says. What says nothing, or cannot be understood, may reach everything. */
export interface SensorChange {
  /** It reaches nothing that is watched, or is what we print for the owner to run. */
  readonly slight: boolean;
  /** The sort of object and its schema, by which rules may rank it; null where it hangs on something watched, or is ours. */
  readonly ranked: { readonly object: RankedObject; readonly schema: string | null } | null;
}

/** Undefined for collections of other kinds. */
export function sensorChange(
  kind: Kind,
  type: ChangeType,
  { before, after }: ChangedLines,
): SensorChange | undefined {
  if (kind !== 'sensor') return undefined;
  const sides = (before === null ? after : [before, ...after]).map(sideOf);
  const reaches = sides.map(({ definition }) => definition?.['reach']);
  if (type === 'ambiguous' || sides.length === 0) return { slight: false, ranked: null };
  const sameOwner = new Set(sides.map(({ owner }) => owner)).size === 1;
  const slight = reaches.every((reach) => isSlightReach(reach, type, sameOwner));
  const ours: Reach = 'ours';
  // What of ours goes is as critical as before: no rule or mute by its sort plays that down.
  const isRanked = reaches.every((reach) => typeof reach === 'string' && reach !== ours);
  const ranked = isRanked ? objectOf(sides[0]) : null;
  return { slight, ranked };
}

function isSlightReach(reach: unknown, type: ChangeType, sameOwner: boolean): boolean {
  const [nothing, byItself, ours]: readonly Reach[] = ['nothing watched', 'nothing by itself', 'ours'];
  if (reach === ours) return type !== 'removed' && sameOwner;
  return reach === nothing || (reach === byItself && COMES_OR_GOES.has(type));
}

/** True when what is there now is exactly what we print for the owner to run. */
export function isOurs(type: ChangeType, lines: ChangedLines): boolean {
  const ours: Reach = 'ours';
  return (
    sensorChange('sensor', type, lines)?.slight === true &&
    lines.after.every((line) => sideOf(line).definition?.['reach'] === ours)
  );
}

/**
 * What a change of a sensor says of the place that is read. `another`: its record of itself says that it is another cluster, database or major
 * version. `follows`: the object is as signed but for what another place writes otherwise, which tells nothing unless the place is another one.
 */
export function placeChange(type: ChangeType, { before, after }: ChangedLines): 'another' | 'follows' | null {
  const [line, ...more] = after;
  if (type !== 'modified' || before === null || line === undefined || more.length > 0) return null;
  const [was, is] = [sideOf(before), sideOf(line)];
  const [wasPlace, isPlace] = [placeOf(was), placeOf(is)];
  if (wasPlace === null || isPlace === null || same(wasPlace, isPlace)) return null;
  const names = PLACE_IDENTITY.every((name) => name in wasPlace && name in isPlace);
  if (names) return 'another';
  const rest = ({ definition }: Side) => ({ ...definition, [PLACE]: null });
  return was.owner === is.owner && same(rest(was), rest(is)) ? 'follows' : null;
}

/** The end of a mute's key that names all objects of a sort in one schema. */
export const ALL_OF_SCHEMA = '.*';

/**
 * True when the key of a mute names all objects of one sort in one schema, `["function","reports.*"]`, and this change of a sensor is of one of them. No
 * object has such a name: the server would write it in quotes. What hangs on something watched is never named so.
 */
export function isSortMuted(
  key: readonly string[],
  kind: Kind,
  { type, ...lines }: ChangedLines & { readonly type: ChangeType },
): boolean {
  const [object, identity = '', ...more] = key;
  if (more.length > 0 || !identity.endsWith(ALL_OF_SCHEMA)) return false;
  const ranked = sensorChange(kind, type, lines)?.ranked;
  return ranked?.object === object && ranked?.schema === unquoted(identity.slice(0, -ALL_OF_SCHEMA.length));
}

/**
 * True when people who announced objects of a sort and schema meant this change of a sensor: one that could also be muted so, of code and the shape of
 * tables only, which gives nobody another right, runs with nobody else's, is shown whole and does not speak of money.
 */
export function isAnnounced(
  { object, schema }: Pick<ExpectedObjects, 'object' | 'schema'>,
  kind: Kind,
  { type, before, after }: ChangedLines & { readonly type: ChangeType },
): boolean {
  const ranked = sensorChange(kind, type, { before, after })?.ranked;
  if (ranked == null || ranked.object !== object || ranked.schema !== schema) return false;
  const lines = before === null ? after : [before, ...after];
  const sides = lines.map(sideOf);
  return (
    ANNOUNCED_OBJECTS.some((one) => one === object) &&
    !lines.some((line) => SPEAKS_OF_MONEY.test(line)) &&
    sides.every(isShownPlainCode) &&
    new Set(sides.map(rightsOf)).size === 1
  );
}

function isShownPlainCode({ definition }: Side): boolean {
  const isWhole = (value: unknown) =>
    typeof value !== 'string' || (value.length < SHOWN_CODE_CHARACTERS && value !== WITHHELD_CODE);
  return definition?.['securityDefiner'] !== true && Object.values(definition ?? {}).every(isWhole);
}

/** Whose it is, and who may use it. */
function rightsOf({ owner, definition }: Side): string {
  return JSON.stringify([owner, definition?.['grants'] ?? null]);
}

function unquoted(name: string): string {
  return /^"((?:[^"]|"")+)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name;
}

/** The sort and schema of an object that hangs on nothing watched, out of its record; null for any other. */
export function rankedObject(record: {
  readonly key: readonly (string | null)[];
  readonly fields: ReadonlyMap<string, string | null>;
}): SensorChange['ranked'] {
  const side = sideOfRecord(record);
  return typeof side.definition?.['reach'] === 'string' ? objectOf(side) : null;
}

type JsonObject = Readonly<Record<string, unknown>>;

interface Side {
  readonly key: readonly (string | null)[];
  readonly owner: string | null;
  /** Null where it is not a JSON object. */
  readonly definition: JsonObject | null;
}

function sideOf(line: string): Side {
  return sideOfRecord(parseRecordLine(line));
}

function sideOfRecord({ key, fields }: Parameters<typeof rankedObject>[0]): Side {
  return { key, owner: fields.get('owner') ?? null, definition: jsonObject(fields.get('definition')) };
}

function jsonObject(text: string | null | undefined): JsonObject | null {
  try {
    return objectIn(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}

function objectIn(value: unknown): JsonObject | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value)) : null;
}

const placeOf = ({ definition }: Side): JsonObject | null => objectIn(definition?.[PLACE]);
/** Both come out of canonical text, so their members stand in one order. */
const same = (a: JsonObject, b: JsonObject): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A record's key is the sort of object and its name, with its schema in front; names with dots stand in double quotes. */
function objectOf(side: Side | undefined): SensorChange['ranked'] {
  const object = RANKED_OBJECTS.find((one) => one === side?.key[0]);
  if (object === undefined) return null;
  const [, quoted, plain] = /^(?:"((?:[^"]|"")+)"|([^".:( ]+))(?:\.|$)/.exec(side?.key[1] ?? '') ?? [];
  return { object, schema: quoted?.replaceAll('""', '"') ?? plain ?? null };
}
