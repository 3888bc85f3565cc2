/** Public keys of the right form with which somebody else than their owner could sign. */
import type { SshPublicKey } from './ssh-key.js';

/** The reason why signatures by a key prove nothing; null for a key that nothing is known against. */
export function weaknessOf({ keyObject }: Pick<SshPublicKey, 'keyObject'>): string | null {
  const { kty, x = '', n = '' } = keyObject.export({ format: 'jwk' });
  if (kty === 'OKP') return edwardsWeakness(Buffer.from(x, 'base64url'));
  if (kty === 'RSA') return modulusWeakness(bigEndian(Buffer.from(n, 'base64url')));
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

/** Small divisors that a modulus of two large primes cannot have, as far as NIST SP 800-89 section 5.3.3 looks for them. */
const SMALL = 752n;

function modulusWeakness(modulus: bigint): string | null {
  for (let divisor = 2n; divisor < SMALL; divisor++) {
    if (modulus % divisor === 0n) return `its modulus can be divided by ${divisor}`;
  }
  return null;
}

function bigEndian(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}
