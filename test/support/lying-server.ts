import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'node:https';

/** Changes an answer of the daemon; what it does not change is passed on. */
export type Lie = (path: string, answer: Buffer) => Buffer;

/** Stands between an approver and a daemon, on this machine, and lies. */
export interface LyingServer {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** Null: tells the truth. */
  lie: Lie | null;
  /** What the daemon is really asked for instead of a path. */
  rename: (path: string) => string;
  close(): Promise<void>;
}

/** Passes every request on to the daemon at `target`, whose certificate is by `ca`. */
export async function startLyingServer(target: string, ca: string): Promise<LyingServer> {
  const server = createServer((asked, answer) => {
    const { host: _, ...headers } = asked.headers;
    const forwarded = request(
      new URL(state.rename(asked.url ?? '/'), target),
      { method: asked.method, headers, ca, agent: false },
      (real) => {
        void bodyOf(real).then((body) => {
          const told = state.lie === null ? body : state.lie(asked.url ?? '', body);
          answer.writeHead(real.statusCode ?? 500, { 'content-type': real.headers['content-type'] ?? '' });
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
    url: `http://127.0.0.1:${port}`,
    lie: null,
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
