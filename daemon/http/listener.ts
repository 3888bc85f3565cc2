import type { Readable } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import {
  type FastifyInstance,
  fastify,
  type FastifyReply as Reply,
  type FastifyRequest as Request,
} from 'fastify';
import { type ConnectionLimits, connectionLimits, guardConnections } from './connections.js';

export type { Reply, Request };
export type Listener = FastifyInstance;

/** PEM texts. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** How a listener protects itself from those who connect. */
export interface ListenerLimits {
  readonly bodyLimitBytes: number;
  /** For a whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** Answers what comes before any hook: an address that cannot be decoded, or with a part that is too long. Unset, it is repeated. */
  readonly onUnusableAddress?: (request: Request, reply: Reply) => void;
  /** Plain HTTP when absent. */
  readonly tls?: Certificate;
  /** Those that leave the process its file handles when absent. */
  readonly connections?: ConnectionLimits;
  /** For headers, in milliseconds; 10 s when absent. */
  readonly headersTimeoutMs?: number;
}

/** For the headers of a request to arrive, in milliseconds: also for whoever connects and says nothing. */
const HEADERS_TIMEOUT_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Between two requests of one connection. */
const KEEP_ALIVE_MS = 5_000;
/** How often those that are late are looked for. */
const CHECK_INTERVAL_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** An HTTP server that logs nothing by itself and closes what is still open when it ends. */
export function createListener(options: ListenerLimits): Listener {
  const { bodyLimitBytes, requestTimeoutMs, onUnusableAddress, tls } = options;
  const headersTimeoutMs = options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
  const beforeAnything = {
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, headersTimeoutMs),
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const limits = {
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    ...(onUnusableAddress === undefined
      ? {}
      : {
          frameworkErrors: (_error: Error, request: Request, reply: Reply) =>
            onUnusableAddress(request, reply),
        }),
  } as const;
  const server = tls === undefined ? fastify({ ...limits, http: beforeAnything }) : overTls(tls);
  guardConnections(server.server, options.connections ?? connectionLimits());
  return server;

  function overTls(own: Certificate): Listener {
    const https = { ...beforeAnything, ...secured(own), handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
    return fastify({ ...limits, https }) as unknown as Listener;
  }
}

/** Has new connections of a listener under TLS see another certificate. Throws what the system says of one that it cannot use. */
export function renewCertificate({ server }: Listener, renewed: Certificate): void {
  if (server instanceof TlsServer) server.setSecureContext(secured(renewed));
}

/** Answers with a stream of events, which a proxy before us has to pass on as they come: nginx holds them back unless it is told. */
export function sendEvents(reply: Reply, events: Readable): Reply {
  return reply.header('x-accel-buffering', 'no').type('text/event-stream').send(events);
}

function secured({ certificate, key }: Certificate) {
  return { cert: certificate, key, minVersion: 'TLSv1.2' } as const;
}
