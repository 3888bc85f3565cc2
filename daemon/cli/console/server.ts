import { Readable } from 'node:stream';
import { errorCode } from '../../error-code.js';
import {
  type Certificate,
  createListener,
  type Listener,
  type Reply,
  type Request,
  renewCertificate,
  sendEvents,
} from '../../http/listener.js';
import { isOpen, type PageFile, pageHeaders, servePage } from '../../http/page-files.js';
import { CliError } from '../errors.js';
import type { AskedBy, ConsoleDoor, DoorSessions } from './door.js';
import { ConsoleError, shownProblem } from './errors.js';
import { notLetIn, SESSION_PATH, turnAway } from './guard.js';

/** Of a decision about some thousand differences. */
const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** Tabs that listen at once. */
const MAX_STREAMS = 12;
/** How often a stream says that it is alive. */
const PULSE_MS = 15_000;
/** A page that reads so slowly that this much waits for it is let go: it connects again. */
const MAX_WAITING_BYTES = 16 * 1024;
/** What happens so soon after a page was told is told as one: a daemon that tells without end keeps nobody busy. */
const MERGE_MS = 50;

type Params = Readonly<Record<string, string>>;

/** One thing that the page asks. */
export interface ConsoleRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handle: (params: Params, body: unknown) => Promise<object>;
}

export interface ConsoleServer {
  /** Tells every page that is looked at to ask anew. */
  changed(): void;
  /** Whether any page listens. */
  isWatched(): boolean;
  /** Shows another certificate from the next connection on. Throws for one that cannot be used. */
  renew(certificate: Certificate): void;
  close(): Promise<void>;
}

export interface ServedConsole {
  readonly door: ConsoleDoor;
  /** Every one of them is listened on, or none. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly certificate: Certificate | null;
  readonly files: readonly PageFile[];
  readonly routes: readonly ConsoleRoute[];
  /** Called when the first page listens, and when none does any more: a hidden tab holds no stream. */
  readonly onWatched: (isWatched: boolean) => void;
}

/**
 * Both addresses that `localhost` means: whoever had one of them to themselves could answer in our name.
 */
export const LOCAL_ADDRESSES = ['127.0.0.1', '::1'] as const;

