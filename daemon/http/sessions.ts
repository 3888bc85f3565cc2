import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiPerson, TokenScope } from '../config/api-token.js';
import type { KeptSession } from '../store/meta.js';

/** A browser that somebody let in with their token stays in for this long. */
const LIFE_MS = 30 * 86_400_000;
/** Of one token: a phone, a desk, a few that were forgotten. Beyond, the oldest ends. */
const MAX_PER_TOKEN = 8;
/** What a page may do, whatever the token allows. */
const PAGE_SCOPES: readonly TokenScope[] = ['read', 'acknowledge'];

/** Of the watch page. */
export const COOKIE = '__Host-tillwarden';

/** Where sessions outlive the process. */
export interface SessionStore {
  load(): readonly KeptSession[];
  save(sessions: readonly KeptSession[]): void;
}

/**
 * The browsers that people let in. A session is 256 random bits in a cookie that no script reads; kept are its digest and that of the token
 * it came from, so that it ends with that token.
 */
export class Sessions {
  readonly #store: SessionStore;
  readonly #clock: () => number;
  readonly #cookie: string;

  /** `cookie`: its name, `__Host-…`. */
  constructor(store: SessionStore, clock: () => number, cookie = COOKIE) {
    this.#store = store;
    this.#clock = clock;
    this.#cookie = cookie;
  }

  /** Lets a browser in. Returns the `Set-Cookie` header. */
  begin(person: ApiPerson): string {
    const secret = randomBytes(32).toString('base64url');
    const nowMs = this.#clock();
    const all = this.#valid();
    const own = all.filter(({ token }) => token === person.tokenDigest);
    const others = all.filter(({ token }) => token !== person.tokenDigest);
    const made = { digest: digestOf(secret), token: person.tokenDigest, untilMs: nowMs + LIFE_MS };
    this.#store.save([...others, ...own.slice(1 - MAX_PER_TOKEN), made]);
    return this.#set(secret, LIFE_MS / 1000);
  }

  /** Ends the session of a `Cookie` header. Returns the `Set-Cookie` header that takes it from the browser. */
  end(header: string | undefined): string {
    const found = this.#find(header);
    if (found !== null) this.#store.save(this.#valid().filter(({ digest }) => digest !== found.digest));
    return this.#set('', 0);
  }

  /** Whose session a `Cookie` header names, with what a page may do; null for nobody's. */
  personOf(people: readonly ApiPerson[], header: string | undefined): ApiPerson | null {
    const found = this.#find(header);
    const person = found && people.find(({ tokenDigest }) => tokenDigest === found.token);
    if (!person) return null;
    return { ...person, scopes: person.scopes.filter((scope) => PAGE_SCOPES.includes(scope)) };
  }

  #find(header: string | undefined): KeptSession | null {
    const secret = new RegExp(`(?:^|; )${this.#cookie}=([A-Za-z0-9_-]{43})(?:;|$)`).exec(header ?? '')?.[1];
    if (secret === undefined) return null;
    const given = Buffer.from(digestOf(secret), 'hex');
    return this.#valid().find(({ digest }) => timingSafeEqual(Buffer.from(digest, 'hex'), given)) ?? null;
  }

  #set(secret: string, seconds: number): string {
    return `${this.#cookie}=${secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
  }

  /** As they are kept at this moment: who signs everybody out beside us has done so at once. */
  #valid(): readonly KeptSession[] {
    const nowMs = this.#clock();
    return this.#store.load().filter(({ untilMs }) => untilMs > nowMs && untilMs <= nowMs + LIFE_MS);
  }
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
