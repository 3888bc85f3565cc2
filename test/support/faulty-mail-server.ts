import type { Socket } from 'node:net';
import type { SMTPServer, SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { type ReceivedMail, type SmtpCallback, SmtpStandIn } from '../../daemon/demo/stand-ins/smtp.js';

/** Where in a conversation the server can be made to misbehave. */
export type FaultStage = 'connect' | 'sender' | 'recipient' | 'message';

/** What the server does instead of accepting. `takes` (at stage `message`) says whether it keeps the message before that. */
export type SmtpFault = {
  readonly stage: FaultStage;
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

export interface MailServerOptions {
  /** 0 (a free one) when absent. */
  readonly port?: number;
  /** PEM. With it STARTTLS is offered; with `implicit`, TLS from the first byte. Plain text only when absent. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly implicit?: boolean };
  /** Requires this login; after TLS only, when `tls` is given. Nobody needs one when absent. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Advertised as SIZE (RFC 1870); larger mails get 552. */
  readonly maxBytes?: number;
}

/** The demo's mail server, which can speak TLS, ask for a login, and be made to misbehave. */
export class FaultyMailServer extends SmtpStandIn {
  readonly #faults: { readonly fault: SmtpFault; left: number }[] = [];
  /** By the port at the client's end. */
  readonly #sockets = new Map<number, Socket>();

  constructor(private readonly options: MailServerOptions = {}) {
    super();
  }

  /** Adds a fault and returns what lifts it. The oldest that fits applies. */
  fault(fault: SmtpFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.push(entry);
    return () => {
      entry.left = 0;
    };
  }

  protected override serverOptions(): SMTPServerOptions {
    const { tls, auth, maxBytes } = this.options;
    return {
      ...super.serverOptions(),
      secure: tls?.implicit ?? false,
      ...(tls && { key: tls.key, cert: tls.cert }),
      disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(auth ? [] : ['AUTH'])],
      allowInsecureAuth: tls === undefined,
      ...(maxBytes !== undefined && { size: maxBytes }),
      onAuth: ({ username, password }, _session, callback) => {
        if (username === auth?.user && password === auth?.password) callback(null, { user: username });
        else callback(replyOf(535, 'authentication failed'));
      },
      onConnect: (session, callback) => this.#go(this.#faultAt('connect'), session, callback),
      onMailFrom: (_address, session, callback) => this.#go(this.#faultAt('sender'), session, callback),
      onRcptTo: ({ address }, session, callback) =>
        this.#go(this.#faultAt('recipient', address), session, callback),
    };
  }

  protected override onServer({ server }: SMTPServer): void {
    server.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.once('close', () => this.#sockets.delete(port));
    });
  }

  protected override onMail(
    { sizeExceeded }: SMTPServerDataStream,
    mail: ReceivedMail,
    session: SMTPServerSession,
    callback: SmtpCallback,
  ): void {
    if (sizeExceeded) {
      callback(replyOf(552, 'message exceeds the size limit'));
      return;
    }
    const fault = this.#faultAt('message');
    if (fault === null || ('takes' in fault && fault.takes)) this.take(mail);
    this.#go(fault, session, callback);
  }

  #faultAt(stage: FaultStage, recipient?: string): SmtpFault | null {
    const entry = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        fault.stage === stage &&
        (fault.recipient === undefined || fault.recipient === recipient?.toLowerCase()),
    );
    if (!entry) return null;
    entry.left -= 1;
    return entry.fault;
  }

  #go(fault: SmtpFault | null, session: SMTPServerSession, callback: SmtpCallback): void {
    if (fault === null) callback();
    else if (fault.type === 'cut') this.#sockets.get(session.remotePort)?.resetAndDestroy();
    else if (fault.type === 'answer') callback(replyOf(fault.code, fault.text ?? 'refused as scripted'));
  }
}

function replyOf(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

export const startFaultyMailServer = (options: MailServerOptions = {}): Promise<FaultyMailServer> =>
  new FaultyMailServer(options).listen(options.port);
