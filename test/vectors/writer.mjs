/**
 * Writes tillwarden's formats from baselines/README.md and OpenSSH's PROTOCOL.sshsig, with Node's own modules and not one
 * line of baselines/: two readings of one specification have to agree. Also writes what the specification forbids.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** RFC 8785 for text, whole numbers, null, arrays and objects. A Map is an object too, with its names as they are. */
export function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = value instanceof Map ? [...value] : Object.entries(value);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  const present = members.filter(([, member]) => member !== undefined);
  return `{${present.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

export const documentText = (value) => `${canonical(value)}\n`;
export const recordText = (key, fields) => `${canonical({ fields: new Map(fields), key })}\n`;

// SSH wire format, RFC 4251 section 5.
export const uint32 = (n) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
export const string = (value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
};
export const mpint = (bytes) => {
  let trimmed = Buffer.from(bytes);
  while (trimmed.length > 1 && trimmed[0] === 0) trimmed = trimmed.subarray(1);
  return string(trimmed[0] & 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
};

/** The keys in keys.json. They are published, so nothing they sign is worth anything outside of these tests. */
export const keys = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync(new URL('keys.json', import.meta.url), 'utf8')).keys).map(
    ([name, pem]) => {
      const privateKey = createPrivateKey(pem);
      const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
      const part = (text) => Buffer.from(text, 'base64url');
      const parts = {
        OKP: () => [string('ssh-ed25519'), string(part(jwk.x))],
        RSA: () => [string('ssh-rsa'), mpint(part(jwk.e)), mpint(part(jwk.n))],
        EC: () => {
          const curve = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }[jwk.crv];
          const point = Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]);
          return [string(`ecdsa-sha2-${curve}`), string(curve), string(point)];
        },
      }[jwk.kty]();
      const blob = Buffer.concat(parts);
      const type = parts[0].subarray(4).toString();
      return [name, { name, privateKey, type, blob, line: `${type} ${blob.toString('base64')}` }];
    },
  ),
);

/** The key in an authenticator that OpenSSH's PROTOCOL.u2f would make of a key in memory: the same numbers, bound to an application. */
export function securityKey(key, application = 'ssh:') {
  const type = `sk-${key.type}@openssh.com`;
  const inside = key.blob.subarray(string(key.type).length);
  const blob = Buffer.concat([string(type), inside, string(application)]);
  return { ...key, application, blob, line: `${type} ${blob.toString('base64')}` };
}

/**
 * The key that an authenticator would keep for a page, of a key in memory: PROTOCOL.u2f again, bound to the id of a site. `options`
 * stand before it in a trust root.
 */
export function passkey(key, origin, { rpId = new URL(origin).hostname, options = 'verify-required ' } = {}) {
  const bound = securityKey(key, rpId);
  return { ...bound, origin, plain: bound.line, line: `webauthn="${origin}" ${options}${bound.line}` };
}

export const WEBAUTHN = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';

/** What a browser writes of a signature: WebAuthn, "CollectedClientData", in the order that its limited verification needs. */
export const clientData = (challenge, origin, rest = ',"crossOrigin":false}') =>
  `{"type":"webauthn.get","challenge":"${challenge.toString('base64url')}","origin":"${origin}"${rest}`;

/** What an authenticator signs for a page, and what browser and authenticator say of it: PROTOCOL.u2f, "webauthn". */
function passkeySign(key, data, { flags = 5, counter = 7, extensions = '', said = key.origin, rest, client }) {
  const text = (client ?? ((whole) => whole))(clientData(data, key.origin, rest));
  const bytes = [digestOf(key.application), authenticatorData({ flags, counter }), Buffer.from(extensions), digestOf(text)];
  const [, value] = schemeSign(key, Buffer.concat(bytes));
  return { value, said: { flags, counter, browser: [said, text, extensions] } };
}

/** What an authenticator signs, and says of it: PROTOCOL.u2f, "SSH U2F signatures". No extensions. */
const digestOf = (bytes) => createHash('sha256').update(bytes).digest();
function authenticatorData({ flags, counter }) {
  return Buffer.concat([Buffer.from([flags]), uint32(counter)]);
}
function securityKeySign(key, data, said, algorithm) {
  const bytes = [digestOf(key.application), authenticatorData(said), digestOf(data)];
  const [type, value] = schemeSign(key, Buffer.concat(bytes));
  return [algorithm ?? `sk-${type}@openssh.com`, value];
}

/** Signs in the scheme of the key; `algorithm` overrides what RSA uses. Returns algorithm name and value. */
function schemeSign(key, data, algorithm) {
  if (key.type === 'ssh-ed25519') return [key.type, sign(null, data, key.privateKey)];
  if (key.type === 'ssh-rsa') {
    const name = algorithm ?? 'rsa-sha2-512';
    const digest = { 'rsa-sha2-512': 'sha512', 'rsa-sha2-256': 'sha256', 'ssh-rsa': 'sha1' }[name];
    return [name, sign(digest, data, key.privateKey)];
  }
  const digest = key.type.endsWith('256') ? 'sha256' : 'sha384';
  const both = sign(digest, data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  const half = both.length / 2;
  return [key.type, Buffer.concat([mpint(both.subarray(0, half)), mpint(both.subarray(half))])];
}

/** What is signed for a message: PROTOCOL.sshsig, "Signed Data". */
export function signedData(message, { namespace = 'baseline@tillwarden', reserved = '', hash = 'sha512' } = {}) {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([Buffer.from('SSHSIG'), string(namespace), string(reserved), string(hash), string(digest)]);
}

/**
 * The parts of an SSHSIG blob over a message, each of which a case may replace before they are joined. What is signed follows
 * `namespace`, `reserved` and `hash`, so that a forbidden value is signed properly.
 */
export function parts(key, message, options = {}) {
  const { namespace = 'baseline@tillwarden', reserved = '', hash = 'sha512', algorithm } = options;
  const { flags = 1, counter = 7 } = options;
  const data = signedData(message, options);
  if (key.origin !== undefined) {
    const signed = passkeySign(key, data, options);
    return { magic: 'SSHSIG', version: 1, publicKey: key.blob, namespace, reserved, hash, algorithm: WEBAUTHN, ...signed };
  }
  const said = key.application === undefined ? undefined : { flags, counter };
  const [name, value] = said
    ? securityKeySign(key, data, said, algorithm)
    : schemeSign(key, data, algorithm);
  return {
    magic: 'SSHSIG',
    version: 1,
    publicKey: key.blob,
    namespace,
    reserved,
    hash,
    algorithm: name,
    value,
    said,
  };
}

export function blob(p, { after = '', inside = '' } = {}) {
  const said = p.said ? Buffer.concat([authenticatorData(p.said), ...(p.said.browser ?? []).map(string)]) : '';
  const inner = Buffer.concat([string(p.algorithm), string(p.value), Buffer.from(said), Buffer.from(inside)]);
  return Buffer.concat([
    Buffer.from(p.magic),
    uint32(p.version),
    ...[p.publicKey, p.namespace, p.reserved, p.hash, inner].map(string),
    Buffer.from(after),
  ]);
}

export const BEGIN = '-----BEGIN SSH SIGNATURE-----\n';
export const END = '-----END SSH SIGNATURE-----\n';
export function armor(bytes, width = 70) {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${width}}`, 'g'));
  return `${BEGIN}${lines.join('\n')}\n${END}`;
}

export const signature = (key, message, options) => armor(blob(parts(key, message, options)));
