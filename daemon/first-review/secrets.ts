import { counted } from '../wording.js';
import { isNo, type ReviewedCollection, type ReviewRule, type Suspicion, textOf } from './suspicion.js';

const WORDS =
  'pass_?word|pass_?phrase|passwd|secret|token|api_?key|private_?key|credential|mnemonic|seed_?phrase';
const SECRET_NAME = new RegExp(WORDS, 'i');
/** Names that tell of a secret and are none: when it was changed, how often, whose it is. */
const ABOUT_A_SECRET =
  /(?:_at|_on|_date|_time|_count|_id|_type|_policy|changed|expir\w*|updated|created|enabled|required)$/i;
const SECRET_MEMBER = new RegExp(`"([^"\\\\]{0,64}(?:${WORDS})[^"\\\\]{0,64})"\\s*:\\s*"[^"]`, 'gi');
/** The part of a json text that is looked at, in UTF-16 code units, and members of a column that are named. */
const MAX_CHARACTERS = 64 * 1024;
const MAX_MEMBERS = 5;

export const plainSecrets: ReviewRule = {
  name: 'plain-secrets',
  found: (count) => `${counted(count, 'column')} that may hold secrets in plain text`,
  advice:
    'Such values would stand in signed files and messages for everybody to read: name the column under `secret` before you sign.',
  ask: (site) => {
    // What a sensor reads is code and rights of the database, which hold such words.
    const collections = site.all().filter(({ kind }) => kind !== 'sensor');
    return {
      looked: collections.reduce((sum, { records }) => sum + records.length, 0),
      suspicions: collections.flatMap((collection) =>
        collection.columns.flatMap((column) => ofColumn(collection, column)),
      ),
    };
  },
};

/** What of a column looks like a secret. A column named under `secret` has no plain text. Values are never shown. */
function ofColumn(collection: ReviewedCollection, column: string): Suspicion[] {
  const isNamed = SECRET_NAME.test(column) && !ABOUT_A_SECRET.test(column);
  const members = new Set<string>();
  for (const record of collection.records) {
    const encoded = record.encoded(column);
    const text = isNo(encoded) ? null : textOf(encoded);
    if (text === null) continue;
    if (isNamed && !/^(?:t|true|y|yes|on|1)$/i.test(text)) return [named(collection, column, [])];
    if (!/^\s*[[{]/.test(text)) continue;
    for (const [, member = ''] of text.slice(0, MAX_CHARACTERS).matchAll(SECRET_MEMBER)) {
      if (!ABOUT_A_SECRET.test(member)) members.add(member);
      if (members.size >= MAX_MEMBERS) break;
    }
    if (members.size >= MAX_MEMBERS) break;
  }
  return members.size === 0 ? [] : [named(collection, column, [...members])];
}

function named(collection: ReviewedCollection, column: string, members: readonly string[]): Suspicion {
  return {
    collection: collection.name,
    record: [
      { name: 'column', value: { untrusted: column } },
      ...members.map((member) => ({ name: 'member', value: { untrusted: member } })),
    ],
  };
}
