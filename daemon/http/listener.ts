import { type FastifyInstance, fastify } from 'fastify';

/** How a listener protects itself from those who connect. */
export interface ListenerLimits {
  readonly bodyLimitBytes: number;
  /** For a whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** PEM texts. Plain HTTP when absent. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** An HTTP server that logs nothing by itself and closes what is still open when it ends. */
export function createListener({ bodyLimitBytes, requestTimeoutMs, tls }: ListenerLimits): FastifyInstance {
  const limits = {
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
  } as const;
  if (tls === undefined) return fastify(limits);
  const https = { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' } as const;
  return fastify({ ...limits, https }) as unknown as FastifyInstance;
}
