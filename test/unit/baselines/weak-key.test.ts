import {
  constants,
  generateKeyPairSync,
  generatePrimeSync,
  getDiffieHellman,
  publicDecrypt,
  verify,
} from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parsePublicKey,
  proposeRoot,
  publicKeyOf,
  reviewRoot,
  rootFile,
  sha256Hex,
  trustRootBytes,
  verifyTrust,
} from '../../../baselines/index.js';
import { writeMpint, writeString } from '../../../baselines/ssh-wire.js';
import { weaknessOf } from '../../../baselines/weak-key.js';
import { refusalOf } from './refusal.js';
import { NOW_MS, signatures, trust, trustRoot } from './scene.js';

const line = (type: string, ...fields: readonly Buffer[]) =>
  parsePublicKey(`${type} ${Buffer.concat([writeString(type), ...fields]).toString('base64')}`);
const ed25519 = (hex: string) => line('ssh-ed25519', writeString(Buffer.from(hex, 'hex')));
const rsaOf = (modulus: bigint) =>
  line(
    'ssh-rsa',
    writeMpint(Buffer.of(1, 0, 1)),
    writeMpint(Buffer.from(modulus.toString(16).padStart(768, '0'), 'hex')),
  );
const power = (base: bigint, exponent: bigint, modulus: bigint) => {
  let result = 1n;
  for (let square = base % modulus, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
};
const inverse = (of: bigint, modulus: bigint) => {
  let [a, b, x, y] = [of, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
};
const zeros = (count: number) => '00'.repeat(count);
const SMALL = 'its point has a small order, so that anybody can sign with it';
const SPELLING = 'its point is not written in the one way there is';
const NEUTRAL = `01${zeros(31)}`;

describe('a key', () => {
  test.each([
    [NEUTRAL, SMALL],
    [`01${zeros(30)}80`, SMALL],
    [zeros(32), SMALL],
    [`${zeros(31)}80`, SMALL],
    [`ec${'ff'.repeat(30)}7f`, SMALL],
    [`ec${'ff'.repeat(31)}`, SMALL],
    ['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', SMALL],
    ['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa', SMALL],
    ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', SMALL],
    ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', SMALL],
    [`ed${'ff'.repeat(30)}7f`, SPELLING],
    [`ee${'ff'.repeat(31)}`, SPELLING],
    [`ff${'ff'.repeat(30)}7f`, SPELLING],
    [`02${zeros(31)}`, 'its point is not on the curve'],
    // The base point: 4/5 (RFC 8032 section 5.1).
    [`58${'66'.repeat(31)}`, null],
    [`eb${'ff'.repeat(30)}7f`, 'its point is not on the curve'],
  ])('of edwards25519 with the point %s: %s', (hex, words) => {
    expect(weaknessOf(ed25519(hex))).toBe(words);
  });

  test('of small order takes a signature that nobody made, of any document: so the refusal is needed', () => {
    const forged = Buffer.concat([Buffer.from(NEUTRAL, 'hex'), Buffer.alloc(32)]);
    const { keyObject } = ed25519(NEUTRAL);
    for (const text of ['one', 'another'])
      expect(verify(null, Buffer.from(text), keyObject, forged)).toBe(true);
  });

  test('that people make is not weak', () => {
    for (let round = 0; round < 50; round++) {
      expect(weaknessOf(publicKeyOf(generateKeyPairSync('ed25519').privateKey))).toBeNull();
    }
    for (const namedCurve of ['P-256', 'P-384']) {
      expect(weaknessOf(publicKeyOf(generateKeyPairSync('ec', { namedCurve }).privateKey))).toBeNull();
    }
    expect(
      weaknessOf(publicKeyOf(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey)),
    ).toBeNull();
  });

  const smallDivisor = (n: bigint) => {
    for (let divisor = 2n; divisor < 1_000n; divisor++) if (n % divisor === 0n) return divisor;
    return 0n;
  };
  /** A number of 3,072 bits whose smallest divisor is the given one. */
  const dividedBy = (divisor: bigint) => {
    for (let factor = 2n ** 3071n / divisor + 1n; ; factor++) {
      if (smallDivisor(factor * divisor) === divisor) return factor * divisor;
    }
  };
  test.each([2n, 3n, 5n, 743n, 751n])('of RSA whose modulus can be divided by %s is weak', (divisor) => {
    expect(weaknessOf(rsaOf(dividedBy(divisor)))).toBe(`its modulus can be divided by ${divisor}`);
  });

  test('of RSA whose modulus is a prime number takes a signature of whoever likes: so the refusal is needed', () => {
    // The 3072-bit MODP group (RFC 3526 section 4).
    const modulus = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
    const key = rsaOf(modulus);
    const padded = Buffer.from(
      `0001${'ff'.repeat(384 - 3 - 5)}00${Buffer.from('forge').toString('hex')}`,
      'hex',
    );
    const signature = power(BigInt(`0x${padded.toString('hex')}`), inverse(65_537n, modulus - 1n), modulus);
    const bytes = Buffer.from(signature.toString(16).padStart(768, '0'), 'hex');
    const opened = publicDecrypt({ key: key.keyObject, padding: constants.RSA_PKCS1_PADDING }, bytes);
    expect(opened.toString()).toBe('forge');
    expect(weaknessOf(key)).toBe('its modulus is a prime number, so that anybody can sign with it');
    expect(weaknessOf(rsaOf(modulus))).toBe(weaknessOf(key));
  });

  test('of RSA whose factors lie close together, or are one twice, is weak', () => {
    const one = generatePrimeSync(1536, { bigint: true });
    const near = (from: bigint) => {
      for (let other = from; ; other += 2n) if (smallDivisor(other) === 0n) return other;
    };
    const words = 'its modulus is a product of two numbers that anybody can find';
    expect(weaknessOf(rsaOf(one * one))).toBe(words);
    expect(weaknessOf(rsaOf(one * near(one + 2n)))).toBe(words);
    expect(weaknessOf(rsaOf(one * near(one + 2n ** 1000n)))).toBeNull();
  });

  test('of RSA whose modulus has a divisor of three digits more is not looked at further', () => {
    expect(weaknessOf(rsaOf(dividedBy(757n)))).toBeNull();
  });

  test.each([
    ['a coordinate that is not below the field', Buffer.alloc(64, 0xff)],
    ['both coordinates zero', Buffer.alloc(64)],
  ])('of P-256 with %s is refused where it is read', (_what, coordinates) => {
    const point = Buffer.concat([Buffer.of(4), coordinates]);
    expect(refusalOf(() => line('ecdsa-sha2-nistp256', writeString('nistp256'), writeString(point)))).toMatch(
      /^BASELINE_KEY_INVALID/,
    );
  });
});

const weak = ed25519(NEUTRAL).line;
const words = (person: string) =>
  new RegExp(
    `^BASELINE_KEY_WEAK: The key SHA256:\\S{43} of ${person} does not count: ${SMALL}\\. Take it away and make another one with ssh-keygen -t ed25519\\.$`,
  );

describe('a weak key', () => {
  const zoe = { name: 'zoe', roles: ['owner'], keys: [weak] };
  const times = { createdMs: NOW_MS, expiresMs: NOW_MS + 1 };
  const people = [...trustRoot.people, zoe];

  test('gets into no draft, neither the first root nor the next', () => {
    expect(refusalOf(() => proposeRoot(null, { ...trustRoot, people, ...times }))).toMatch(words('zoe'));
    expect(refusalOf(() => proposeRoot(trust, { ...trustRoot, people, ...times }))).toMatch(words('zoe'));
  });

  test('in a draft that somebody else made is refused before anybody signs it', () => {
    const bytes = trustRootBytes({ ...trustRoot, people, version: 2, parent: trust.digest });
    const document = { file: rootFile(2), bytes, signatures: [] };
    expect(refusalOf(() => reviewRoot(trust, document))).toMatch(
      /^BASELINE_KEY_WEAK: pending\/root\.000002\.json: The key/,
    );
  });

  test('in a root that is signed counts for nothing, is told, and can be taken away', () => {
    const bytes = trustRootBytes({ ...trustRoot, people });
    const document = { file: rootFile(1), bytes, signatures: [] };
    const signed = verifyTrust([document], sha256Hex(bytes));
    expect(signed.problems).toEqual([
      {
        code: 'BASELINE_KEY_WEAK',
        file: 'root.000001.json',
        version: 1,
        detail: expect.stringMatching(/^The key SHA256:\S{43} of zoe does not count/),
        weight: 'notice',
      },
    ]);
    const renewed = proposeRoot(signed, { ...trustRoot, people, ...times });
    expect(renewed.root.people).toHaveLength(4);
    const document2 = {
      file: rootFile(2),
      bytes: renewed.bytes,
      signatures: signatures(rootFile(2), renewed.bytes, ['anna', 'ben'], NAMESPACES.root),
    };
    expect(reviewRoot(signed, document2).missing).toEqual({ byParent: [], byItself: [] });
    expect(proposeRoot(signed, { ...trustRoot, ...times }).root.people).toHaveLength(3);
  });
});
