/**
 * SSHSIG, the signature format of `ssh-keygen -Y sign`, as OpenSSH's PROTOCOL.sshsig specifies it:
 *
 *     -----BEGIN SSH SIGNATURE-----
 *     base64, 70 characters to the line
 *     -----END SSH SIGNATURE-----
 *
 *     byte[6] "SSHSIG"   uint32 1   string public key   string namespace
 *     string reserved    string hash algorithm          string signature
 *
 * The signature is over `byte[6] "SSHSIG"`, namespace, reserved, hash algorithm and the hash of the message, each of the
 * last four as an SSH string. That of a security key also holds what the authenticator said, as PROTOCOL.u2f has it:
 * `byte flags, uint32 counter` behind algorithm and value, and that of a passkey what `webauthn.ts` describes. A signature has
 * exactly one spelling here: the one ssh-keygen writes.
 */
import { hash } from 'node:crypto';
import { BaselineError } from './errors.js';
import { decodeBase64, WireReader, writeString, writeUint32 } from './ssh-wire.js';
import { type BrowserData, readBrowserData, WEBAUTHN_ALGORITHM, writeBrowserData } from './webauthn.js';

/** One namespace for each type of document, so that a signature can never be moved to another type. */
export const NAMESPACES = {
  baseline: 'baseline@tillwarden',
  root: 'root@tillwarden',
  expectation: 'expectation@tillwarden',
  mute: 'mute@tillwarden',
  /** A feed of indicators, by whoever its operator trusts with it. */
  indicators: 'indicators@tillwarden',
} as const;
export type Namespace = (typeof NAMESPACES)[keyof typeof NAMESPACES];

const MAGIC = Buffer.from('SSHSIG', 'latin1');
const VERSION = 1;
const BEGIN = '-----BEGIN SSH SIGNATURE-----\n';
const END = '-----END SSH SIGNATURE-----\n';

const MESSAGE_HASHES = ['sha256', 'sha512'] as const;
export type MessageHash = (typeof MESSAGE_HASHES)[number];

/** A signature taken apart. Nothing of it is proven. */
export interface Sshsig {
  /** The signer's public key in SSH's wire form. */
  readonly publicKey: Buffer;
  readonly namespace: string;
  readonly messageHash: MessageHash;
  /** Algorithm name and value of the signature proper. */
  readonly algorithm: string;
  readonly value: Buffer;
  /** The claims of the authenticator; null when the algorithm is none of a security key. */
  readonly authenticator: AuthenticatorData | null;
}

export interface AuthenticatorData {
  /** Bits: 0x01 somebody touched it, 0x04 it verified its user. */
  readonly flags: number;
  readonly counter: number;
  /** Null when no browser had part in it. */
  readonly browser: BrowserData | null;
}

/** Takes an armored signature apart. Throws `BASELINE_SIGNATURE_MALFORMED` for every other spelling. */
export function parseSshsig(armored: string): Sshsig {
  const body = armored.slice(BEGIN.length, -END.length);
  const bytes = decodeBase64(body.replaceAll('\n', ''));
  if (bytes === undefined || armor(bytes) !== armored) {
    refuse('is not in the form ssh-keygen writes; sign again instead of editing or converting the file');
  }
  const reader = new WireReader(bytes);
  if (!reader.take(MAGIC.length)?.equals(MAGIC) || reader.uint32() !== VERSION)
    refuse('is not SSHSIG version 1');
  const publicKey = reader.string();
  const namespace = reader.string();
  const reserved = reader.string();
  const hashName = reader.string()?.toString('latin1');
  const signature = reader.string();
  if (!publicKey || !namespace || !reserved || !signature || !reader.atEnd())
    refuse('is cut off or too long');
  if (reserved.length !== 0) refuse('uses the reserved field');
  const messageHash = MESSAGE_HASHES.find((one) => one === hashName);
  if (messageHash === undefined) refuse(`uses another hash than ${MESSAGE_HASHES.join(' or ')}`);
  const inner = new WireReader(signature);
  const algorithm = inner.string()?.toString('latin1');
  const value = inner.string();
  const isWebauthn = algorithm === WEBAUTHN_ALGORITHM;
  const authenticator =
    isWebauthn || algorithm?.startsWith('sk-') ? readAuthenticatorData(inner, isWebauthn) : null;
  if (algorithm === undefined || value === undefined || authenticator === undefined || !inner.atEnd()) {
    refuse('is cut off or too long');
  }
  return { publicKey, namespace: namespace.toString('latin1'), messageHash, algorithm, value, authenticator };
}

function readAuthenticatorData(reader: WireReader, isWebauthn: boolean): AuthenticatorData | undefined {
  const flags = reader.take(1)?.readUInt8();
  const counter = reader.uint32();
  const browser = isWebauthn ? readBrowserData(reader) : null;
  return flags === undefined || counter === undefined || browser === undefined
    ? undefined
    : { flags, counter, browser };
}

/** Flags and counter as they stand in a signature and in what an authenticator signs. */
export function writeAuthenticatorData({
  flags,
  counter,
}: Pick<AuthenticatorData, 'flags' | 'counter'>): Buffer {
  return Buffer.concat([Buffer.of(flags), writeUint32(counter)]);
}

/** The armored text of a signature: what `parseSshsig` reads and `ssh-keygen -Y verify` too. */
export function writeSshsig(signature: Sshsig): string {
  const { algorithm, value, authenticator } = signature;
  const inner = [writeString(algorithm), writeString(value)];
  if (authenticator !== null) inner.push(writeAuthenticatorData(authenticator));
  if (authenticator?.browser) inner.push(writeBrowserData(authenticator.browser));
  return armor(
    Buffer.concat([
      MAGIC,
      writeUint32(VERSION),
      writeString(signature.publicKey),
      writeString(signature.namespace),
      writeString(''),
      writeString(signature.messageHash),
      writeString(Buffer.concat(inner)),
    ]),
  );
}

/** The bytes that are signed for a message. */
export function signedBytes(namespace: string, messageHash: MessageHash, message: Uint8Array): Buffer {
  return Buffer.concat([
    MAGIC,
    writeString(namespace),
    writeString(''),
    writeString(messageHash),
    writeString(hash(messageHash, message, 'buffer')),
  ]);
}

function armor(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return `${BEGIN}${lines.join('\n')}\n${END}`;
}

function refuse(what: string): never {
  throw new BaselineError('BASELINE_SIGNATURE_MALFORMED', `The signature ${what}.`);
}
