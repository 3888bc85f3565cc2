import { once } from 'node:events';
import { createServer as createClearServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.js';

/** A request as it arrived. */
export interface HttpRequestSeen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as it is sent. */
export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What happens to a request instead of the service's own answer. `takes` says whether the service takes the message before that. */
export type HttpFault = (
  | ({ readonly type: 'reply' } & HttpReply)
  /** Takes the connection and answers nothing. */
  | { readonly type: 'silence' }
  /** Resets the connection. */
  | { readonly type: 'cut' }
  /** Begins an answer and resets the connection in the middle. */
  | { readonly type: 'half' }
  /** Sends one byte of the answer every 50 ms, for ever. */
  | { readonly type: 'trickle' }
  /** Goes over to another protocol. */
  | { readonly type: 'switch' }
) & { readonly takes?: boolean; readonly delayMs?: number };

export interface HttpStandIn {
  readonly url: string;
  readonly port: number;
  /** Every request, in order of arrival. */
  readonly requests: readonly HttpRequestSeen[];
  /** Faults of the next requests, one each. */
  next(...faults: HttpFault[]): void;
  /** The fault of every request for which `next` holds nothing, until called with null. */
  always(fault: HttpFault | null): void;
  close(): Promise<void>;
}

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';

/** A real HTTP server on 127.0.0.1 that answers as `service` says, or misbehaves as it is told. With `tls` it speaks HTTPS. */
export async function startHttpStandIn(
  service: (request: HttpRequestSeen) => HttpReply,
  tls?: Certificate,
): Promise<HttpStandIn> {
  const requests: HttpRequestSeen[] = [];
  const script: HttpFault[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let standing: HttpFault | null = null;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const seen = await read(request);
    requests.push(seen);
    const fault = script.shift() ?? standing;
    if (fault === null) return reply(response, service(seen));
    if (fault.delayMs !== undefined) {
      await new Promise<void>((resolve) => timers.add(setTimeout(resolve, fault.delayMs)));
    }
    if (fault.takes === true) service(seen);
    if (fault.type === 'reply') reply(response, fault);
    else if (fault.type === 'cut') request.socket.destroy();
    else if (fault.type === 'switch') request.socket.write(SWITCHING);
    else if (fault.type === 'half') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"half":', () => request.socket.destroy());
    } else if (fault.type === 'trickle') {
      response.writeHead(200, { 'content-type': 'application/json' });
      timers.add(setInterval(() => response.write(' '), 50));
    }
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createClearServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    next: (...faults) => void script.push(...faults),
    always: (fault) => {
      standing = fault;
    },
    close: () =>
      new Promise((done) => {
        for (const timer of timers) clearInterval(timer);
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<HttpRequestSeen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function reply(response: ServerResponse, { status, headers = {}, body = '' }: HttpReply): void {
  response.writeHead(status, headers).end(status === 204 ? undefined : body);
}
