import { createSecretKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parsePublicKey,
  parsePublicKeyFile,
  publicKeyOf,
  type SshPublicKey,
  signWithKey,
  verifyRequired,
  verifySignature,
} from '../../../baselines/index.js';
import { schemeSign, schemeVerifies } from '../../../baselines/scheme.js';
import {
  decodeBase64,
  WireReader,
  writeMpint,
  writeString,
  writeUint32,
} from '../../../baselines/ssh-wire.js';
import { parseSshsig, signedBytes, writeSshsig } from '../../../baselines/sshsig.js';
import { refusalOf } from './refusal.js';

const NOTHING = 'nothing was thrown';
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe('the data types of SSH', () => {
  test('are written as RFC 4251 section 5 shows them', () => {
    expect(hex(writeUint32(699921578))).toBe('29b7f4aa');
    expect(hex(writeString('testing'))).toBe('0000000774657374696e67');
    expect(hex(writeString('é'))).toBe('00000002c3a9');
    expect(hex(writeString(Buffer.of(0xc3)))).toBe('00000001c3');
    expect(hex(writeMpint(Buffer.of(0)))).toBe('00000000');
    expect(hex(writeMpint(Buffer.from('09a378f9b2e332a7', 'hex')))).toBe('0000000809a378f9b2e332a7');
    expect(hex(writeMpint(Buffer.of(0x80)))).toBe('000000020080');
    expect(hex(writeMpint(Buffer.of(0, 0, 0x7f)))).toBe('000000017f');
  });

  test.each<[string, string, string | undefined]>([
    ['a number', '0000000101', '01'],
    ['a set top bit behind its zero', '000000020080', '80'],
    ['the last number without a zero', '000000017f', '7f'],
    ['the first negative number', '0000000180', undefined],
    ['zero', '00000000', undefined],
    ['zero as a byte', '0000000100', undefined],
    ['a zero too many', '00000002007f', undefined],
    ['a length alone', '00000001', undefined],
    ['half a length', '0000', undefined],
    ['nothing', '', undefined],
  ])('are read as positive numbers only in their one spelling: %s', (_what, bytes, number) => {
    expect(hex(new WireReader(Buffer.from(bytes, 'hex')).positiveMpint())).toBe(number);
  });

  test('are read to the end and not beyond', () => {
    const reader = new WireReader(Buffer.of(0, 0, 0, 1, 7, 0, 0));
    expect(hex(reader.string())).toBe('07');
    expect(reader.atEnd()).toBe(false);
    expect(reader.uint32()).toBeUndefined();
    expect(reader.string()).toBeUndefined();
    expect(reader.take(3)).toBeUndefined();
    expect(hex(reader.take(2))).toBe('0000');
    expect(reader.atEnd()).toBe(true);
    expect(hex(reader.take(0))).toBe('');
  });

  test.each(['', 'AA', 'AA=', 'AB==', 'AA==\n', ' AA==', 'AA-_', 'A'])(
    '%j is no base64 of one spelling',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );
});

const TYPES =
  'ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ssh-rsa, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com';
const keyRefusal = (what: string) => `BASELINE_KEY_INVALID: The public key ${what}.`;
const NO_TYPE = keyRefusal(`is of a type that cannot approve; needed is one of ${TYPES}`);
const NOT_SO_WRITTEN = keyRefusal('is not written as type, one space and base64');
const notWhole = (type: string) => keyRefusal(`is not a whole ${type} key; copy it again from its .pub file`);

const ED = 'ssh-ed25519';
const EC = 'ecdsa-sha2-nistp256';
const SK = 'sk-ssh-ed25519@openssh.com';
const SK_EC = 'sk-ecdsa-sha2-nistp256@openssh.com';
const RSA = 'ssh-rsa';
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const P256_POINT = publicKeyOf(p256).blob.subarray(-65);
const ED_POINT = publicKeyOf(ed25519).blob.subarray(-32);
/** A length that no bytes follow: whoever reads on behind it must not forget that this value is missing. */
const MISSING = Buffer.of(0xff, 0xff, 0xff, 0xff);

