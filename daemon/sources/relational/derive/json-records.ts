import { encodeValue, type JsonRecords, normalizeJsonText, sha256Hex } from '../../../../baselines/index.js';
import type { JsonPart } from './json-document.js';
import { createMemberRules, type Take } from './member-rules.js';

/** A record out of JSON: its key's parts in the definition's order and its fields by name, encoded, before anything is sealed. */
export interface DerivedRecord {
  readonly key: readonly (string | null)[];
  readonly fields: ReadonlyMap<string, string | null>;
}

export interface JsonRecordLimits {
  /** Records out of one text; more are refused by returning null. */
  readonly maxRecords: number;
  /** UTF-8 bytes of a value; a longer one becomes its length and digest. */
  readonly maxValueBytes: number;
}

/** Interpreter of one column of JSON, whose documents are given as `jsonDocument` has them. */
export interface JsonInterpreter {
  /** The records of a document; null when they are too many. The paths of rules that matched a member are put into `matched`. */
  recordsOf(document: JsonPart | null, matched?: Set<string>): readonly DerivedRecord[] | null;
  /** True only when no rule takes anything of what one document has and the other has not: they have the same records then, and the same rules matched. */
  areAlike(before: JsonPart, now: JsonPart): boolean;
}

/** Throws for a path that is no pattern: those are refused at the start. */
export function createJsonRecords(
  json: JsonRecords,
  key: readonly string[],
  limits: JsonRecordLimits,
): JsonInterpreter {
  const { rules, walk, takesOfDifference } = createMemberRules(json);
  const places = new Map(
    rules.map(({ pattern }) => [pattern, key.map((name) => pattern.parts.indexOf(name))]),
  );
  const recordsOf: JsonInterpreter['recordsOf'] = (document, matched = new Set()) => {
    // What cannot be interpreted is one record without a key: a change whatever was signed, that quotes nothing of the text.
    const unreadable: DerivedRecord[] = [{ key: key.map(() => null), fields: new Map() }];
    const found = new Map<string, { key: readonly string[]; fields: Map<string, string | null> }>();
    // Two members that become one field of one record: both stand, so that the record is in doubt and neither can hide behind the other.
    const twins: DerivedRecord[] = [];
    const take: Take = (rule, parts, value) => {
      matched.add(rule.pattern.text);
      const own = (places.get(rule.pattern) ?? []).map((place) =>
        encodeValue({ form: 'text', text: parts[place] ?? '' }),
      );
      const id = JSON.stringify(own);
      const record = found.get(id) ?? { key: own, fields: new Map<string, string | null>() };
      found.set(id, record);
      const fields = new Map<string, string | null>([
        [rule.field, encodeMember(value, limits.maxValueBytes)],
      ]);
      if (rule.host !== undefined) fields.set(rule.host, hostOf(value));
      if ([...fields.keys()].some((name) => record.fields.has(name))) twins.push({ key: own, fields });
      else for (const [name, one] of fields) record.fields.set(name, one);
      return found.size + twins.length <= limits.maxRecords;
    };
    // A root that is no object, or an empty one, has no path that a rule could name.
    const root = document?.members ?? null;
    if (root === null) return unreadable;
    if (!root.every(([name, member]) => walk([name], member, take))) return null;
    return [...found.values(), ...twins];
  };
  return {
    recordsOf,
    areAlike: (before, now) =>
      before.members !== null &&
      now.members !== null &&
      !before.changedIn(now).some(([name, one, other]) => takesOfDifference([name], one, other)),
  };
}

/**
 * A value of JSON as people read it: a string without its quotes unless it would then read as another value of JSON, all else as written. So
 * `5`, `"5"`, `null` and `"null"` stay apart.
 */
export function memberText(normal: string): string {
  if (!normal.startsWith('"')) return normal;
  const text = String(JSON.parse(normal));
  return COULD_BE_JSON.test(text) && normalizeJsonText(text).ok ? normal : text;
}

const COULD_BE_JSON = /^[\s"{[\-0-9tfn]/;

function encodeMember(value: string, maxBytes: number): string {
  const text = memberText(value);
  const bytes = Buffer.byteLength(text);
  return bytes > maxBytes
    ? encodeValue({ form: 'digest', bytes, sha256: sha256Hex(text) })
    : encodeValue({ form: 'text', text });
}

/** `https://example.org:8443` of a URL; null of anything else. User, password, path and query are left out. */
function hostOf(value: string): string | null {
  if (!value.startsWith('"')) return null;
  const text = String(JSON.parse(value));
  if (!URL.canParse(text)) return null;
  const { protocol, host } = new URL(text);
  return host === '' ? null : encodeValue({ form: 'text', text: `${protocol}//${host}` });
}
