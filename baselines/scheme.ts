/**
 * How each type of key signs. The type comes from the trust root's entry for the key, and it alone decides the scheme;
 * what the signature file says of itself is only compared with it.
 */
import { hash, type KeyObject, sign, verify } from 'node:crypto';
import type { SecurityKey, SshKeyType, SshPublicKey } from './ssh-key.js';
import { WireReader, writeMpint } from './ssh-wire.js';
import { type AuthenticatorData, type Sshsig, writeAuthenticatorData } from './sshsig.js';
import { asksFor, WEBAUTHN_ALGORITHM } from './webauthn.js';

interface Scheme {
  /** Names of the signature algorithm that may be used with the key; the first one is what we write. */
  readonly algorithms: readonly string[];
  sign(key: KeyObject, data: Buffer): Buffer;
  verify(key: KeyObject, algorithm: string, data: Buffer, value: Buffer): boolean;
}

/** RFC 8709 section 6: 64 bytes as they are. */
const ed25519: Scheme = {
  algorithms: ['ssh-ed25519'],
  sign: (key, data) => sign(null, data, key),
  verify: (key, _algorithm, data, value) => verify(null, data, key, value),
};

/** RFC 5656 section 3.1.2: two mpints, r and s. `bytes` is the length of either in the curve's field. */
function ecdsa(name: string, digest: string, bytes: number): Scheme {
  return {
    algorithms: [name],
    sign(key, data) {
      const both = sign(digest, data, { key, dsaEncoding: 'ieee-p1363' });
      return Buffer.concat([writeMpint(both.subarray(0, bytes)), writeMpint(both.subarray(bytes))]);
    },
    verify(key, _algorithm, data, value) {
      const reader = new WireReader(value);
      const r = reader.positiveMpint();
      const s = reader.positiveMpint();
      if (!r || !s || !reader.atEnd() || r.length > bytes || s.length > bytes) return false;
      const both = Buffer.alloc(2 * bytes);
      r.copy(both, bytes - r.length);
      s.copy(both, 2 * bytes - s.length);
      return verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, both);
    },
  };
}

/** RFC 8332 section 3: as long as the modulus, with SHA-2. `ssh-rsa`, which means SHA-1, is not among the algorithms. */
const rsa: Scheme = {
  algorithms: ['rsa-sha2-512', 'rsa-sha2-256'],
  sign: (key, data) => sign('sha512', data, key),
  verify: (key, algorithm, data, value) =>
    verify(algorithm === 'rsa-sha2-256' ? 'sha256' : 'sha512', data, key, value),
};

const p256 = ecdsa('ecdsa-sha2-nistp256', 'sha256', 32);

const SCHEMES: Readonly<Record<SshKeyType, Scheme>> = {
  'ssh-ed25519': ed25519,
  'ecdsa-sha2-nistp256': p256,
  'ecdsa-sha2-nistp384': ecdsa('ecdsa-sha2-nistp384', 'sha384', 48),
  'ssh-rsa': rsa,
  'sk-ssh-ed25519@openssh.com': { ...ed25519, algorithms: ['sk-ssh-ed25519@openssh.com'] },
  'sk-ecdsa-sha2-nistp256@openssh.com': { ...p256, algorithms: ['sk-ecdsa-sha2-nistp256@openssh.com'] },
};

/** True when a signature is one of `data` by this key, in the scheme of the key's own type. */
export function schemeVerifies(
  key: SshPublicKey,
  { algorithm, value, authenticator }: Pick<Sshsig, 'algorithm' | 'value' | 'authenticator'>,
  data: Buffer,
): boolean {
  const scheme = SCHEMES[key.type];
  const algorithms = key.securityKey?.passkey ? [WEBAUTHN_ALGORITHM] : scheme.algorithms;
  if (!algorithms.includes(algorithm)) return false;
  const signed = signedFor(key.securityKey, authenticator, data);
  return signed !== null && scheme.verify(key.keyObject, algorithm, signed, value);
}

/** The bytes that the key itself must have signed; null where an authenticator spoke for a key without one, or none did for a security key. */
function signedFor(
  securityKey: SecurityKey | null,
  said: AuthenticatorData | null,
  data: Buffer,
): Buffer | null {
  if (securityKey === null) return said === null ? data : null;
  return said === null ? null : authenticatorSigns(securityKey, said, data);
}

/**
 * The bytes that an authenticator signs for `data`, by OpenSSH's PROTOCOL.u2f: `SHA256(application) || flags || counter || extensions ||
 * SHA256(data)`. SSH uses no extensions; a browser puts its client data in the place of `data`, and has to ask for `data` in them.
 */
function authenticatorSigns(
  { application }: Pick<SecurityKey, 'application'>,
  said: AuthenticatorData,
  data: Buffer,
): Buffer | null {
  const digest = (bytes: Buffer) => hash('sha256', bytes, 'buffer');
  const begun = [digest(application), writeAuthenticatorData(said)];
  const { browser } = said;
  if (browser === null) return Buffer.concat([...begun, digest(data)]);
  return asksFor(browser, data)
    ? Buffer.concat([...begun, browser.extensions, digest(browser.clientData)])
    : null;
}

/** Signs `data` in the scheme of the type of a key in memory. */
export function schemeSign(
  type: SshKeyType,
  privateKey: KeyObject,
  data: Buffer,
): { algorithm: string; value: Buffer } {
  const scheme = SCHEMES[type];
  return { algorithm: scheme.algorithms[0] ?? type, value: scheme.sign(privateKey, data) };
}
