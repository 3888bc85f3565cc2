import {
  type CollectionSnapshot,
  type Definition,
  decodeValue,
  type Fields,
} from '../../../baselines/index.js';
import { linesWithKey } from '../../drift/find.js';
import { ALL_OF_SCHEMA } from '../../policy/sensor-reach.js';
import { recordsAlike } from '../../policy/suppress.js';
import { RANKED_OBJECTS, type Sensor } from '../../sources/sensor.js';

/** What a suppression says of one record: its key and, of one that is to be there, its fields. Encoded. */
interface RecordSaid {
  /** Null: under a key that the database chooses. */
  readonly key: readonly string[] | null;
  /** Null: nothing, or that it is gone. */
  readonly fields: Fields | null;
  /** It is new. */
  readonly appears: boolean;
}

/**
 * Tells of suppressed records of a collection why nothing that a site can ever tell is about one of them, so that its suppression would be without effect, silently
 * (invariant 10). In our words but for names of columns; null where something may be. `sensors`: of every kind of source.
 */
export function createNeverMatches(
  snapshot: CollectionSnapshot,
  sensors: readonly Sensor[],
): (said: RecordSaid) => string | null {
  const { definition } = snapshot;
  const sensor =
    definition.kind === 'sensor' ? sensors.find(({ table }) => table === definition.table) : undefined;
  let alike: ((fields: Fields | null) => boolean) | null = null;
  return (said) => {
    const { key, fields, appears } = said;
    if (key !== null && linesWithKey(snapshot, JSON.stringify(key)).length > 0)
      return fixedOtherwise(definition, said);
    if (appears && definition.history === true)
      return 'a new record of a history is no change, and is told to nobody';
    const never =
      secretKey(definition, said) ??
      fixedOtherwise(definition, said) ??
      (sensor === undefined ? null : noObject(sensor, said));
    if (never !== null || key !== null) return never;
    alike ??= recordsAlike(snapshot);
    return alike(fields)
      ? 'the baseline holds a record like it under another key, and nobody can tell the two apart; give its key'
      : null;
  };
}

function secretKey({ key: columns, secret }: Definition, { key }: RecordSaid): string | null {
  const sealed = key === null ? undefined : columns.find((column) => secret.includes(column));
  if (sealed === undefined) return null;
  return `${sealed} is secret: of it a fingerprint is compared, which no text is; mute the whole collection`;
}

/** Where rows count by a fixed value, no record of another one is read. */
function fixedOtherwise({ key: columns, derive }: Definition, { key, fields }: RecordSaid): string | null {
  if (derive?.json !== undefined) return null;
  const values = new Map([...columns.map((column, i) => [column, key?.[i]] as const), ...(fields ?? [])]);
  const other = (derive?.where ?? []).find(({ column, is }) => {
    const value = values.get(column);
    if (value === undefined) return false;
    const plain = value === null ? null : decodeValue(value);
    return plain === null || (plain.form === 'text' && plain.text !== is);
  });
  return other === undefined
    ? null
    : `only rows whose ${other.column} is one fixed value are read, and this is another`;
}

function noObject({ objects, saysReach }: Sensor, { key }: RecordSaid): string | null {
  const [object = '', identity = ''] = key ?? [];
  if (key === null || objects === undefined) return null;
  if (!objects.includes(object)) {
    return `the sensor of this source has no such sort of object; it has ${[...objects].sort().join(', ')}`;
  }
  if (!identity.endsWith(ALL_OF_SCHEMA)) return null;
  if (saysReach !== true)
    return 'this sensor does not say what an object reaches, so all of one schema cannot be named; name one object';
  return RANKED_OBJECTS.some((one) => one === object)
    ? null
    : `objects of this sort are named one by one; by their schema ${RANKED_OBJECTS.join(', ')}`;
}
