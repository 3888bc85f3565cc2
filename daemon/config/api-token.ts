import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a token allows. `read`: everything the API shows; `acknowledge`: incidents; `submit`: proposals, signatures and rejections. */
export const SCOPES = ['read', 'acknowledge', 'submit'] as const;
export type TokenScope = (typeof SCOPES)[number];

/** Somebody who may use the API. The daemon knows the digest of their token, never the token. */
export interface ApiPerson {
  readonly name: string;
  /** Hex SHA-256 of the token. */
  readonly tokenDigest: string;
  readonly scopes: readonly TokenScope[];
}

/** A token of 256 random bits: nothing to guess, so its bare SHA-256 may be kept. */
export function newToken(): string {
  return `till_${randomBytes(32).toString('base64url')}`;
}

/** Hex SHA-256. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Whose token an `Authorization: Bearer …` header holds; null for nobody's. Takes as long whoever it is. */
export function personOf(people: readonly ApiPerson[], authorization: string | undefined): ApiPerson | null {
  const token = /^Bearer ([!-~]{1,512})$/i.exec(authorization ?? '')?.[1] ?? '';
  const given = Buffer.from(tokenDigest(token), 'hex');
  let found: ApiPerson | null = null;
  for (const person of people) {
    if (timingSafeEqual(given, Buffer.from(person.tokenDigest, 'hex'))) found = person;
  }
  return found;
}
