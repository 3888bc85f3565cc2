import { type Coin, recogniseAddress } from './address.js';
import { hash160, keccak256, sha256, writeBase58Check, writeCash, writeWitness } from './checksums.js';
import { type KeyScript, type PublicKey, taprootKey } from './extended-key.js';

/** How a coin of Bitcoin's family writes its addresses. */
interface Writing {
  readonly key: number;
  readonly script: number;
  /** Absent where there are no witnesses. */
  readonly witness?: string;
  /** In place of base58. */
  readonly cash?: string;
}

const WRITINGS: Readonly<Partial<Record<Coin, Writing>>> = {
  BTC: { key: 0x00, script: 0x05, witness: 'bc' },
  LTC: { key: 0x30, script: 0x32, witness: 'ltc' },
  DOGE: { key: 0x1e, script: 0x16 },
  DASH: { key: 0x4c, script: 0x10 },
  BCH: { key: 0x00, script: 0x05, cash: 'bitcoincash' },
};
const TEST: Writing = { key: 0x6f, script: 0xc4, witness: 'tb' };

/** A coin, and whether it is the one without value. */
export interface Issue {
  readonly coin: Coin;
  readonly test: boolean;
}

function writingOf({ coin, test }: Issue): Writing | undefined {
  return test ? (coin === 'BTC' ? TEST : undefined) : WRITINGS[coin];
}

/** The scripts by which a coin can pay to a single key. */
export function scriptsOf(issue: Issue, wanted: readonly KeyScript[]): readonly KeyScript[] {
  const writing = writingOf(issue);
  if (writing === undefined) return issue.test ? [] : ['pkh'];
  return writing.witness === undefined ? ['pkh'] : wanted;
}

/** The address, in its canonical spelling, that pays to a key in one way. Null where the coin has no such way. */
export function addressOfKey(issue: Issue, script: KeyScript, point: PublicKey): string | null {
  if (issue.coin === 'ETH' || issue.coin === 'TRX') return accountOf(issue.coin, point);
  const writing = writingOf(issue);
  if (writing === undefined) return null;
  const hash = hash160(point.toBytes(true));
  switch (script) {
    case 'pkh':
      return hashed(writing, writing.key, hash);
    case 'sh-wpkh':
      return writing.witness === undefined
        ? null
        : hashed(writing, writing.script, hash160(Buffer.concat([Buffer.from([0, 20]), hash])));
    case 'wpkh':
      return witness(writing, 0, hash);
    case 'tr':
      return witness(writing, 1, taprootKey(point));
  }
}

/** The address that pays to a script by its hash. */
export function addressOfScript(
  issue: Issue,
  form: 'sh' | 'wsh' | 'sh-wsh',
  script: Uint8Array,
): string | null {
  const writing = writingOf(issue);
  if (writing === undefined) return null;
  switch (form) {
    case 'sh':
      return hashed(writing, writing.script, hash160(script));
    case 'wsh':
      return witness(writing, 0, sha256(script));
    case 'sh-wsh':
      return writing.witness === undefined
        ? null
        : hashed(writing, writing.script, hash160(Buffer.concat([Buffer.from([0, 32]), sha256(script)])));
  }
}

function hashed({ key, cash }: Writing, version: number, hash: Uint8Array): string {
  if (cash !== undefined)
    return writeCash(cash, Buffer.concat([Buffer.from([version === key ? 0 : 8]), hash]));
  return writeBase58Check(Buffer.concat([Buffer.from([version]), hash]));
}

function witness({ witness: prefix }: Writing, version: number, program: Uint8Array): string | null {
  return prefix === undefined ? null : writeWitness({ prefix, version, program });
}

/** Accounts of Ethereum and Tron: the last 20 bytes of Keccak-256 over the key. */
function accountOf(coin: 'ETH' | 'TRX', point: PublicKey): string {
  const account = keccak256(point.toBytes(false).subarray(1)).subarray(12);
  return coin === 'TRX'
    ? writeBase58Check(Buffer.concat([Buffer.from([0x41]), account]))
    : `0x${Buffer.from(account).toString('hex')}`;
}

/** The canonical spelling of an address; the text itself where it is none. */
export function canonicalAddress(text: string): string {
  const address = recogniseAddress(text);
  return address?.valid === true ? address.canonical : text;
}
