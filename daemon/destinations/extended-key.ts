import { createECDH, createHmac } from 'node:crypto';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import type { Coin } from './address.js';
import { BookError } from './book-error.js';
import { readBase58Check } from './checksums.js';

/** A point of the curve: a public key. */
export type PublicKey = InstanceType<typeof secp256k1.Point>;
const { Point } = secp256k1;

/** How a key is paid by itself: its hash, inside of a script, by a witness, or by both. */
export type KeyScript = 'pkh' | 'sh-wpkh' | 'wpkh' | 'tr';

/** An extended public key (BIP 32): every address of a wallet follows from it. */
export interface ExtendedKey {
  /** How deep below the master key it lies. */
  readonly depth: number;
  readonly chain: Uint8Array;
  readonly point: PublicKey;
  /** The coin and scripts that its letters stand for (SLIP 132). */
  readonly letters: ExtendedKeyLetters;
}

interface ExtendedKeyLetters {
  readonly coin: Coin;
  readonly test: boolean;
  readonly scripts: readonly KeyScript[];
}

const PUBLIC: ReadonlyMap<number, ExtendedKeyLetters> = new Map([
  // xpub: what kind of wallet it is of, it does not say.
  [0x0488b21e, { coin: 'BTC', test: false, scripts: ['pkh', 'sh-wpkh', 'wpkh'] }],
  [0x049d7cb2, { coin: 'BTC', test: false, scripts: ['sh-wpkh'] }],
  [0x04b24746, { coin: 'BTC', test: false, scripts: ['wpkh'] }],
  [0x043587cf, { coin: 'BTC', test: true, scripts: ['pkh', 'sh-wpkh', 'wpkh'] }],
  [0x044a5262, { coin: 'BTC', test: true, scripts: ['sh-wpkh'] }],
  [0x045f1cf6, { coin: 'BTC', test: true, scripts: ['wpkh'] }],
  [0x019da462, { coin: 'LTC', test: false, scripts: ['pkh'] }],
  [0x01b26ef6, { coin: 'LTC', test: false, scripts: ['sh-wpkh'] }],
  [0x02facafd, { coin: 'DOGE', test: false, scripts: ['pkh'] }],
  [0x02fe52cc, { coin: 'DASH', test: false, scripts: ['pkh'] }],
]);

/** xprv, yprv, zprv, tprv, uprv, vprv, Ltpv, Mtpv, dgpv, drkv; Yprv, Zprv, Uprv and Vprv of several signers. */
const PRIVATE: ReadonlySet<number> = new Set([
  ...[0x0488ade4, 0x049d7878, 0x04b2430c, 0x04358394, 0x044a4e28, 0x045f18bc],
  ...[0x019d9cfe, 0x01b26792, 0x02fac398, 0x02fe52f8],
  ...[0x0295b005, 0x02aa7a99, 0x024285b5, 0x02575048],
]);

/** True for a text that begins and ends like an extended key, whatever it holds. */
export function looksLikeExtendedKey(text: string): boolean {
  return /^(?:[xyztuvYZUV]p(?:ub|rv)|[LM]tub|[LM]tpv|dgub|dgpv|drkp|drkv)[1-9A-HJ-NP-Za-km-z]{80,120}$/.test(
    text,
  );
}

/** Reads an extended public key. Throws `BookError`; what it says repeats nothing of the text, which may be a private key. */
export function readExtendedKey(text: string): ExtendedKey {
  const data = readBase58Check(text);
  if (data?.length !== 78) {
    throw new BookError(
      'an extended key whose checksum or length is wrong',
      'one copied whole, such as xpub…',
    );
  }
  const view = Buffer.from(data);
  const version = view.readUInt32BE(0);
  if (PRIVATE.has(version)) {
    throw new BookError(
      'a PRIVATE extended key, which spends everything its wallet holds',
      'the public one; take the private one out of this file and out of every copy, and consider it seen',
    );
  }
  const letters = PUBLIC.get(version);
  if (letters === undefined) {
    throw new BookError(
      'an extended key of an unknown network',
      'xpub, ypub, zpub, Ltub, Mtub, dgub or drkp',
    );
  }
  const depth = view.readUInt8(4);
  if (depth === 0 && view.subarray(5, 13).some((byte) => byte !== 0)) {
    throw new BookError(
      'an extended key of depth 0 with a parent, which cannot be',
      'one copied from its wallet',
    );
  }
  try {
    return { depth, chain: view.subarray(13, 45), point: Point.fromBytes(view.subarray(45)), letters };
  } catch {
    throw new BookError('an extended key that is no point of the curve', 'one copied from its wallet');
  }
}

/** The child of a key (BIP 32, CKDpub): nothing in it is secret, so its time may tell of it. Null for the one in 2^127 that does not exist. */
export function childOf(
  { point, chain }: Pick<ExtendedKey, 'point' | 'chain'>,
  index: number,
): { readonly point: PublicKey; readonly chain: Uint8Array } | null {
  const data = Buffer.alloc(37);
  data.set(point.toBytes(true));
  data.writeUInt32BE(index, 33);
  const hash = createHmac('sha512', chain).update(data).digest();
  const tweak = hash.subarray(0, 32);
  const scalar = BigInt(`0x${tweak.toString('hex')}`);
  if (scalar === 0n || scalar >= Point.Fn.ORDER) return null;
  const child = timesGenerator(tweak).add(point);
  return child.is0() ? null : { point: child, chain: hash.subarray(32) };
}

/**
 * So many times the generator, the number in 32 bytes, not zero and below the order. By OpenSSL: the library's own way makes a table first, which
 * held the event loop for a tenth of a second.
 */
function timesGenerator(scalar: Uint8Array): PublicKey {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(scalar);
  const point = pair.getPublicKey('hex');
  return Point.fromAffine({ x: BigInt(`0x${point.slice(2, 66)}`), y: BigInt(`0x${point.slice(66)}`) });
}

/** The output key of Taproot for a key that can be spent by itself only (BIP 341, BIP 86). */
export function taprootKey(point: PublicKey): Uint8Array {
  const even = schnorr.utils.lift_x(point.toAffine().x);
  const tweak = schnorr.utils.taggedHash('TapTweak', even.toBytes(true).subarray(1));
  return even.add(timesGenerator(tweak)).toBytes(true).subarray(1);
}
