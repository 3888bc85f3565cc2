import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { ApiConfig } from '../config/api.js';
import type { ApiPerson } from '../config/api-token.js';
import { errorCode } from '../error-code.js';
import type { Log } from '../telemetry/log.js';
import { createExclusive } from '../time/exclusive.js';
import { Admission } from './admission.js';
import { answerTo, nothingHere } from './answers.js';
import { ApiError } from './errors.js';
import { createFailures, type Failures } from './failures.js';
import { LargeBodies } from './large-bodies.js';
import { createListener, type Listener, type Reply, sendEvents } from './listener.js';
import { isOpen, type PageFile, pageHeaders, servePage } from './page-files.js';
import type { Route } from './route.js';
import type { Sessions } from './sessions.js';

const BODY_LIMIT_BYTES = 16 * 1024;
const NEEDS_TOKEN = 'a browser is let in by a token; send Authorization: Bearer';
/** A proposal of a large collection takes a while over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;
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
  /** The watch page and the browsers that are let in to it; none when absent. */
  readonly page?: { readonly files: readonly PageFile[]; readonly sessions: Sessions };
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
  { routes, log, page }: ApiOptions,
  config: ApiConfig,
  people: () => readonly ApiPerson[],
  failures: Failures,
): Promise<Listening> {
  const admission = new Admission(people, page?.sessions ?? null, failures, log);
  const fail = (error: unknown, reply: Reply): void => {
    const { status, code, message } = answerTo(error);
    if (status === 500) log.error({ err: error }, 'a request to the API failed');
    void reply.code(status).send({ code, message });
  };
  const server = createListener({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onUnusableAddress: (request, reply) => {
      try {
        admission.admit(request, reply);
        fail(nothingHere(), reply);
      } catch (error) {
        fail(error, reply);
      }
    },
    ...(config.tls === null ? {} : { tls: config.tls }),
  });
  const ofPage = page === undefined ? {} : pageHeaders(false, page.files);
  // Before anything of a body is read, and for addresses that do not exist too: strangers learn nothing.
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers(ofPage);
    if (!isOpen(request)) admission.admit(request, reply);
  });
  server.setNotFoundHandler(() => {
    throw nothingHere();
  });
  server.setErrorHandler((error, _request, reply) => fail(error, reply));
  const largeBodies = new LargeBodies();
  for (const route of routes) addRoute(server, route, admission, largeBodies);
  if (page !== undefined) {
    servePage(server, page.files);
    serveSessions(server, page.sessions, admission);
  }
  const url = await server.listen({ host: config.host, port: config.port });
  return { config, url, close: () => server.close() };
}

function addRoute(server: Listener, route: Route, admission: Admission, largeBodies: LargeBodies): void {
  const { method, path, scope, bodyLimitBytes, handle } = route;
  server.route<{ Params: Readonly<Record<string, string>> }>({
    method,
    url: path,
    // Nothing closes a stream of events that somebody asks for without its body: it would count as open for an hour.
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      admission.allow(request, scope);
      largeBodies.admit(reply, bodyLimitBytes ?? BODY_LIMIT_BYTES);
    },
    ...(bodyLimitBytes === undefined ? {} : { bodyLimit: bodyLimitBytes }),
    handler: async (request, reply) => {
      const answer = await handle(admission.personOf(request), request.params, request.body);
      if (answer instanceof Uint8Array) return reply.type('application/octet-stream').send(answer);
      if (answer instanceof Readable) return sendEvents(reply, answer);
      return reply.send(answer);
    },
  });
}

/** A token lets a browser in; from then on its cookie does, for what a page may do. */
function serveSessions(server: Listener, sessions: Sessions, admission: Admission): void {
  server.post('/api/session', (request, reply) => {
    // A browser that is let in must not let itself in anew: a stolen cookie would never run out.
    if (request.headers.authorization === undefined) throw new ApiError('API_TOKEN_REFUSED', NEEDS_TOKEN);
    admission.allow(request, 'read');
    const person = admission.personOf(request);
    return reply.header('set-cookie', sessions.begin(person)).send({ name: person.name });
  });
  server.delete('/api/session', (request, reply) =>
    reply.header('set-cookie', sessions.end(request.headers.cookie)).send({ ended: true }),
  );
}

function sameAddress(a: ApiConfig, b: ApiConfig): boolean {
  return a.host === b.host && a.port === b.port && isDeepStrictEqual(a.tls, b.tls);
}