const line = (type: string, ...parts: readonly (string | Buffer)[]) =>
  `${type} ${Buffer.concat(parts.map((part) => (part === MISSING ? MISSING : writeString(part)))).toString('base64')}`;
const more = (written: string) => {
  const [type, base64] = written.split(' ') as [string, string];
  return `${type} ${Buffer.concat([Buffer.from(base64, 'base64'), Buffer.of(0)]).toString('base64')}`;
};
const positive = (bytes: Buffer) => writeMpint(bytes).subarray(4);
/** An RSA key of so many bits: an odd number that nobody has to factor. */
const rsa = (bits: number, exponent: readonly number[] = [1, 0, 1]) => {
  const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  modulus[0] = 0xff >> (modulus.length * 8 - bits);
  return line(RSA, RSA, positive(Buffer.from(exponent)), positive(modulus));
};
const exponentRefusal = keyRefusal('has a public exponent that is not an odd number from 3 to 2^48');
const bitsRefusal = (bits: number) => keyRefusal(`has ${bits} bits; an RSA key needs 3072 to 16384`);

describe('a public key', () => {
  test.each<[string, string, string]>([
    ['ed25519', line(ED, ED, ED_POINT), NOTHING],
    ['P-256', line(EC, EC, 'nistp256', P256_POINT), NOTHING],
    ['security key', line(SK, SK, ED_POINT, 'ssh:'), NOTHING],
    ['security key of P-256', line(SK_EC, SK_EC, 'nistp256', P256_POINT, 'ssh:x'), NOTHING],
    ['nothing', '', NO_TYPE],
    ['DSA', line('ssh-dss', 'ssh-dss', 'x'), NO_TYPE],
    ['P-521', line('ecdsa-sha2-nistp521', 'x'), NO_TYPE],
    ['type alone', ED, NOT_SO_WRITTEN],
    ['type and a space', `${ED} `, NOT_SO_WRITTEN],
    ['comment', `${line(ED, ED, ED_POINT)} anna`, NOT_SO_WRITTEN],
    ['two spaces', line(ED, ED, ED_POINT).replace(' ', '  '), NOT_SO_WRITTEN],
    ['base64 without padding', line(ED, ED, ED_POINT, 'x').replaceAll('=', ''), NOT_SO_WRITTEN],
    ['three bytes', `${ED} AAAA`, notWhole(ED)],
    ['another type inside', line(ED, EC, ED_POINT), notWhole(ED)],
    ['no point', line(ED, ED), notWhole(ED)],
    ['short point', line(ED, ED, ED_POINT.subarray(1)), notWhole(ED)],
    ['long point', line(ED, ED, Buffer.concat([ED_POINT, Buffer.of(0)])), notWhole(ED)],
    ['byte too many', more(line(ED, ED, ED_POINT)), notWhole(ED)],
    ['no curve', line(EC, EC), notWhole(EC)],
    ['another curve', line(EC, EC, 'nistp384', P256_POINT), notWhole(EC)],
    ['curve without point', line(EC, EC, 'nistp256'), notWhole(EC)],
    [
      'long point of P-256',
      line(EC, EC, 'nistp256', Buffer.concat([P256_POINT, Buffer.of(0)])),
      notWhole(EC),
    ],
    [
      'compressed point',
      line(EC, EC, 'nistp256', Buffer.concat([Buffer.of(2), P256_POINT.subarray(1)])),
      notWhole(EC),
    ],
    [
      'point beside the curve',
      line(EC, EC, 'nistp256', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
      'BASELINE_KEY_INVALID: The public key is not a point of its curve; make another one with ssh-keygen -t ed25519.',
    ],
    ['security key without application', line(SK, SK, ED_POINT), notWhole(SK)],
    ['security key without point', line(SK, SK, MISSING, 'ssh:'), notWhole(SK)],
    ['security key with a short point', line(SK, SK, ED_POINT.subarray(1), 'ssh:'), notWhole(SK)],
    [
      'security key of a web site',
      line(SK, SK, ED_POINT, 'web:ssh:'),
      keyRefusal('is a security key for something else than SSH; its application must begin with ssh:'),
    ],
    [
      'user to be verified without a security key',
      `verify-required ${line(ED, ED, ED_POINT)}`,
      keyRefusal('is no security key, so it cannot be verify-required'),
    ],
    ['user to be verified', `verify-required ${line(SK, SK, ED_POINT, 'ssh:')}`, NOTHING],
    ['RSA without modulus', line(RSA, RSA, Buffer.of(3)), notWhole(RSA)],
    ['RSA without exponent', line(RSA, RSA, '', Buffer.of(1)), notWhole(RSA)],
    ['RSA of 3071 bits', rsa(3071), bitsRefusal(3071)],
    ['RSA of 3072 bits', rsa(3072), NOTHING],
    ['RSA of 3073 bits', rsa(3073), NOTHING],
    ['RSA of 16384 bits', rsa(16_384), NOTHING],
    ['RSA of 16385 bits', rsa(16_385), bitsRefusal(16_385)],
    ['exponent 1', rsa(3072, [1]), exponentRefusal],
    ['exponent 2', rsa(3072, [2]), exponentRefusal],
    ['exponent 3', rsa(3072, [3]), NOTHING],
    ['exponent 4', rsa(3072, [4]), exponentRefusal],
    ['exponent 2^48 - 1', rsa(3072, Array(6).fill(0xff)), NOTHING],
    ['exponent 2^48 + 1', rsa(3072, [1, 0, 0, 0, 0, 0, 1]), exponentRefusal],
  ])('of this kind is taken or refused in these words: %s', (_what, written, answer) => {
    expect(refusalOf(() => parsePublicKey(written))).toBe(answer);
  });

  test('beside its curve keeps what the cryptography said', () => {
    const beside = line(EC, EC, 'nistp256', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]));
    let thrown: unknown;
    try {
      parsePublicKey(beside);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toHaveProperty('cause.message');
  });

  const written = line(ED, ED, ED_POINT);
  const NO_FILE = keyRefusal('file does not hold one line of type, base64 and comment');
  test.each<[string, string]>([
    [written, NOTHING],
    [`${written}\n`, NOTHING],
    [`${written}\r\n`, NOTHING],
    [`${written} anna at home\n`, NOTHING],
    [`${written} \n`, NOTHING],
    [`${written}\n\n`, NO_FILE],
    [`${written}\n${written}\n`, NO_FILE],
    [` ${written}`, NO_FILE],
    [ED, NO_FILE],
    ['', NO_FILE],
  ])('is read from the file %j', (content, answer) => {
    expect(refusalOf(() => parsePublicKeyFile(content))).toBe(answer);
    if (answer === NOTHING) expect(parsePublicKeyFile(content).line).toBe(written);
  });

  test.each<[string, KeyObject]>([
    ['X25519', generateKeyPairSync('x25519').privateKey],
    ['Ed448', generateKeyPairSync('ed448').privateKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey],
    ['a secret', createSecretKey(Buffer.alloc(32))],
  ])('of a key in memory of type %s is refused', (_what, key) => {
    expect(refusalOf(() => publicKeyOf(key))).toBe(NO_TYPE);
  });

  test('is the same of either half of a key in memory', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    expect(publicKeyOf(publicKey).line).toBe(publicKeyOf(privateKey).line);
  });
});

