import { createHash } from 'node:crypto';
import { isSecretName } from '../../name-words.js';
import type { ValueShape } from '../../survey.js';

const BASE58 = '[1-9A-HJ-NP-Za-km-z]';

/** Shapes by pattern, the first that fits. Patterns are anchored and hold no nested repetition: their time grows with the text's length. */
const PATTERNS: readonly (readonly [RegExp, ValueShape])[] = [
  [/^$/, 'empty'],
  [/^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/, 'private-key'],
  [new RegExp(`^[xyztuvXYZTUV]prv${BASE58}{90,}$`), 'private-key'],
  [
    /^(?:\$(?:2[abxy]?|argon2[a-z]{1,2}|1|5|6|7|y|gy|apr1|scrypt|pbkdf2[a-z0-9-]{0,20}|bcrypt[a-z0-9-]{0,20})\$|(?:pbkdf2|bcrypt|argon2|scrypt)[_a-z0-9]{0,20}\$|\{[A-Za-z0-9-]{2,16}\}.{16}|SCRAM-SHA-\d{1,3}\$|\*[0-9A-F]{40}$)/,
    'password-hash',
  ],
  [/^(?:t|f|true|false|yes|no)$/i, 'boolean'],
  [/^[-+]?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,4})?$/, 'number'],
  [/^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[-+]\d\d(?::?\d\d)?)?)?$/, 'time'],
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'uuid'],
  [/^[^\s@"<>]{1,64}@[^\s@"<>.]{1,63}(?:\.[^\s@"<>.]{1,63}){1,8}$/, 'mail'],
  [/^(?:https?|wss?|ftp|tcp|amqps?):\/\//i, 'url'],
  [new RegExp(`^[xyztuvXYZTUV]pub${BASE58}{90,}$`), 'extended-key'],
  [/^(?:pk|pkh|wpkh|sh|wsh|tr|combo|multi|sortedmulti)\(.{20,}\)(?:#[a-z0-9]{8})?$/, 'extended-key'],
  [/^(?:bc|tb|bcrt|ltc|tltc|dgb|vtc)1[02-9ac-hj-np-z]{8,87}$/i, 'address'],
  [/^0x[0-9a-f]{40}$/i, 'address'],
  [/^(?:bitcoincash:|bchtest:)[qp][02-9ac-hj-np-z]{38,60}$/i, 'address'],
  [new RegExp(`^[48]${BASE58}{94}$`), 'address'],
  [/^(?:\+\d{1,4}[\d ()./-]{5,20}|\(?\d{2,4}\)?[ ./-]\d{2,4}[ ./-]?\d{2,4}[ ./-]?\d{0,4})$/, 'phone'],
  [/^\s{0,20}\{/, 'json-object'],
  [/^\s{0,20}\[/, 'json-array'],
];

/** The shape of one value, by its first thousand characters or so. Pure; the value goes no further. */
export function shapeOf(text: string): ValueShape {
  for (const [pattern, shape] of PATTERNS) if (pattern.test(text)) return shape;
  if (new RegExp(`^${BASE58}{25,60}$`).test(text)) {
    const version = base58Version(text);
    // A private key for import begins with the version of its coin's addresses and 128; those of the coins in use are 128 and above.
    if (version !== null) return version.bytes > 30 ? 'private-key' : 'address';
  }
  if (isMnemonic(text)) return 'private-key';
  if (isRandom(text)) return 'random';
  return text.length <= 100 && isSecretName(text) && !/\s/.test(text) ? 'secret-name' : 'text';
}

/** The length of what base58 with a checksum carries; null when the checksum is wrong (Bitcoin, "Base58Check encoding"). */
function base58Version(text: string): { readonly bytes: number } | null {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let number = 0n;
  for (const letter of text) number = number * 58n + BigInt(alphabet.indexOf(letter));
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  const hex = number === 0n ? '' : number.toString(16);
  const bytes = Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')]);
  if (bytes.length < 21) return null;
  const body = bytes.subarray(0, -4);
  const once = createHash('sha256').update(body).digest();
  const twice = createHash('sha256').update(once).digest();
  return twice.subarray(0, 4).equals(bytes.subarray(-4)) ? { bytes: body.length } : null;
}

/** Twelve to twenty-four short words, as wallets are backed up. */
function isMnemonic(text: string): boolean {
  const words = text.split(' ', 25);
  return [12, 15, 18, 21, 24].includes(words.length) && words.every((word) => /^[a-z]{3,8}$/.test(word));
}

/** Long, of one word, and of letters and digits mixed as no person mixes them. */
function isRandom(text: string): boolean {
  if (/^(?:0x)?[0-9a-f]{32,}$/i.test(text)) return true;
  if (text.length < 20 || !/^[A-Za-z0-9+/=_.~:-]+$/.test(text)) return false;
  let changes = 0;
  for (let i = 1; i < text.length; i++) if (classOf(text, i) !== classOf(text, i - 1)) changes++;
  return changes / text.length >= 0.3 && new Set(text).size >= 12;
}

/** Of letters, which case; of digits, that they are. */
function classOf(text: string, i: number): number {
  const code = text.charCodeAt(i);
  if (code >= 48 && code <= 57) return 0;
  if (code >= 97 && code <= 122) return 1;
  return code >= 65 && code <= 90 ? 2 : 3;
}
