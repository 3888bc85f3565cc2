import type { Registry } from 'prom-client';
import type { Health } from '../watchdog/health.js';
import { createListener } from './listener.js';

export interface HttpServer {
  /** `http://127.0.0.1:9771`, with the port actually bound. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/healthz`, `/readyz` (200 or 503, JSON) , `/status` (JSON) and `/metrics` (Prometheus text). Nothing served here holds
 * text of the watched system, so that the page can be scraped and shown anywhere.
 */
export async function startHttpServer(options: {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly health: () => Health;
  readonly status: () => unknown;
  readonly metrics: Registry;
}): Promise<HttpServer> {
  const server = createListener({ bodyLimitBytes: 1024, requestTimeoutMs: 10_000 });
  server.get('/healthz', (_request, reply) => {
    const { alive, problems } = options.health();
    return reply.code(alive ? 200 : 503).send({ ok: alive, problems });
  });
  server.get('/readyz', (_request, reply) => {
    const { ready, problems } = options.health();
    return reply.code(ready ? 200 : 503).send({ ok: ready, problems });
  });
  server.get('/status', (_request, reply) => reply.send(options.status()));
  server.get('/metrics', async (_request, reply) => {
    return reply.type(options.metrics.contentType).send(await options.metrics.metrics());
  });
  const url = await server.listen({ host: options.host, port: options.port });
  return { url, close: () => server.close() };
}
