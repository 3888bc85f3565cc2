import { once } from 'node:events';
import { createServer, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Changes an answer of the daemon; what it does not change is passed on. */
export type Lie = (path: string, answer: Buffer) => Buffer;

/** Stands between an approver and a daemon, on this machine, and lies. */
export interface LyingServer {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** Null: tells the truth. */
  lie: Lie | null;
  /** Nobody answers: every connection ends. */
  isGone: boolean;
  /** Another status than the daemon's; null for that. */
  status: (path: string) => number | null;
  /** What the daemon is really asked for instead of a path. */
  rename: (path: string) => string;
  /** Ends every connection that is open. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Passes every request on to the daemon at `target`, whose certificate is by `ca`; null where it has none. Streams are passed on as they come. */
export async function startLyingServer(target: string, ca: string | null): Promise<LyingServer> {
  const request = ca === null ? requestHttp : requestHttps;
  const server = createServer((asked, answer) => {
    if (state.isGone) {
      asked.socket.destroy();
      return;
    }
    const { host: _, ...headers } = asked.headers;
    const forwarded = request(
      new URL(state.rename(asked.url ?? '/'), target),
      { method: asked.method, headers, ...(ca === null ? {} : { ca }), agent: false },
      (real) => {
        const type = real.headers['content-type'] ?? '';
        if (type.startsWith('text/event-stream')) {
          answer.writeHead(real.statusCode ?? 500, { 'content-type': type });
          real.pipe(answer);
          answer.on('close', () => forwarded.destroy());
          return;
        }
        void bodyOf(real).then((body) => {
          const told = state.lie === null ? body : state.lie(asked.url ?? '', body);
          const status = state.status(asked.url ?? '') ?? real.statusCode ?? 500;
          answer.writeHead(status, { 'content-type': type });
          answer.end(told);
        });
      },
    );
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const state: LyingServer = {
    hangUp: () => server.closeAllConnections(),
    url: `http://127.0.0.1:${port}`,
    lie: null,
    isGone: false,
    status: () => null,
    rename: (path) => path,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
