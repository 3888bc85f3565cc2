import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

/** The answer of a web server to one question. Texts are the server's. */
export interface WebAnswer {
  /** Whether it came whole; if not, what is here is what came. */
  readonly came: 'whole' | 'longer than is read' | 'not finished in time' | 'broken off';
  readonly status: number;
  /** Where it sends whoever asks, which is never followed; null where it sends nobody. */
  readonly location: string | null;
  /** By name in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Question {
  /** What the server is called, with the port where it is not the usual one. */
  readonly authority: string;
  readonly path: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Of headers no more is read; a server that sends more does not speak HTTP. */
const MAX_HEADER_BYTES = 16_384;

/**
 * Asks once, over a connection that is open, and ends it. Follows nothing, sends no cookie, holds at most `maxBytes` of the answer. Null when what comes
 * is no HTTP, or nothing comes in time. Never rejects.
 */
export function ask(
  socket: Socket,
  { authority, path, timeoutMs, maxBytes }: Question,
): Promise<WebAnswer | null> {
  return new Promise((resolve) => {
    let response: IncomingMessage | null = null;
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => done('not finished in time'), timeoutMs);
    let isOver = false;
    const done = (came: WebAnswer['came']) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      const answer = response === null ? null : answerOf(response, Buffer.concat(chunks), came);
      outgoing.destroy();
      socket.destroy();
      resolve(answer);
    };
    const outgoing = request({
      createConnection: () => socket,
      method: 'GET',
      path,
      headers: {
        host: authority,
        'user-agent': 'tillwarden',
        accept: '*/*',
        'accept-encoding': 'identity',
        connection: 'close',
      },
      maxHeaderSize: MAX_HEADER_BYTES,
      setHost: false,
    });
    outgoing.on('error', () => done('broken off'));
    outgoing.on('response', (incoming) => {
      response = incoming;
      incoming.on('data', (chunk: Buffer) => {
        const room = maxBytes - bytes;
        bytes += chunk.length;
        if (room > 0) chunks.push(chunk.subarray(0, room));
        if (bytes > maxBytes) done('longer than is read');
      });
      incoming.on('end', () => done('whole'));
      incoming.on('error', () => done('broken off'));
    });
    outgoing.end();
  });
}

function answerOf(response: IncomingMessage, body: Buffer, came: WebAnswer['came']): WebAnswer {
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    if (values !== undefined) headers.set(name, values.join(', '));
  }
  return {
    came,
    status: response.statusCode ?? 0,
    location: headers.get('location') ?? null,
    headers,
    body: body.toString('utf8'),
  };
}
