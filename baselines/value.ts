/**
 * A record's values are text or null. Some values cannot be carried as themselves (too large, secret, JSON our
 * parser refuses); they are carried as a marked text. Marks start with `~`, and a plain text that starts with `~` gets
 * one more, so no value of the watched system can imitate a mark: `encodeValue` is injective.
 */
export type Value =
  /** The value itself. */
  | { readonly form: 'text'; readonly text: string }
  /** A value over the limit: its length in bytes and the SHA-256 of its bytes. */
  | { readonly form: 'digest'; readonly bytes: number; readonly sha256: string }
  /** A secret: hex HMAC-SHA-256, bound to site, collection, column and key. */
  | { readonly form: 'hmac'; readonly hmac: string }
  /** The raw text of a json column that our strict parser refuses. */
  | { readonly form: 'raw-json'; readonly text: string }
  /** A secret of which nobody knows more than that there is one. Only in what people expect, never in a record. */
  | { readonly form: 'set' };

const SET = '~set';

/** The text that stands for a value in a record. */
export function encodeValue(value: Value): string {
  switch (value.form) {
    case 'text':
      return value.text.startsWith('~') ? `~${value.text}` : value.text;
    case 'digest':
      return `~digest:${value.bytes}:${value.sha256}`;
    case 'hmac':
      return `~hmac:${value.hmac}`;
    case 'raw-json':
      return `~raw-json:${value.text}`;
    case 'set':
      return SET;
  }
}

/** The inverse of `encodeValue`. An unknown mark (a newer writer's) is read as plain text, mark included. */
export function decodeValue(encoded: string): Value {
  if (!encoded.startsWith('~')) return { form: 'text', text: encoded };
  if (encoded.startsWith('~~')) return { form: 'text', text: encoded.slice(1) };
  const digest = /^~digest:(\d{1,16}):([0-9a-f]{64})$/.exec(encoded);
  if (digest?.[1] && digest[2]) return { form: 'digest', bytes: Number(digest[1]), sha256: digest[2] };
  if (encoded === SET) return { form: 'set' };
  if (/^~hmac:[0-9a-f]{64}$/.test(encoded)) return { form: 'hmac', hmac: encoded.slice('~hmac:'.length) };
  if (encoded.startsWith('~raw-json:')) {
    return { form: 'raw-json', text: encoded.slice('~raw-json:'.length) };
  }
  return { form: 'text', text: encoded };
}
