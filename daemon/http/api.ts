import { isDeepStrictEqual } from 'node:util';
import { BaselineError } from '../../baselines/index.js';
import { withRemedy } from '../approvals/withdraw-command.js';
import type { ApiConfig } from '../config/api.js';
import { type ApiPerson, personOf } from '../config/api-token.js';
import { errorCode } from '../error-code.js';
import { IncidentError } from '../policy/incident-error.js';
import { StoreError } from '../store/errors.js';
import type { Log } from '../telemetry/log.js';
import { createExclusive } from '../time/exclusive.js';
import { ApiError } from './errors.js';
import { createFailures, type Failures } from './failures.js';
import { createListener, type Reply, type Request } from './listener.js';
import type { Route } from './route.js';

const BODY_LIMIT_BYTES = 16 * 1024;
/** A proposal of a large collection takes a while over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Error classes whose messages hold our own words only, with the status they become. */
const OWN_ERRORS = [
  [BaselineError, 409],
  [IncidentError, 409],
  [StoreError, 503],
] as const;

/** The API while the daemon runs: not listening as long as nobody has a token. */
export interface Api {
  /** `https://0.0.0.0:9772`, with the port actually bound; null while it does not listen. */
  url(): string | null;
  /** Why it does not listen although it should, in our words; null otherwise. */
  problem(): string | null;
  /**
   * Takes another configuration: tokens at once, the address by listening anew. Rejects when the address cannot be listened on; then
   * nobody is served. After `close` nothing listens any more, whatever is applied.
   */
  apply(config: ApiConfig | null): Promise<void>;
  close(): Promise<void>;
}

export interface ApiOptions {
  readonly routes: readonly Route[];
  readonly log: Log;
  readonly clock: () => number;
}

interface Listening {
  readonly config: ApiConfig;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the routes to people with tokens, apart from the health page, so that this one may be offered to other machines under TLS while
 * that one stays on this machine. Every answer is JSON or bytes; an error is `{"code", "message"}` with a code of docs/errors.md.
 */
export function createApi(options: ApiOptions): Api {
  const failures = createFailures(options.clock);
  let listening: Listening | null = null;
  let people: readonly ApiPerson[] = [];
  let problem: string | null = null;
  let closed = false;
  // A configuration that is taken while the daemon stops would listen behind its back.
  const exclusive = createExclusive();

  async function take(wanted: ApiConfig | null): Promise<void> {
    const config = closed ? null : wanted;
    people = config?.people ?? [];
    if (listening !== null && config !== null && sameAddress(listening.config, config)) return;
    const before = listening;
    listening = null;
    problem = null;
    await before?.close();
    if (config === null) return;
    try {
      listening = await listen(options, config, () => people, failures);
    } catch (error) {
      problem = `the API cannot listen on ${config.host}:${config.port} (${errorCode(error) ?? 'error'})`;
      throw error;
    }
  }

  return {
    url: () => listening?.url ?? null,
    problem: () => problem,
    apply: (config) => exclusive(() => take(config)),
    close: () => {
      closed = true;
      return exclusive(() => take(null));
    },
  };
}

async function listen(
  { routes, log }: ApiOptions,
  config: ApiConfig,
  people: () => readonly ApiPerson[],
  failures: Failures,
): Promise<Listening> {
  const server = createListener({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onUnusableAddress: (request, reply) => {
      try {
        admit(request, reply);
        fail(nothingHere(), reply);
      } catch (error) {
        fail(error, reply);
      }
    },
    ...(config.tls === null ? {} : { tls: config.tls }),
  });
  const askers = new WeakMap<object, ApiPerson>();

  function admit(request: Request, reply: Reply): ApiPerson {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    const person = personOf(people(), request.headers.authorization);
    if (person !== null) return person;
    const { first, excessive } = failures.note(request.ip);
    if (first || excessive) log[first ? 'warn' : 'debug']({ address: request.ip }, 'a token was refused');
    throw excessive
      ? new ApiError('API_TOO_MANY_FAILURES', 'too many refused tokens from this address; wait a minute')
      : new ApiError(
          'API_TOKEN_REFUSED',
          'the token is missing or nobody has it; send Authorization: Bearer',
        );
  }

  function fail(error: unknown, reply: Reply): void {
    const { status, code, message } = answerTo(error);
    if (status === 500) log.error({ err: error }, 'a request to the API failed');
    void reply.code(status).send({ code, message });
  }

  // Before anything of a body is read, and for addresses that do not exist too: strangers learn nothing.
  server.addHook('onRequest', async (request, reply) => {
    const person = admit(request, reply);
    const { scope } = request.routeOptions.config as { scope?: Route['scope'] };
    if (scope !== undefined && !person.scopes.includes(scope)) {
      throw new ApiError('API_SCOPE_MISSING', `the token of ${person.name} does not allow ${scope}`);
    }
    askers.set(request, person);
  });
  server.setNotFoundHandler(() => {
    throw nothingHere();
  });
  server.setErrorHandler((error, _request, reply) => fail(error, reply));
  for (const { method, path, scope, bodyLimitBytes, handle } of routes) {
    server.route({
      method,
      url: path,
      config: { scope },
      ...(bodyLimitBytes === undefined ? {} : { bodyLimit: bodyLimitBytes }),
      handler: async (request, reply) => {
        const person = askers.get(request);
        if (person === undefined) throw new Error('a request passed without a person');
        const params = request.params as Readonly<Record<string, string>>;
        const answer = await handle(person, params, request.body);
        if (answer instanceof Uint8Array) return reply.type('application/octet-stream').send(answer);
        return reply.send(answer);
      },
    });
  }
  const url = await server.listen({ host: config.host, port: config.port });
  return { config, url, close: () => server.close() };
}

function nothingHere(): ApiError {
  return new ApiError('API_NOT_FOUND', 'there is nothing at this address');
}

function answerTo(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof ApiError) return { status: error.status, code: error.code, message: error.message };
  for (const [kind, status] of OWN_ERRORS) {
    if (!(error instanceof kind)) continue;
    const { code, message } = error;
    const pending = error instanceof BaselineError ? error.pending : null;
    return { status, code, message: withRemedy(message, pending) };
  }
  const statusCode =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null;
  if (statusCode === 413) return refusal('API_TOO_LARGE', 'the body is larger than this address takes');
  if (typeof statusCode === 'number' && statusCode < 500) {
    return refusal('API_INVALID', 'the request cannot be read; needed is a JSON body');
  }
  return refusal('API_INTERNAL', 'an internal error; the log of the daemon says more');
}

function refusal(code: ApiError['code'], message: string) {
  const { status } = new ApiError(code, message);
  return { status, code, message };
}

function sameAddress(a: ApiConfig, b: ApiConfig): boolean {
  return a.host === b.host && a.port === b.port && isDeepStrictEqual(a.tls, b.tls);
}