/** Serves the console's page. Throws `CLI_PORT_TAKEN`. */
export async function serveConsole(options: ServedConsole): Promise<ConsoleServer> {
  const { port, addresses } = options;
  const streams = new Set<Readable>();
  const listeners: Listener[] = [];
  const close = async () => {
    for (const stream of streams) stream.destroy();
    await Promise.all(listeners.map((one) => one.close()));
  };
  for (const host of addresses) {
    const listener = listenerOf(options, streams);
    listeners.push(listener);
    try {
      await listener.listen({ host, port });
    } catch (error) {
      const code = errorCode(error);
      // A machine without IPv6 has one address only.
      if (
        addresses === LOCAL_ADDRESSES &&
        host === '::1' &&
        (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')
      )
        continue;
      await close();
      throw new CliError(
        'CLI_PORT_TAKEN',
        `port ${port} of ${host} cannot be listened on (${code ?? 'error'}): a console may run already; end it, or what else has this port`,
        { cause: error },
      );
    }
  }
  const pulse = setInterval(() => pushAll(streams, ':\n\n'), PULSE_MS);
  const changes = merged(() => tellAll(streams));
  return {
    changed: changes.happened,
    isWatched: () => streams.size > 0,
    renew: (certificate) => {
      for (const listener of listeners) renewCertificate(listener, certificate);
    },
    close: async () => {
      clearInterval(pulse);
      changes.end();
      await close();
    },
  };
}

/** Has every page that is looked at ask anew. */
function tellAll(streams: ReadonlySet<Readable>): void {
  pushAll(streams, 'event: state\ndata: {}\n\n');
}

function pushAll(streams: ReadonlySet<Readable>, text: string): void {
  for (const stream of streams) {
    if (stream.readableLength > MAX_WAITING_BYTES) stream.destroy();
    else stream.push(text);
  }
}

/** Tells at once what happens, and what happens shortly after that once more. */
function merged(tell: () => void): { happened(): void; end(): void } {
  let timer: NodeJS.Timeout | null = null;
  let isMore = false;
  const happened = () => {
    isMore = timer !== null;
    if (isMore) return;
    tell();
    timer = setTimeout(() => {
      timer = null;
      if (isMore) happened();
    }, MERGE_MS);
  };
  return { happened, end: () => clearTimeout(timer ?? undefined) };
}

function listenerOf(
  { door, certificate, files, routes, onWatched }: ServedConsole,
  streams: Set<Readable>,
): Listener {
  const server = createListener({
    ...(certificate === null ? {} : { tls: certificate }),
    bodyLimitBytes: BODY_LIMIT_BYTES,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    onUnusableAddress: (_request, reply) =>
      fail(
        new ConsoleError('CONSOLE_NOT_FOUND', 'no such address: open the link that the console printed'),
        reply,
      ),
  });
  const headers = { ...pageHeaders(true, files), 'cache-control': 'no-store' };
  server.addHook('onRequest', async (request, reply) => {
    void reply.headers(headers);
    const turned = turnAway(askedBy(request), door);
    if (turned !== null) throw turned;
  });
  server.setNotFoundHandler(() => {
    throw new ConsoleError('CONSOLE_NOT_FOUND', 'there is nothing at this address: reload the page');
  });
  server.setErrorHandler((error, _request, reply) => fail(error, reply));
  servePage(server, files);
  if (door.sessions !== null) serveSessions(server, door, door.sessions, () => tellAll(streams));
  // Nothing closes a stream that somebody asks for without its body: it would count for ever.
  server.get('/api/events', { exposeHeadRoute: false }, (_request, reply) => {
    if (streams.size >= MAX_STREAMS) {
      throw new ConsoleError('CONSOLE_INVALID', 'too many tabs of the console are open; close some');
    }
    const stream = new Readable({ read: () => undefined });
    streams.add(stream);
    if (streams.size === 1) onWatched(true);
    stream.once('close', () => {
      streams.delete(stream);
      if (streams.size === 0) onWatched(false);
    });
    stream.push('retry: 2000\nevent: state\ndata: {}\n\n');
    return sendEvents(reply, stream);
  });
  for (const { method, path, handle } of routes) {
    server.route<{ Params: Params }>({
      method,
      url: path,
      handler: async (request, reply) => reply.send(await handle(request.params, request.body)),
    });
  }
  return server;
}

/** The link lets a browser in; from then on its cookie does. */
function serveSessions(
  server: Listener,
  door: ConsoleDoor,
  sessions: DoorSessions,
  onEnded: () => void,
): void {
  // Anybody may send something here: nothing of a body is needed.
  server.post(SESSION_PATH, { bodyLimit: 1, config: { open: true } }, (request, reply) => {
    const cookie = sessions.begin(request.headers.authorization);
    if (cookie === null) throw notLetIn();
    return reply.header('set-cookie', cookie).send({});
  });
  server.delete(SESSION_PATH, { config: { open: true } }, (request, reply) => {
    const wasIn = door.knows(askedBy(request));
    const cookie = sessions.end(request.headers.cookie);
    // Other tabs of that browser show nothing from now on.
    if (wasIn) onEnded();
    return reply.header('set-cookie', cookie).send({});
  });
}

function askedBy(request: Request): AskedBy {
  const { method, headers, raw } = request;
  const site = headers['sec-fetch-site'];
  return {
    method,
    path: (raw.url ?? '/').split('?')[0] ?? '/',
    isOpen: isOpen(request),
    host: headers.host,
    origin: headers.origin,
    site: Array.isArray(site) ? site[0] : site,
    authorization: headers.authorization,
    cookie: headers.cookie,
  };
}

/** Errors of our own classes are told as a command would tell them; of anything else only the kind. */
function fail(error: unknown, reply: Reply): void {
  const statusCode =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 0;
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    void reply.code(statusCode).send({ code: 'CONSOLE_INVALID', message: 'the request cannot be read' });
    return;
  }
  void reply.code(error instanceof ConsoleError ? error.status : 409).send(shownProblem(error));
}
