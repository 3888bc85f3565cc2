import { normalizeJsonText } from '../../../../baselines/index.js';
import { membersOf } from './members.js';

/** Levels of objects and arrays. Settings have five; each level costs a walk over the text. */
const MAX_DEPTH = 32;
/** UTF-16 code units of a text that is interpreted. */
export const MAX_DOCUMENT = 4 * 1024 * 1024;

/** A value of JSON in the normal form of `normalizeJsonText`. Its members are taken apart when they are first asked for, once for all who ask. */
export class JsonPart {
  #members: readonly (readonly [name: string, value: JsonPart])[] | null | undefined;
  #byName: ReadonlyMap<string, JsonPart> | undefined;
  /** By what came after it; neither keeps the other. */
  #changed: WeakMap<JsonPart, readonly ChangedMember[]> | undefined;

  constructor(readonly text: string) {}

  /** In their order; null when it is no object. */
  get members(): readonly (readonly [name: string, value: JsonPart])[] | null {
    if (this.#members === undefined) {
      const members = membersOf(this.text);
      this.#members = members?.map(([name, text]) => [name, new JsonPart(text)] as const) ?? null;
    }
    return this.#members;
  }

  get #named(): ReadonlyMap<string, JsonPart> {
    this.#byName ??= new Map(this.members);
    return this.#byName;
  }

  /** Members that only this object or the one that came after it has, letter by letter; looked for once for all who ask. Of what is no object there are none. */
  changedIn(now: JsonPart): readonly ChangedMember[] {
    this.#changed ??= new WeakMap();
    const known = this.#changed.get(now);
    if (known !== undefined) return known;
    const changed = this.#changedIn(now);
    this.#changed.set(now, changed);
    return changed;
  }

  #changedIn(now: JsonPart): ChangedMember[] {
    const changed: ChangedMember[] = [];
    for (const [name, value] of this.#named) {
      const other = now.#named.get(name);
      if (other?.text !== value.text) changed.push([name, value, other]);
    }
    for (const [name, value] of now.#named)
      if (!this.#named.has(name)) changed.push([name, undefined, value]);
    return changed;
  }
}

export type ChangedMember = readonly [name: string, before: JsonPart | undefined, now: JsonPart | undefined];

/** Null when the text cannot be interpreted: two parsers might read it differently, or it is too long or too deep. */
export function jsonDocument(text: string): JsonPart | null {
  const normal = normalizeJsonText(text, { maxDepth: MAX_DEPTH, maxLength: MAX_DOCUMENT });
  return normal.ok ? new JsonPart(normal.text) : null;
}
