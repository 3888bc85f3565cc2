import {
  type FastifyInstance,
  fastify,
  type FastifyReply as Reply,
  type FastifyRequest as Request,
} from 'fastify';

export type { Reply, Request };
export type Listener = FastifyInstance;

/** How a listener protects itself from those who connect. */
export interface ListenerLimits {
  readonly bodyLimitBytes: number;
  /** For a whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** Answers what comes before any hook: an address that cannot be decoded, or with a part that is too long. Unset, it is repeated. */
  readonly onUnusableAddress?: (request: Request, reply: Reply) => void;
  /** PEM texts. Plain HTTP when absent. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** An HTTP server that logs nothing by itself and closes what is still open when it ends. */
export function createListener(options: ListenerLimits): Listener {
  const { bodyLimitBytes, requestTimeoutMs, onUnusableAddress, tls } = options;
  const limits = {
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    ...(onUnusableAddress === undefined
      ? {}
      : {
          frameworkErrors: (_error: Error, request: Request, reply: Reply) =>
            onUnusableAddress(request, reply),
        }),
  } as const;
  if (tls === undefined) return fastify(limits);
  const https = { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' } as const;
  return fastify({ ...limits, https }) as unknown as Listener;
}
