import { createHash } from 'node:crypto';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { base58xmr, bech32, bech32m, createBase58check } from '@scure/base';

/** Encodings with checksums. Each reader returns null for a text that is none, and never throws. */

export function sha256(data: Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}

/** RIPEMD-160 of SHA-256: what a public key or a script is paid by. */
export function hash160(data: Uint8Array): Uint8Array {
  return ripemd160(sha256(data));
}

export function keccak256(data: Uint8Array): Uint8Array {
  return keccak_256(data);
}

const base58check = createBase58check(sha256);

/** Version and payload of base58 with four bytes of double SHA-256 behind it. */
export function readBase58Check(text: string): Uint8Array | null {
  return orNull(() => base58check.decode(text));
}

export function writeBase58Check(data: Uint8Array): string {
  return base58check.encode(data);
}

/** Monero's base58: blocks of their own, and no checksum; that is inside of what it holds. */
export function readMoneroBase58(text: string): Uint8Array | null {
  return orNull(() => base58xmr.decode(text));
}

/** A witness program: BIP 173 for version 0, BIP 350 for all others. */
export interface WitnessProgram {
  readonly prefix: string;
  readonly version: number;
  readonly program: Uint8Array;
}

export function readWitness(text: string): WitnessProgram | null {
  const decoded = bech32.decodeUnsafe(text, 90) ?? bech32m.decodeUnsafe(text, 90);
  const [version, ...words] = decoded?.words ?? [];
  if (decoded === undefined || version === undefined || version > 16) return null;
  const program = orNull(() => bech32.fromWords(words));
  if (program === null || !isProgram(version, program.length)) return null;
  const witness = { prefix: decoded.prefix, version, program };
  // The same words with the checksum of the other version are no address.
  return writeWitness(witness) === text.toLowerCase() ? witness : null;
}

function isProgram(version: number, bytes: number): boolean {
  if (version === 0) return bytes === 20 || bytes === 32;
  return version === 1 ? bytes === 32 : bytes >= 2 && bytes <= 40;
}

export function writeWitness({ prefix, version, program }: WitnessProgram): string {
  return (version === 0 ? bech32 : bech32m).encode(prefix, [version, ...bech32.toWords(program)], 90);
}

const CASH_ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CASH_GENERATORS = [0x98f2bc8e61n, 0x79b76d99e2n, 0xf33e5fb3c4n, 0xae2eabe2a8n, 0x1e4f43e470n];

/** The checksum of Bitcoin Cash's addresses (its spec/cashaddr.md): a BCH code over 40 bits. */
function cashPolymod(values: readonly number[]): bigint {
  let checksum = 1n;
  for (const value of values) {
    const top = checksum >> 35n;
    checksum = ((checksum & 0x07ffffffffn) << 5n) ^ BigInt(value);
    CASH_GENERATORS.forEach((generator, bit) => {
      if ((top >> BigInt(bit)) & 1n) checksum ^= generator;
    });
  }
  return checksum ^ 1n;
}

const cashPrefix = (prefix: string) => [...Array.from(prefix, (letter) => letter.charCodeAt(0) & 31), 0];

/** Version byte and hash of an address of Bitcoin Cash, whose prefix stands before a colon. */
export function readCash(prefix: string, text: string): Uint8Array | null {
  const words = Array.from(text, (letter) => CASH_ALPHABET.indexOf(letter));
  if (words.includes(-1) || words.length < 8) return null;
  if (cashPolymod([...cashPrefix(prefix), ...words]) !== 0n) return null;
  return orNull(() => bech32.fromWords(words.slice(0, -8)));
}

export function writeCash(prefix: string, data: Uint8Array): string {
  const words = bech32.toWords(data);
  const sum = cashPolymod([...cashPrefix(prefix), ...words, 0, 0, 0, 0, 0, 0, 0, 0]);
  const check = Array.from({ length: 8 }, (_, i) => Number((sum >> BigInt(5 * (7 - i))) & 31n));
  return `${prefix}:${[...words, ...check].map((word) => CASH_ALPHABET[word]).join('')}`;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
