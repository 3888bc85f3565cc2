import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** Clocks of two machines may differ by this much, in milliseconds. */
const SKEW_MS = 10 * 60_000;

/** How long before its end a certificate is spoken of, in milliseconds. */
const SOON_MS = 14 * 86_400_000;

/** What is wrong with a certificate, in our words: "expired at …". */
export interface CertificateProblem {
  readonly words: string;
  /** It still works: `soon` is the time to renew it. */
  readonly weight: 'soon' | 'broken';
}

/**
 * What clients that verify it find wrong with a certificate, the worst first, and that it expires soon, which stays so after it has: of all in `pem`,
 * the server's own first and those above it. `name`: what they call the server, where that is known; an address is none, since they may use a name
 * for it. Pure. The same words for as long as it stays so.
 */
export function certificateProblems(pem: string, name: string, nowMs: number): readonly CertificateProblem[] {
  const chain = (pem.match(PEM) ?? []).map((one) => new X509Certificate(one));
  const [own] = chain;
  if (own === undefined) return [broken('holds no certificate')];
  const begins = chain
    .map(({ validFrom }) => Date.parse(validFrom))
    .reduce((most, one) => Math.max(most, one));
  const ends = chain.map(({ validTo }) => Date.parse(validTo)).reduce((least, one) => Math.min(least, one));
  return [
    ...(begins - nowMs > SKEW_MS ? [broken(`is not valid before ${instantOf(begins)}`)] : []),
    ...(nowMs > ends ? [broken(`expired at ${instantOf(ends)}`)] : []),
    ...(isIP(name) === 0 && own.checkHost(name) === undefined ? [broken(`is not for the name ${name}`)] : []),
    ...(ends - nowMs <= SOON_MS
      ? [{ words: `is valid until ${instantOf(ends)} only`, weight: 'soon' as const }]
      : []),
  ];
}

const broken = (words: string): CertificateProblem => ({ words, weight: 'broken' });

const instantOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
