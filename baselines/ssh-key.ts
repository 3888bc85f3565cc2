import { createPublicKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { BaselineError } from './errors.js';
import { type Passkey, passkeyOf } from './passkey.js';
import { decodeBase64, WireReader, writeMpint, writeString } from './ssh-wire.js';

const SSH_KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;
export type SshKeyType = (typeof SSH_KEY_TYPES)[number];

/** The only type that browsers and SSH both have a signature for. */
const PASSKEY_TYPE = 'sk-ecdsa-sha2-nistp256@openssh.com';

/**
 * Options that may stand before a security key in a trust root, as in sshd's authorized_keys: the page of a passkey; that a touch alone is
 * not enough; that the passkey must not be one that can be copied.
 */
const OPTIONS = /^(?:webauthn="([^"]*)" )?(verify-required )?(device-bound )?/;
const VERIFY_REQUIRED = 'verify-required ';

const APPLICATION = Buffer.from('ssh:', 'latin1');
/** Bits of an RSA modulus. OpenSSH itself reads no more than 16,384. */
const RSA_BITS = { least: 3072, most: 16_384 };
const EC_CURVES = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', jwk: 'P-256', bytes: 32 },
  'ecdsa-sha2-nistp384': { name: 'nistp384', jwk: 'P-384', bytes: 48 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { name: 'nistp256', jwk: 'P-256', bytes: 32 },
} as const;

/** An approver's public key, as SSH names it. */
export interface SshPublicKey {
  readonly type: SshKeyType;
  /** `type base64`, for a security key perhaps with options before it: how the key is written in a trust root. */
  readonly line: string;
  /** `type base64` alone: how every other program of SSH knows it. */
  readonly plainLine: string;
  /** The key in SSH's wire form (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, PROTOCOL.u2f). */
  readonly blob: Buffer;
  readonly keyObject: KeyObject;
  /** Null for a key that needs no hardware. */
  readonly securityKey: SecurityKey | null;
}

/** The claims that a FIDO authenticator must have made for its signature to count. That somebody touched it is always needed. */
export interface SecurityKey {
  /** The application that the authenticator binds the key to; begins with `ssh:`, or is the id of a passkey's site. */
  readonly application: Buffer;
  /** True when it must have verified its user too, by PIN, fingerprint or face. Always, for a passkey. */
  readonly verifyRequired: boolean;
  /** Null for a key that ssh uses. One that a browser uses signs in another form, and neither counts for the other. */
  readonly passkey: Passkey | null;
}

/**
 * Reads `type base64`, without comment; before a security key may stand `verify-required`, before a passkey stand `webauthn="ORIGIN"
 * verify-required` and perhaps `device-bound`. Throws `BASELINE_KEY_INVALID`.
 */
export function parsePublicKey(line: string): SshPublicKey {
  const [options = '', origin, verify, bound] = OPTIONS.exec(line) ?? [];
  const plainLine = line.slice(options.length);
  const [name, base64, ...rest] = plainLine.split(' ');
  const type = SSH_KEY_TYPES.find((one) => one === name);
  if (type === undefined) {
    refuse(`is of a type that cannot approve; needed is one of ${SSH_KEY_TYPES.join(', ')}`);
  }
  const blob = rest.length === 0 ? decodeBase64(base64 ?? '') : undefined;
  if (blob === undefined) refuse('is not written as type, one space and base64');
  const read = readBlob(type, blob);
  if (read === undefined) refuse(`is not a whole ${type} key; copy it again from its .pub file`);
  const { jwk, application } = read;
  if (origin !== undefined && type !== PASSKEY_TYPE) refuse(`is no passkey; needed is ${PASSKEY_TYPE}`);
  if (origin !== undefined && verify === undefined) {
    refuse('is a passkey, whose user is always verified; write verify-required behind webauthn="…"');
  }
  if (origin === undefined && bound !== undefined) refuse('is no passkey, so it cannot be device-bound');
  if (verify !== undefined && application === null)
    refuse('is no security key, so it cannot be verify-required');
  const passkey = origin === undefined ? null : readPasskey(origin, application, bound !== undefined);
  // Authenticators keep keys of web sites as well; those never begin so.
  if (passkey === null && application?.subarray(0, APPLICATION.length).equals(APPLICATION) === false) {
    refuse('is a security key for something else than SSH; its application must begin with ssh:');
  }
  const securityKey =
    application === null ? null : { application, verifyRequired: verify !== undefined, passkey };
  return { type, line, plainLine, blob, keyObject: importKey(jwk), securityKey };
}

function readPasskey(origin: string, application: Buffer | null, deviceBound: boolean): Passkey {
  const passkey = passkeyOf(origin, application?.toString('latin1') ?? '', deviceBound);
  if (typeof passkey === 'string') refuse(passkey);
  return passkey;
}

