import { type ApiPerson, personOf, type TokenScope } from '../config/api-token.js';
import type { Log } from '../telemetry/log.js';
import { ApiError } from './errors.js';
import type { Failures } from './failures.js';
import type { Reply, Request } from './listener.js';
import { COOKIE, type Sessions } from './sessions.js';

/** Lets people with tokens in, each for what their token allows. */
export class Admission {
  readonly #people: () => readonly ApiPerson[];
  readonly #sessions: Pick<Sessions, 'personOf'> | null;
  readonly #failures: Failures;
  readonly #log: Log;
  readonly #admitted = new WeakMap<object, ApiPerson>();

  constructor(
    people: () => readonly ApiPerson[],
    sessions: Pick<Sessions, 'personOf'> | null,
    failures: Failures,
    log: Log,
  ) {
    this.#people = people;
    this.#sessions = sessions;
    this.#failures = failures;
    this.#log = log;
  }

  /**
   * By a token, or else by the session of a browser: what that changes must come from our own page. Throws `API_TOKEN_REFUSED`,
   * `API_TOO_MANY_FAILURES` for an address that goes on, and `API_FOREIGN_PAGE`.
   */
  admit(request: Request, reply: Reply): void {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    const { authorization, cookie } = request.headers;
    if (authorization === undefined && this.#sessions !== null && cookie?.includes(COOKIE) === true) {
      const reader = this.#sessions.personOf(this.#people(), cookie);
      // Nobody guesses 256 bits: a session that is over is no failure to be counted.
      if (reader === null)
        throw new ApiError(
          'API_TOKEN_REFUSED',
          'this browser is not signed in any more: open the link with a token anew (tillwarden watch-link)',
        );
      if (request.method !== 'GET' && !isOwnPage(request)) {
        throw new ApiError(
          'API_FOREIGN_PAGE',
          'this can be asked by the watch page itself only: use that, or a program with a token',
        );
      }
      this.#admitted.set(request, reader);
      return;
    }
    const person = personOf(this.#people(), authorization);
    if (person === null) throw this.#refusal(request);
    this.#admitted.set(request, person);
  }

  /** Whoever was admitted with this request. */
  personOf(request: Request): ApiPerson {
    const person = this.#admitted.get(request);
    if (person === undefined) throw new Error('a request passed without a person');
    return person;
  }

  /** Throws `API_SCOPE_MISSING` where the token does not allow it. */
  allow(request: Request, scope: TokenScope): void {
    const { name, scopes } = this.personOf(request);
    if (scopes.includes(scope)) return;
    throw new ApiError(
      'API_SCOPE_MISSING',
      `the token of ${name} does not allow ${scope}: whoever runs the daemon adds it under api.people`,
    );
  }

  #refusal({ ip: address }: Request): ApiError {
    const { first, excessive } = this.#failures.note(address);
    if (first || excessive) this.#log[first ? 'warn' : 'debug']({ address }, 'a token was refused');
    return excessive
      ? new ApiError('API_TOO_MANY_FAILURES', 'too many refused tokens from this address; wait a minute')
      : new ApiError(
          'API_TOKEN_REFUSED',
          'the token is missing or nobody has it; send Authorization: Bearer with the one that "tillwarden token" made',
        );
  }
}

/** Whether our own page asks: browsers say so themselves, and no page can say it for them. */
function isOwnPage({ headers, protocol }: Request): boolean {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  return site === undefined ? origin === `${protocol}://${host}` : site === 'same-origin';
}
