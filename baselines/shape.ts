import type { JsonValue } from './canonical.js';
import { BaselineError } from './errors.js';

/** Readers of what our documents are made of. Each function returns the value, or throws `BASELINE_FORMAT` naming `where`. */

type JsonObject = { readonly [name: string]: JsonValue };

/** An object with exactly these names: no fewer and no more, so that nothing unread is ever signed. */
export function exactObject<Name extends string>(
  value: JsonValue | undefined,
  names: readonly Name[],
  where: string,
): Record<Name, JsonValue> {
  return objectWith(value, names, [], where) as Record<Name, JsonValue>;
}

/** The same, where the names in `optional` may be left out. */
export function objectWith<Name extends string, Optional extends string>(
  value: JsonValue | undefined,
  names: readonly Name[],
  optional: readonly Optional[],
  where: string,
): Record<Name, JsonValue> & Partial<Record<Optional, JsonValue>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, 'an object');
  const object = value as JsonObject;
  const there = optional.filter((name) => Object.hasOwn(object, name));
  const found = Object.keys(object).length;
  if (found !== names.length + there.length || !names.every((name) => Object.hasOwn(object, name))) {
    const more = optional.length === 0 ? '' : `, and at most ${optional.join(', ')}`;
    refuse(where, `an object with exactly ${names.join(', ')}${more}`);
  }
  return object as Record<Name, JsonValue> & Partial<Record<Optional, JsonValue>>;
}

export function list(value: JsonValue, most: number, where: string): readonly JsonValue[] {
  if (!Array.isArray(value) || value.length > most) refuse(where, `a list of at most ${most}`);
  return value as readonly JsonValue[];
}

/** Text of 1 to `most` UTF-16 code units. */
export function text(value: JsonValue, most: number, where: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > most) {
    refuse(where, `text of 1 to ${most} characters`);
  }
  return value;
}

export function matching(value: JsonValue, pattern: RegExp, where: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) refuse(where, `text like ${pattern.source}`);
  return value;
}

export function oneOf<Choice extends string>(
  value: JsonValue,
  choices: readonly Choice[],
  where: string,
): Choice {
  const choice = choices.find((one) => one === value);
  return choice ?? refuse(where, `one of ${choices.join(', ')}`);
}

export function integer(value: JsonValue, least: number, most: number, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    refuse(where, `a whole number from ${least} to ${most}`);
  }
  return value;
}

export const NAME = /^[a-z0-9-]{1,63}$/;
/** Name of a collection. */
export const COLLECTION = /^[a-z][a-z0-9_]{0,62}$/;
const HEX_DIGEST = /^[0-9a-f]{64}$/;

export function digest(value: JsonValue, where: string): string {
  return matching(value, HEX_DIGEST, where);
}

/** A UTC instant as `Date.prototype.toISOString` writes it: `2026-11-24T08:00:00.000Z`. */
export function instant(value: JsonValue, where: string): string {
  const written = matching(value, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, where);
  const ms = Date.parse(written);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== written) refuse(where, 'a UTC instant that exists');
  return written;
}

/** Texts that are there once each. */
export function distinct<Value extends string>(values: readonly Value[], where: string): readonly Value[] {
  if (new Set(values).size !== values.length) refuse(where, 'a list without repetition');
  return values;
}

/** Texts in ascending order of their UTF-16 code units, once each: a set has one spelling. */
export function ascending<Value extends string>(values: readonly Value[], where: string): readonly Value[] {
  values.forEach((value, i) => {
    const previous = values[i - 1];
    if (previous !== undefined && !(previous < value)) refuse(where, 'in ascending order without repetition');
  });
  return values;
}

export function refuse(where: string, needed: string): never {
  throw new BaselineError('BASELINE_FORMAT', `${where} must be ${needed}.`);
}
