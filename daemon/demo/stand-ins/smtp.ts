import { once } from 'node:events';
import type { Server as NetServer } from 'node:net';
import type { Readable } from 'node:stream';
import type {
  SMTPServer as Server,
  SMTPServerDataStream,
  SMTPServerOptions,
  SMTPServerSession,
} from 'smtp-server';
import { DemoError } from '../demo-error.js';
import { Inbox, preciseNowMs } from './inbox.js';
import { portOf } from './port.js';

/** A mail as the server took it. */
export interface ReceivedMail {
  /** Envelope sender; empty for the null sender. */
  readonly from: string;
  /** Envelope recipients that were accepted. */
  readonly to: readonly string[];
  /** Headers and body as transmitted, with CRLF, dot-stuffing undone. */
  readonly raw: Buffer;
  /** Whether it came over TLS. */
  /** The name that the client gave in EHLO. */
  readonly greeting: string;
  readonly secure: boolean;
  /** Who authenticated, or null. */
  readonly user: string | null;
  /** UTC milliseconds, with a fraction. */
  readonly receivedAtMs: number;
}

const HOST = '127.0.0.1';

/** How the package calls back: with an error, or with none to accept. */
export type SmtpCallback = (error?: Error | null) => void;

/**
 * A real SMTP server on 127.0.0.1 that keeps every mail and forwards none. Like servers that watch for clients who talk too early, the package
 * greets only 100 ms after a connection: that much of each mail's latency is the server's.
 */
export class SmtpStandIn {
  readonly host = HOST;
  readonly #inbox = new Inbox<ReceivedMail>();
  #server: Server | null = null;
  #listener: NetServer | null = null;

  /** `port`: a free one when absent. Throws `DEMO_SMTP_MISSING` when the optional package `smtp-server` is not installed. */
  async listen(port = 0): Promise<this> {
    const SMTPServer = await loadServer();
    const server = new SMTPServer(this.serverOptions());
    // Clients that go away in the middle are no failure of the server, which reports its own through `listening`.
    server.on('error', () => undefined);
    this.#server = server;
    this.onServer(server);
    this.#listener = server.listen(port, HOST);
    await once(this.#listener, 'listening');
    return this;
  }

  get port(): number {
    if (this.#listener === null) throw new RangeError('the server does not listen yet');
    return portOf(this.#listener);
  }

  /** Mails taken, in order of arrival. */
  get messages(): readonly ReceivedMail[] {
    return this.#inbox.items;
  }

  /** The first mail, taken already or yet to come, that fits. Throws `DEMO_WAIT_TIMEOUT`. */
  waitForMessage(predicate: (mail: ReceivedMail) => boolean, timeoutMs: number): Promise<ReceivedMail> {
    return this.#inbox.waitFor(predicate, timeoutMs, 'mail');
  }

  /** Ends all connections at once. */
  close(): Promise<void> {
    return new Promise((done) => {
      if (this.#server === null) done();
      else this.#server.close(() => done());
    });
  }

  /** How the server behaves: in clear, without a login, taking everything. */
  protected serverOptions(): SMTPServerOptions {
    return {
      name: 'mail.stand-in.example',
      banner: 'takes mail and forwards none',
      disabledCommands: ['STARTTLS', 'AUTH'],
      disableReverseLookup: true,
      closeTimeout: 1,
      onData: (stream, session, callback) => {
        readAll(stream).then((raw) => this.onMail(stream, mailOf(raw, session), session, callback), callback);
      },
    };
  }

  /** A server was made and listens next. */
  protected onServer(_server: Server): void {}

  /** A mail was transmitted whole. */
  protected onMail(
    _stream: SMTPServerDataStream,
    mail: ReceivedMail,
    _session: SMTPServerSession,
    callback: SmtpCallback,
  ): void {
    this.take(mail);
    callback();
  }

  protected take(mail: ReceivedMail): void {
    this.#inbox.add(mail);
  }
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
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function mailOf(raw: Buffer, session: SMTPServerSession): ReceivedMail {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
    raw,
    greeting: session.hostNameAppearsAs,
    secure: session.secure,
    user: session.user ? String(session.user) : null,
    receivedAtMs: preciseNowMs(),
  };
}