/** How `ssh-keygen -l` names a key: `SHA256:` and the digest of its wire form in base64. */
export function keyFingerprint({ blob }: Pick<SshPublicKey, 'blob'>): string {
  return `SHA256:${hash('sha256', blob, 'base64').replaceAll('=', '')}`;
}

/** The same key written so that its user must be verified. Throws `BASELINE_KEY_INVALID` for one that is no security key. */
export function verifyRequired(key: SshPublicKey): SshPublicKey {
  return key.securityKey?.verifyRequired ? key : parsePublicKey(VERIFY_REQUIRED + key.line);
}

/**
 * Reads the content of a `.pub` file: type, base64 and an optional comment, which is dropped. Before the type of a passkey stand
 * its options.
 */
export function parsePublicKeyFile(content: string): SshPublicKey {
  const match =
    /^((?:webauthn="[^"\s]*" (?:verify-required )?(?:device-bound )?)?\S+ \S+)(?: [^\r\n]*)?\r?\n?$/.exec(
      content,
    );
  if (match === null) refuse('file does not hold one line of type, base64 and comment');
  return parsePublicKey(match[1] ?? '');
}

/** The SSH form of a key in memory. Throws `BASELINE_KEY_INVALID` for a type that cannot approve. */
export function publicKeyOf(key: KeyObject): SshPublicKey {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const { type, blob } = writeBlob(publicKey.export({ format: 'jwk' }));
  return parsePublicKey(`${type} ${blob.toString('base64')}`);
}

interface KeyParts {
  readonly jwk: JsonWebKey;
  readonly application: Buffer | null;
}

function readBlob(type: SshKeyType, blob: Buffer): KeyParts | undefined {
  const reader = new WireReader(blob);
  if (reader.string()?.toString('latin1') !== type) return undefined;
  const jwk = readKey(type, reader);
  const application = type.startsWith('sk-') ? reader.string() : null;
  if (jwk === undefined || application === undefined || !reader.atEnd()) return undefined;
  return { jwk, application };
}

function readKey(type: SshKeyType, reader: WireReader): JsonWebKey | undefined {
  if (type === 'ssh-ed25519' || type === 'sk-ssh-ed25519@openssh.com') {
    const point = reader.string();
    return point?.length === 32 ? { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') } : undefined;
  }
  if (type === 'ssh-rsa') {
    const e = reader.positiveMpint();
    const n = reader.positiveMpint();
    return e && n && usableRsa(e, n)
      ? { kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') }
      : undefined;
  }
  const curve = EC_CURVES[type];
  if (reader.string()?.toString('latin1') !== curve.name) return undefined;
  const point = reader.string();
  // SEC 1 section 2.3.3: 4 and both coordinates, uncompressed.
  if (point?.length !== 1 + 2 * curve.bytes || point[0] !== 4) return undefined;
  const x = point.subarray(1, 1 + curve.bytes).toString('base64url');
  const y = point.subarray(1 + curve.bytes).toString('base64url');
  return { kty: 'EC', crv: curve.jwk, x, y };
}

function usableRsa(e: Buffer, n: Buffer): boolean {
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < RSA_BITS.least || bits > RSA_BITS.most) {
    refuse(`has ${bits} bits; an RSA key needs ${RSA_BITS.least} to ${RSA_BITS.most}`);
  }
  const exponent = e.length <= 6 ? e.readUIntBE(0, e.length) : 0;
  if (exponent < 3 || exponent % 2 === 0)
    refuse('has a public exponent that is not an odd number from 3 to 2^48');
  return true;
}

function importKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (error) {
    throw new BaselineError(
      'BASELINE_KEY_INVALID',
      'The public key is not a point of its curve; make another one with ssh-keygen -t ed25519.',
      {
        cause: error,
      },
    );
  }
}

function writeBlob(jwk: JsonWebKey): { type: SshKeyType; blob: Buffer } {
  const part = (value: string | undefined) => Buffer.from(value ?? '', 'base64url');
  if (jwk.crv === 'Ed25519') {
    return {
      type: 'ssh-ed25519',
      blob: Buffer.concat([writeString('ssh-ed25519'), writeString(part(jwk.x))]),
    };
  }
  if (jwk.kty === 'RSA') {
    return {
      type: 'ssh-rsa',
      blob: Buffer.concat([writeString('ssh-rsa'), writeMpint(part(jwk.e)), writeMpint(part(jwk.n))]),
    };
  }
  for (const type of ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384'] as const) {
    if (jwk.crv !== EC_CURVES[type].jwk) continue;
    const point = Buffer.concat([Buffer.of(4), part(jwk.x), part(jwk.y)]);
    return {
      type,
      blob: Buffer.concat([writeString(type), writeString(EC_CURVES[type].name), writeString(point)]),
    };
  }
  return refuse(`is of a type that cannot approve; needed is one of ${SSH_KEY_TYPES.join(', ')}`);
}

function refuse(what: string): never {
  throw new BaselineError('BASELINE_KEY_INVALID', `The public key ${what}.`);
}
