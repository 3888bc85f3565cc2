import ipaddr from 'ipaddr.js';

/** A network: its first address and how many bits of it count. IPv4 written as IPv6 is IPv4. */
export type Block =
  | { readonly family: 4; readonly address: number; readonly bits: number }
  | { readonly family: 6; readonly bytes: readonly number[]; readonly bits: number };

/** Nothing longer is an address, with its bits or port. */
const LONGEST = 64;
/** A wider network matches anybody. */
const LEAST_BITS = 8;
const DIGITS = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?$/;
/** At least two colons: `:443` is no address. */
const HEX = /^\[?[\da-f]*:[\da-f]*:[\da-f:.]*(?:\](?::\d{1,5})?)?$/i;

/** `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`; null for any other text, and for a network that is nearly everybody. */
export function parseNetwork(text: string): Block | null {
  if (text.length > LONGEST) return null;
  const [, alone = text, length] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = addressOf(alone);
  if (
    address === null ||
    alone.includes(']') ||
    (address.family === 4 && /:\d+$/.test(alone) && !HEX.test(alone))
  ) {
    return null;
  }
  const bits = length === undefined ? address.bits : Number(length);
  return bits > address.bits || bits < LEAST_BITS ? null : { ...address, bits };
}

/** Networks, asked for the ones that hold an address. Takes as long for ten as for a hundred thousand: one look-up for each length there is. */
export class NetworkTable<T> {
  readonly #four = new Map<number, Map<number, T[]>>();
  readonly #six = new Map<number, Map<string, T[]>>();

  add(block: Block, value: T): void {
    if (block.family === 4) put(this.#four, block.bits, masked(block.address, block.bits), value);
    else put(this.#six, block.bits, start(block.bytes, block.bits), value);
  }

  /** What was added for networks that hold the address that a text is, alone or with a port behind it. */
  holding(text: string): readonly T[] {
    const address = addressOf(text);
    if (address === null) return NONE;
    const found: T[] = [];
    if (address.family === 4) {
      for (const [bits, blocks] of this.#four)
        found.push(...(blocks.get(masked(address.address, bits)) ?? []));
    } else {
      for (const [bits, blocks] of this.#six) found.push(...(blocks.get(start(address.bytes, bits)) ?? []));
    }
    return found;
  }
}

const NONE: readonly never[] = [];

function put<K, T>(lengths: Map<number, Map<K, T[]>>, bits: number, key: K, value: T): void {
  const blocks = lengths.get(bits) ?? new Map<K, T[]>();
  lengths.set(bits, blocks);
  const known = blocks.get(key);
  if (known === undefined) blocks.set(key, [value]);
  else known.push(value);
}

function addressOf(text: string): Block | null {
  if (text.length > LONGEST) return null;
  // Most words are none, and a look at their last character and for a colon says so before any pattern does.
  if (!isDigit(text.charCodeAt(text.length - 1)) && !text.includes(':')) return null;
  if (DIGITS.test(text)) return ofDigits(text);
  if (!HEX.test(text)) return null;
  const bare = text.startsWith('[') ? text.slice(1, text.indexOf(']')) : text;
  if (!ipaddr.IPv6.isValid(bare)) return null;
  const bytes = ipaddr.process(bare).toByteArray();
  if (bytes.length === 16) return { family: 6, bytes, bits: 128 };
  return { family: 4, address: bytes.reduce((sum, byte) => sum * 256 + byte, 0), bits: 32 };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Four numbers without leading zeros, and what may be a port behind them: other spellings of IPv4 (octal, one number) are not what servers write. */
function ofDigits(text: string): Block | null {
  let address = 0;
  let part = 0;
  let digits = 0;
  const colon = text.indexOf(':');
  const end = colon < 0 ? text.length : colon;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      if (digits > 0 && part === 0) return null;
      part = part * 10 + (code - 0x30);
      digits += 1;
    } else {
      address = address * 256 + part;
      part = 0;
      digits = 0;
    }
    if (part > 255) return null;
  }
  return { family: 4, address: address * 256 + part, bits: 32 };
}

function masked(address: number, bits: number): number {
  return address - (address % 2 ** (32 - bits));
}

function start(bytes: readonly number[], bits: number): string {
  const kept = bytes.slice(0, bits >> 3);
  const rest = bits & 7;
  if (rest > 0) kept.push((bytes[bits >> 3] ?? 0) & (0xff << (8 - rest)));
  return kept.join('.');
}