const armored = (bytes: Buffer) => {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
};
const PARTS = {
  magic: Buffer.from('SSHSIG'),
  version: writeUint32(1),
  publicKey: writeString('key'),
  namespace: writeString('baseline@tillwarden'),
  reserved: writeString(''),
  hash: writeString('sha512'),
  signature: writeString(Buffer.concat([writeString(ED), writeString('value')])),
};
const join = (...parts: readonly Buffer[]) => Buffer.concat(parts);
const signature = (over: Partial<typeof PARTS> = {}) =>
  armored(join(...Object.values({ ...PARTS, ...over })));
const inner = (...parts: readonly Buffer[]) => signature({ signature: writeString(join(...parts)) });
const NONE = Buffer.alloc(0);
const signatureRefusal = (what: string) => `BASELINE_SIGNATURE_MALFORMED: The signature ${what}.`;
const NOT_SSHSIG = signatureRefusal('is not SSHSIG version 1');
const CUT = signatureRefusal('is cut off or too long');
const OTHER_HASH = signatureRefusal('uses another hash than sha256 or sha512');
const OTHER_FORM = signatureRefusal(
  'is not in the form ssh-keygen writes; sign again instead of editing or converting the file',
);

describe('a signature file', () => {
  test.each<[string, string, string]>([
    ['a whole one', signature(), NOTHING],
    ['one with the other hash', signature({ hash: writeString('sha256') }), NOTHING],
    ['nothing', '', OTHER_FORM],
    ['a frame alone', armored(NONE), OTHER_FORM],
    ['a carriage return', signature().replace('\n', '\r\n'), OTHER_FORM],
    ['no last line feed', signature().trimEnd(), OTHER_FORM],
    ['longer lines', signature().replace(/(\w{70})\n/, '$1'), OTHER_FORM],
    ['half the magic word', armored(Buffer.from('SSH')), NOT_SSHSIG],
    ['another magic word', signature({ magic: Buffer.from('SSHSIH') }), NOT_SSHSIG],
    ['no version', armored(PARTS.magic), NOT_SSHSIG],
    ['version 2', signature({ version: writeUint32(2) }), NOT_SSHSIG],
    ['no key', signature({ publicKey: MISSING }), CUT],
    ['no namespace', signature({ namespace: MISSING }), CUT],
    ['no reserved field', signature({ reserved: MISSING }), CUT],
    ['no hash', signature({ hash: MISSING }), OTHER_HASH],
    ['no signature', signature({ signature: MISSING }), CUT],
    ['an end behind the version', armored(join(PARTS.magic, PARTS.version)), CUT],
    ['an end behind the key', armored(join(PARTS.magic, PARTS.version, PARTS.publicKey)), CUT],
    ['a byte too many', signature({ signature: join(PARTS.signature, Buffer.of(0)) }), CUT],
    [
      'a reserved field in use',
      signature({ reserved: writeString('x') }),
      signatureRefusal('uses the reserved field'),
    ],
    ['another hash', signature({ hash: writeString('sha384') }), OTHER_HASH],
    ['nothing inside', inner(), CUT],
    ['no algorithm', inner(MISSING, writeString('value')), CUT],
    ['no value', inner(writeString(ED)), CUT],
    ['a value cut off', inner(writeString(ED), MISSING), CUT],
    ['a byte too many inside', inner(writeString(ED), writeString('value'), Buffer.of(0)), CUT],
    [
      'an authenticator’s words',
      inner(writeString(SK), writeString('value'), Buffer.of(1, 0, 0, 0, 9)),
      NOTHING,
    ],
    ['no authenticator’s words', inner(writeString(SK), writeString('value')), CUT],
    ['flags alone', inner(writeString(SK), writeString('value'), Buffer.of(1)), CUT],
    ['half a counter', inner(writeString(SK), writeString('value'), Buffer.of(1, 0, 0)), CUT],
    [
      'words of no authenticator',
      inner(writeString(ED), writeString('value'), Buffer.of(1, 0, 0, 0, 9)),
      CUT,
    ],
    ['no value of a security key', inner(writeString(SK), MISSING, Buffer.of(1, 0, 0, 0, 9)), CUT],
  ])('is taken or refused in these words: %s', (_what, text, answer) => {
    expect(refusalOf(() => parseSshsig(text))).toBe(answer);
    if (answer === NOTHING) expect(writeSshsig(parseSshsig(text))).toBe(text);
  });
});

