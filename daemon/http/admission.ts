import { type ApiPerson, personOf, type TokenScope } from '../config/api-token.js';
import type { Log } from '../telemetry/log.js';
import { ApiError } from './errors.js';
import type { Failures } from './failures.js';
import type { Reply, Request } from './listener.js';

/** Lets people with tokens in, each for what their token allows. */
export class Admission {
  readonly #people: () => readonly ApiPerson[];
  readonly #failures: Failures;
  readonly #log: Log;
  readonly #admitted = new WeakMap<object, ApiPerson>();

  constructor(people: () => readonly ApiPerson[], failures: Failures, log: Log) {
    this.#people = people;
    this.#failures = failures;
    this.#log = log;
  }

  /** Throws `API_TOKEN_REFUSED`, or `API_TOO_MANY_FAILURES` for an address that goes on. */
  admit(request: Request, reply: Reply): void {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    const person = personOf(this.#people(), request.headers.authorization);
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
    throw new ApiError('API_SCOPE_MISSING', `the token of ${name} does not allow ${scope}`);
  }

  #refusal({ ip: address }: Request): ApiError {
    const { first, excessive } = this.#failures.note(address);
    if (first || excessive) this.#log[first ? 'warn' : 'debug']({ address }, 'a token was refused');
    return excessive
      ? new ApiError('API_TOO_MANY_FAILURES', 'too many refused tokens from this address; wait a minute')
      : new ApiError(
          'API_TOKEN_REFUSED',
          'the token is missing or nobody has it; send Authorization: Bearer',
        );
  }
}
