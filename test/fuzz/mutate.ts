/** A small generator (mulberry32), so that a run can be repeated from its seed. 0 ≤ value < 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
}

export function diceOf(random: () => number): Dice {
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
  };
}

type Mutation = (dice: Dice, bytes: Buffer, other: Buffer) => Buffer;

/** Bytes that parsers trip over. */
const TOKENS = [
  ...[
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\0',
    '-',
    '=',
    '.',
    '~',
    '/',
    'null',
    'true',
  ],
  ...[
    '1e308',
    '-0',
    '9007199254740993',
    '0x1',
    '"__proto__":',
    '"constructor":{}',
    '"toJSON":1',
    '\\u0000',
    '\\ud800',
  ],
  ...[
    '\\u002f',
    '\ufeff',
    '\u2028',
    '[[[[[[[[',
    '{"a":{"a":{"a":',
    'SSHSIG',
    'ssh-ed25519',
    'sha512',
    'rsa-sha2-256',
  ],
  ...['\u{1F480}', '-----BEGIN SSH SIGNATURE-----\n', '-----END SSH SIGNATURE-----\n', 'é', '\u202e'],
].map((token) => Buffer.from(token));
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

const cut = (bytes: Buffer, from: number, to: number, filling: Buffer = Buffer.alloc(0)) =>
  Buffer.concat([bytes.subarray(0, from), filling, bytes.subarray(to)]);

const MUTATIONS: readonly Mutation[] = [
  function flipBit(dice, bytes) {
    const changed = Buffer.from(bytes);
    const at = dice.below(bytes.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << dice.below(8));
    return changed;
  },
  function setByte(dice, bytes) {
    const changed = Buffer.from(bytes);
    changed[dice.below(bytes.length)] = dice.below(256);
    return changed;
  },
  function dropSome(dice, bytes) {
    const from = dice.below(bytes.length);
    return cut(bytes, from, Math.min(bytes.length, from + 1 + dice.below(16)));
  },
  function insertToken(dice, bytes) {
    const at = dice.below(bytes.length + 1);
    return cut(bytes, at, at, dice.pick(TOKENS));
  },
  function replaceByToken(dice, bytes) {
    const at = dice.below(bytes.length);
    const token = dice.pick(TOKENS);
    return cut(bytes, at, Math.min(bytes.length, at + token.length), token);
  },
  function setNumber(dice, bytes) {
    if (bytes.length < 4) return bytes;
    const changed = Buffer.from(bytes);
    changed.writeUInt32BE(dice.pick(NUMBERS), dice.below(bytes.length - 3));
    return changed;
  },
  function repeatSome(dice, bytes) {
    const from = dice.below(bytes.length);
    const to = Math.min(bytes.length, from + 1 + dice.below(64));
    return cut(bytes, to, to, bytes.subarray(from, to));
  },
  function moveSome(dice, bytes) {
    const from = dice.below(bytes.length);
    const to = Math.min(bytes.length, from + 1 + dice.below(64));
    const rest = cut(bytes, from, to);
    const at = dice.below(rest.length + 1);
    return cut(rest, at, at, bytes.subarray(from, to));
  },
  function truncate(dice, bytes) {
    return bytes.subarray(0, dice.below(bytes.length));
  },
  function append(dice, bytes) {
    return Buffer.concat([bytes, dice.pick(TOKENS)]);
  },
  function splice(dice, bytes, other) {
    return Buffer.concat([
      bytes.subarray(0, dice.below(bytes.length + 1)),
      other.subarray(dice.below(other.length)),
    ]);
  },
  function changeDigit(dice, bytes) {
    const digits = [...bytes.keys()].filter((at) => /[0-9a-f]/.test(String.fromCharCode(bytes[at] ?? 0)));
    if (digits.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    changed[dice.pick(digits)] = dice.pick([...'0123456789abcdef']).charCodeAt(0);
    return changed;
  },
];

/** One to three mutations of `bytes`; `other` lends pieces. Never returns the same bytes. */
export function mutate(dice: Dice, bytes: Uint8Array, other: Uint8Array): Buffer {
  const original = Buffer.from(bytes);
  for (;;) {
    let mutant: Buffer = original;
    for (let left = dice.pick([1, 1, 1, 2, 3]); left > 0 && mutant.length > 0; left--) {
      mutant = dice.pick(MUTATIONS)(dice, mutant, Buffer.from(other));
    }
    if (!mutant.equals(original)) return mutant;
  }
}

/** A mutation of what the base64 of an armored text holds, in perfect armor again: only its content is wrong. */
export function mutateInsideArmor(dice: Dice, armored: string, other: string): string {
  const inside = (text: string) => Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
  const lines =
    mutate(dice, inside(armored), inside(other))
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
}
