import { normalizeJsonText } from '../../../../baselines/index.js';
import { membersOf } from './members.js';

/** Levels of objects and arrays. Settings have five; each level costs a walk over the text. */
const MAX_DEPTH = 32;
/** UTF-16 code units of a text that is interpreted. */
export const MAX_DOCUMENT = 4 * 1024 * 1024;

/** A value of JSON in the normal form of `normalizeJsonText`. Its members are taken apart when they are first asked for, once for all who ask. */
export class JsonPart {
  #members: readonly (readonly [name: string, value: JsonPart])[] | null | undefined;

  constructor(readonly text: string) {}

  /** In their order; null when it is no object. */
  get members(): readonly (readonly [name: string, value: JsonPart])[] | null {
    if (this.#members === undefined) {
      const members = membersOf(this.text);
      this.#members = members?.map(([name, text]) => [name, new JsonPart(text)] as const) ?? null;
    }
    return this.#members;
  }
}

/** Null when the text cannot be interpreted: two parsers might read it differently, or it is too long or too deep. */
export function jsonDocument(text: string): JsonPart | null {
  const normal = normalizeJsonText(text, { maxDepth: MAX_DEPTH, maxLength: MAX_DOCUMENT });
  return normal.ok ? new JsonPart(normal.text) : null;
}
