import { decodeValue, encodeValue } from '../../baselines/index.js';
import type { FieldChange } from './change.js';
import { jsonMembers } from './json-members.js';

const LIMITS = { maxCharacters: 256 * 1024, maxNodes: 200, maxDepth: 8, maxPointerCharacters: 16 * 1024 };
/** What runs, and when: people read it before anything else. */
const READ_FIRST = /^\/(source|body|definition|text|condition|function|statement)$/;
/** A member that is absent, switched off or empty tells nothing of an object that is new. */
const SAYS_NOTHING = new Set(['null', 'false', '[]', '{}', '']);

/**
 * The members of a JSON value that stands on one side only, each as a place of its own, what runs first; the value whole where it is no such
 * JSON. It is for people: a text inside a cut value is a text that nobody reads.
 */
export function membersOfOneSide(change: FieldChange): FieldChange[] {
  const { before, after, path } = change;
  const only = after ?? before;
  if (path !== undefined || ((before ?? null) !== null) === ((after ?? null) !== null)) return [change];
  const value = only == null ? null : decodeValue(only);
  const members = value?.form === 'text' ? jsonMembers(value.text, LIMITS) : null;
  if (members === null) return [change];
  const places = [...members].flatMap(([place, { values }]) =>
    values
      .filter((text) => !SAYS_NOTHING.has(text))
      .map((text) => ({ place, encoded: encodeValue({ form: 'text', text }) })),
  );
  if (places.length === 0) return [change];
  const rank = ({ place }: { readonly place: string }) => (READ_FIRST.test(place) ? 0 : 1);
  return places
    .sort((a, b) => rank(a) - rank(b))
    .map(({ place, encoded }) => ({
      ...change,
      path: place,
      ...((after ?? null) === null ? { before: encoded } : { after: encoded }),
    }));
}
