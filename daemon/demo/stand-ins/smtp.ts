import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { SMTPServer as Server, SMTPServerSession } from 'smtp-server';
import { DemoError } from '../demo-error.js';
import { Inbox, preciseNowMs } from './inbox.js';

/** Where in a conversation the server can be made to misbehave. */
export type SmtpStage = 'connect' | 'sender' | 'recipient' | 'message';

/** What the server does instead of accepting. `takes` (at stage `message`) says whether it keeps the message before that. */
export type SmtpFault = {
  readonly stage: SmtpStage;
  /** Only for this recipient (stage `recipient`), in lower case. */
  readonly recipient?: string;
  /** How often; until lifted when absent. Once at stage `recipient` with a 4xx answer is greylisting. */
  readonly times?: number;
} & (
  | {
      readonly type: 'answer';
      /** 4xx: try again later; 5xx: never (RFC 5321 4.2.1). */
      readonly code: number;
      readonly text?: string;
    }
  /** The connection is reset. */
  | { readonly type: 'cut'; readonly takes?: boolean }
  /** No answer, the connection stays open. */
  | { readonly type: 'silence'; readonly takes?: boolean }
);

/** A mail as the server took it. */
export interface ReceivedMail {
  /** Envelope sender; empty for the null sender. */
  readonly from: string;
  /** Envelope recipients that were accepted. */
  readonly to: readonly string[];
  /** Headers and body as transmitted, with CRLF, dot-stuffing undone. */
  readonly raw: Buffer;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Who authenticated, or null. */
  readonly user: string | null;
  /** UTC milliseconds, with a fraction. */
  readonly receivedAtMs: number;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** Mails taken, in order of arrival. */
  readonly messages: readonly ReceivedMail[];
  /** Adds a fault and returns what lifts it. The oldest that fits applies. */
  fault(fault: SmtpFault): () => void;
  /** The first mail, taken already or yet to come, that fits. Throws `DEMO_WAIT_TIMEOUT`. */
  waitForMessage(predicate: (mail: ReceivedMail) => boolean, timeoutMs: number): Promise<ReceivedMail>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

export interface SmtpServerOptions {
  /** 0 (a free one) when absent. */
  readonly port?: number;
  /** PEM. With it STARTTLS is offered; with `implicit`, TLS from the first byte. Plain text only when absent. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly implicit?: boolean };
  /** Requires this login; after TLS only, when `tls` is given. Nobody needs one when absent. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Advertised as SIZE (RFC 1870); larger mails get 552. */
  readonly maxBytes?: number;
}

const HOST = '127.0.0.1';

/**
 * A real SMTP server on 127.0.0.1 that keeps every mail and forwards none. Like servers that watch for clients who talk too early, the package greets
 * only 100 ms after a connection: that much of each mail's latency is the server's. Throws `DEMO_SMTP_MISSING` when the optional package
 * `smtp-server` is not installed.
 */
export async function startSmtpServer(options: SmtpServerOptions = {}): Promise<SmtpServer> {
  const SMTPServer = await loadServer();
  const inbox = new Inbox<ReceivedMail>();
  const faults: { readonly fault: SmtpFault; left: number }[] = [];
  const sockets = new Map<number, Socket>();

  const faultAt = (stage: SmtpStage, recipient?: string): SmtpFault | null => {
    const entry = faults.find(
      ({ fault, left }) =>
        left > 0 &&
        fault.stage === stage &&
        (fault.recipient === undefined || fault.recipient === recipient?.toLowerCase()),
    );
    if (!entry) return null;
    entry.left -= 1;
    return entry.fault;
  };
  const go = (
    fault: SmtpFault | null,
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ): void => {
    if (fault === null) callback();
    else if (fault.type === 'cut') sockets.get(session.remotePort)?.resetAndDestroy();
    else if (fault.type === 'answer') callback(replyOf(fault.code, fault.text ?? 'refused as scripted'));
  };

  const server: Server = new SMTPServer({
    name: 'mail.stand-in.example',
    banner: 'takes mail and forwards none',
    secure: options.tls?.implicit ?? false,
    ...(options.tls && { key: options.tls.key, cert: options.tls.cert }),
    disabledCommands: [...(options.tls ? [] : ['STARTTLS']), ...(options.auth ? [] : ['AUTH'])],
    allowInsecureAuth: options.tls === undefined,
    ...(options.maxBytes !== undefined && { size: options.maxBytes }),
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: (auth, _session, callback) => {
      const right = auth.username === options.auth?.user && auth.password === options.auth?.password;
      if (right) callback(null, { user: auth.username });
      else callback(replyOf(535, 'authentication failed'));
    },
    onConnect: (session, callback) => go(faultAt('connect'), session, callback),
    onMailFrom: (_address, session, callback) => go(faultAt('sender'), session, callback),
    onRcptTo: (address, session, callback) => go(faultAt('recipient', address.address), session, callback),
    onData: (stream, session, callback) => {
      readAll(stream).then((raw) => {
        if (stream.sizeExceeded) return callback(replyOf(552, 'message exceeds the size limit'));
        const fault = faultAt('message');
        if (fault === null || ('takes' in fault && fault.takes)) inbox.add(mailOf(raw, session));
        go(fault, session, callback);
      }, callback);
    },
  });
  // Clients that go away in the middle are part of the tests; the server itself reports through `listening`.
  server.on('error', () => undefined);
  server.server.on('connection', (socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
  const listener = server.listen(options.port ?? 0, HOST);
  await once(listener, 'listening');

  return {
    host: HOST,
    port: (listener.address() as AddressInfo).port,
    messages: inbox.items,
    fault: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      faults.push(entry);
      return () => {
        entry.left = 0;
      };
    },
    waitForMessage: (predicate, timeoutMs) => inbox.waitFor(predicate, timeoutMs, 'mail'),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
      }),
  };
}

async function loadServer(): Promise<typeof Server> {
  try {
    return (await import('smtp-server')).SMTPServer;
  } catch (cause) {
    throw new DemoError(
      'DEMO_SMTP_MISSING',
      'the optional package smtp-server is not installed; run "npm ci" without --omit=optional',
      { cause },
    );
  }
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function mailOf(raw: Buffer, session: SMTPServerSession): ReceivedMail {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
    raw,
    secure: session.secure,
    user: session.user ? String(session.user) : null,
    receivedAtMs: preciseNowMs(),
  };
}

function replyOf(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