const DATA = Buffer.from('what is signed');
const securityKey = publicKeyWith('ssh:');
function publicKeyWith(application: string): SshPublicKey {
  return parsePublicKey(line(SK, SK, ED_POINT, application));
}

describe('a scheme', () => {
  test('takes no word of an authenticator for a key that has none', () => {
    const value = sign(null, DATA, ed25519);
    const plain = { algorithm: ED, value, authenticator: null };
    expect(schemeVerifies(publicKeyOf(ed25519), plain, DATA)).toBe(true);
    expect(
      schemeVerifies(
        publicKeyOf(ed25519),
        { ...plain, authenticator: { flags: 1, counter: 0, browser: null } },
        DATA,
      ),
    ).toBe(false);
  });

  test('takes no signature of a security key without the word of its authenticator', () => {
    const value = sign(null, DATA, ed25519);
    expect(schemeVerifies(securityKey, { algorithm: SK, value, authenticator: null }, DATA)).toBe(false);
  });

  test.each(['r', 's'])(
    'takes no number longer than the field, though what overlaps would be right: %s',
    (which) => {
      const key = publicKeyOf(p256);
      for (;;) {
        const { value } = schemeSign(key.type, p256, DATA);
        const reader = new WireReader(value);
        const [r, s] = [reader.positiveMpint(), reader.positiveMpint()];
        const last = r?.at(-1) ?? 0;
        // A number of one length, and its neighbour's byte in front of it that no sign byte hides.
        if (r?.length !== 32 || s?.length !== 32 || last === 0) continue;
        const wrong = Buffer.concat([r.subarray(0, 31), Buffer.of(last ^ 1)]);
        const both = which === 's' ? [wrong, join(Buffer.of(last), s)] : [join(Buffer.of(1), r), s];
        const forged = join(...both.map((number) => writeMpint(number)));
        const asked = { algorithm: EC, authenticator: null };
        expect(schemeVerifies(key, { ...asked, value }, DATA)).toBe(true);
        expect(schemeVerifies(key, { ...asked, value: forged }, DATA)).toBe(false);
        return;
      }
    },
  );
});

