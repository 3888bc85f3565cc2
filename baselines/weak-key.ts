/** Public keys of the right form with which somebody else than their owner could sign. */
import { checkPrimeSync } from 'node:crypto';
import type { SshPublicKey } from './ssh-key.js';

/** The reason why signatures by a key prove nothing; null for a key that nothing is known against. */
export function weaknessOf({ keyObject }: Pick<SshPublicKey, 'keyObject'>): string | null {
  const { kty, x = '', n = '' } = keyObject.export({ format: 'jwk' });
  if (kty === 'OKP') return edwardsWeakness(Buffer.from(x, 'base64url'));
  if (kty === 'RSA') return knownModulus(n);
  // Points of the NIST curves are checked where they are read, and their groups have no small parts.
  return null;
}

/** The field of edwards25519 and its curve, -x² + y² = 1 + d·x²·y² (RFC 8032 section 5.1). */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** RFC 8032 section 5.1.3: y as a little-endian number, the sign of x in its highest bit. */
function edwardsWeakness(point: Buffer): string | null {
  const y = bigEndian(Buffer.from(point).reverse()) % 2n ** 255n;
  if (y >= P) return 'its point is not written in the one way there is';
  const y2 = (y * y) % P;
  // Neutral point, order 2 and 4; and order 8: doubled, y is 0, so that y² = -x² in the equation of the curve.
  const isOrder8 = (D * y2 * y2 + 2n * y2 - 1n) % P === 0n;
  if (y2 <= 1n || isOrder8) return 'its point has a small order, so that anybody can sign with it';
  const isSquare = power((y2 - 1n) * (D * y2 + 1n), (P - 1n) / 2n) === 1n;
  return isSquare ? null : 'its point is not on the curve';
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % P;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** Each key is looked at whenever a trust root is read, and this takes some 30 ms. By modulus. */
const moduli = new Map<string, string | null>();
const MOST_MODULI = 1_000;

function knownModulus(n: string): string | null {
  const known = moduli.get(n);
  if (known !== undefined) return known;
  const weakness = modulusWeakness(bigEndian(Buffer.from(n, 'base64url')));
  if (moduli.size >= MOST_MODULI) moduli.clear();
  moduli.set(n, weakness);
  return weakness;
}

/** Small divisors that a modulus of two large primes cannot have, as far as NIST SP 800-89 section 5.3.3 looks for them. */
const SMALL = 752n;

function modulusWeakness(modulus: bigint): string | null {
  for (let divisor = 2n; divisor < SMALL; divisor++) {
    if (modulus % divisor === 0n) return `its modulus can be divided by ${divisor}`;
  }
  // Of a prime the order of its group is no secret: n - 1.
  if (checkPrimeSync(modulus, { checks: 1 })) {
    return 'its modulus is a prime number, so that anybody can sign with it';
  }
  return isCloseProduct(modulus) ? 'its modulus is a product of two numbers that anybody can find' : null;
}

/** Steps of Fermat's method: it finds factors that lie close together, as broken generators have made them (CVE-2022-26320), and twice the same. */
const CLOSE_STEPS = 100;

function isCloseProduct(modulus: bigint): boolean {
  const root = squareRoot(modulus);
  const first = root * root === modulus ? root : root + 1n;
  for (let middle = first; middle < first + BigInt(CLOSE_STEPS); middle++) {
    const square = middle * middle - modulus;
    const half = squareRoot(square);
    if (half * half === square) return true;
  }
  return false;
}

/** The largest whole number whose square is not larger, by Newton's method from above. */
function squareRoot(square: bigint): bigint {
  if (square < 2n) return square;
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function bigEndian(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}
