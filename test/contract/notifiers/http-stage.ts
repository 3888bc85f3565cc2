import {
  type HttpFault,
  type HttpReply,
  type HttpRequestSeen,
  type HttpStandIn,
  startHttpStandIn,
} from '../../support/http-stand-in.js';
import type { Misbehaviour, Received, Stage } from './channel-under-test.js';

/** A channel with a service of its own over HTTP. */
export interface HttpStage extends Stage {
  readonly server: HttpStandIn;
}

export interface HttpStageOptions {
  /** Where the address is the secret, it is known only once the server listens. */
  readonly secret: string | ((url: string) => string);
  config(url: string): Readonly<Record<string, unknown>>;
  service(request: HttpRequestSeen): HttpReply;
  received(): readonly Received[];
}

/** Starts a stage whose server misbehaves as any HTTP server can. */
export async function startHttpStage(options: HttpStageOptions): Promise<HttpStage> {
  const server = await startHttpStandIn(options.service);
  const secret = typeof options.secret === 'string' ? options.secret : options.secret(server.url);
  const faults: Record<Misbehaviour, HttpFault> = {
    busy: { type: 'reply', status: 503, body: 'upstream connect error' },
    silent: { type: 'silence', takes: true },
    cut: { type: 'cut', takes: true },
    'echoes-secret': {
      type: 'reply',
      status: 401,
      headers: { 'x-seen': secret },
      body: `bad secret ${secret}`,
    },
    gibberish: { type: 'reply', status: 200, body: '<html><b>Please log in to the hotel Wi-Fi</b></html>' },
  };
  return {
    server,
    config: options.config(server.url),
    secret,
    misbehave: (how) => server.next(faults[how]),
    received: async () => options.received(),
    stop: () => server.close(),
  };
}

/** Text with quotations taken apart: what stands in “ ” and what does not. */
export function apart(text: string): { readonly ours: string; readonly quoted: readonly string[] } {
  return {
    ours: text.replace(/“[^”]*”/g, '').replace(/^ *\^+ *$/gm, ''),
    quoted: [...text.matchAll(/“([^”]*)”/g)].map(([, value = '']) => value),
  };
}
