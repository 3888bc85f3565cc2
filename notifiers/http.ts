import { type IncomingMessage, request as requestInClear } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { isIP } from 'node:net';
import {
  ADDRESS_REFUSED,
  guardedLookup,
  mayConnect,
  type NetworkScope,
  refusedAddress,
} from './addresses.js';
import type { Deadline } from './deadline.js';

/** No honest answer to a message is longer. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** One message on its way out. */
export interface HttpPost {
  readonly url: URL;
  /** POST when absent. */
  readonly method?: 'PUT' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly networkScope: NetworkScope;
  /** PEM of the only certificate authority to trust; absent: those Node.js ships. */
  readonly ca?: string | undefined;
}

/** How one exchange ended. Nothing in it but `body` is text of the other side. */
export type HttpAnswer =
  | {
      readonly type: 'answered';
      readonly status: number;
      /** The wish of `Retry-After`, not yet bounded; null without a readable one. */
      readonly retryAfterMs: number | null;
      readonly body: Buffer;
    }
  | HttpFailure;
export type HttpFailure =
  /** A redirect, which is never followed: it would carry the message, and its secret, to another place. */
  | { readonly type: 'redirected'; readonly status: number }
  | { readonly type: 'oversized' }
  /** The name leads to an address that the channel may not connect to. */
  | { readonly type: 'address-refused' }
  /** No TLS connection to a host that proves its name. */
  | { readonly type: 'untrusted'; readonly detail: string }
  | { readonly type: 'unreachable'; readonly detail: string }
  | { readonly type: 'timeout' }
  | { readonly type: 'stopped' };

/**
 * The one way out for channels that speak HTTP: POSTs once, over a connection of its own, and reads the answer whole before `deadline`.
 * Follows no redirect, reads at most `MAX_ANSWER_BYTES`, connects to nothing out of reach. Never throws for what the other side did.
 */
export async function post(message: HttpPost, deadline: Deadline): Promise<HttpAnswer> {
  try {
    const response = await send(message, deadline.signal);
    const status = response.statusCode ?? 0;
    // Another protocol, which nobody asked for: of it there is no body, and no end.
    if (status < 200) {
      response.destroy();
      return { type: 'answered', status, retryAfterMs: null, body: Buffer.alloc(0) };
    }
    if (status >= 300 && status < 400) {
      response.destroy();
      return { type: 'redirected', status };
    }
    const body = await readWhole(response);
    if (body === null) return { type: 'oversized' };
    const retryAfterMs = waitOf(response.headers['retry-after'], Date.now());
    return { type: 'answered', status, retryAfterMs, body };
  } catch (error) {
    if (deadline.expired()) return { type: 'timeout' };
    return deadline.signal.aborted ? { type: 'stopped' } : failureOf(error);
  }
}

/** The system's own code of a failed connection, such as ECONNREFUSED: nothing the other side could have written. */
function connectionCode(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    const { code, cause }: { code?: unknown; cause?: unknown } = at;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
    at = cause;
  }
  return 'connection failed';
}

function send(
  { url, method, headers, body, networkScope, ca }: HttpPost,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // A literal address is connected to without any lookup.
    if (isIP(host) !== 0 && !mayConnect(host, networkScope)) return reject(refusedAddress());
    const bytes = Buffer.from(body, 'utf8');
    const options = {
      method: method ?? 'POST',
      headers: { ...headers, 'content-length': bytes.length },
      agent: false as const,
      lookup: guardedLookup(networkScope),
      signal,
    };
    const outgoing =
      url.protocol === 'https:'
        ? requestOverTls(url, { ...options, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
        : requestInClear(url, options);
    outgoing.on('response', resolve);
    // Unheard, it would end the connection and neither answer nor fail.
    outgoing.on('upgrade', resolve);
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

async function readWhole(response: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** RFC 9110 10.2.3: seconds, or an HTTP date. */
function waitOf(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,12}$/.test(header)) return Number(header) * 1000;
  const dateMs = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}

function failureOf(error: unknown): HttpFailure {
  const detail = connectionCode(error);
  if (detail === ADDRESS_REFUSED) return { type: 'address-refused' };
  return /CERT|TLS|SSL|SIGNATURE|^EPROTO$/.test(detail)
    ? { type: 'untrusted', detail }
    : { type: 'unreachable', detail };
}