describe('a signature that does not count', () => {
  const key = publicKeyOf(ed25519);
  const namespace = NAMESPACES.baseline;
  const by = (
    privateKey: KeyObject,
    over: Partial<{ namespace: typeof NAMESPACES.root; message: Buffer }> = {},
  ) => signWithKey({ privateKey, namespace, message: DATA, ...over });
  /** What an authenticator would sign with a key of its own. */
  const through = (flags: number) => {
    const said = Buffer.of(flags, 0, 0, 0, 9);
    const data = signedBytes(namespace, 'sha512', DATA);
    const digest = (bytes: Buffer | string) => hash('sha256', bytes, 'buffer');
    const value = sign(null, join(digest('ssh:'), said, digest(data)), ed25519);
    return signature({
      publicKey: writeString(securityKey.blob),
      signature: writeString(join(writeString(SK), writeString(value), said)),
    });
  };
  const untouched =
    'BASELINE_SIGNATURE_UNTOUCHED: The security key signed without being touched; sign with a key that was not made with no-touch-required.';

  test.each<[string, string, SshPublicKey, string]>([
    ['a good one', by(ed25519), key, NOTHING],
    [
      'of another type of document',
      by(ed25519, { namespace: NAMESPACES.root }),
      key,
      'BASELINE_SIGNATURE_NAMESPACE: The signature is for another type of document; needed is the namespace baseline@tillwarden (ssh-keygen -n).',
    ],
    [
      'by another key',
      by(p256),
      key,
      'BASELINE_SIGNATURE_UNKNOWN_KEY: The signature is by another key than the given one; sign with that one.',
    ],
    [
      'over other bytes',
      by(ed25519, { message: Buffer.from('x') }),
      key,
      'BASELINE_SIGNATURE_WRONG: The signature does not fit these bytes: one of the two files was changed after signing. Restore both from where they were signed.',
    ],
    ['touched', through(1), securityKey, NOTHING],
    ['untouched', through(0), securityKey, untouched],
    ['untouched with its user verified', through(4), verifyRequired(securityKey), untouched],
    ['of a user who was verified', through(5), verifyRequired(securityKey), NOTHING],
    [
      'of a user who was not verified',
      through(1),
      verifyRequired(securityKey),
      'BASELINE_SIGNATURE_UNVERIFIED_USER: The security key did not verify its user; the trust root asks for PIN or fingerprint (ssh-keygen -O verify-required).',
    ],
  ])('says why: %s', (_what, text, needed, answer) => {
    expect(refusalOf(() => verifySignature({ armored: text, message: DATA, namespace, key: needed }))).toBe(
      answer,
    );
  });
});
