import { createTransport } from 'nodemailer';
import type { Alert } from '../alert.js';
import { readCertificateAuthority } from '../certificate-authority.js';
import { type Deadline, withDeadline } from '../deadline.js';
import { NotifierError } from '../errors.js';
import type { PreviewFile } from '../kind.js';
import { isLoopback } from '../loopback.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from '../notifier.js';
import { refusedForGood } from '../outcome.js';
import { parseConfig } from '../parse-config.js';
import type { ChangesFile } from './changes-file.js';
import { type EmailConfig, emailConfigSchema, isMailbox, smtpServer, travelsProtected } from './config.js';
import { mailOutcome, refusesMail, type SmtpAnswer, smtpFailure } from './outcome.js';
import { EMAIL_PARTS, formerAddress, formerPart, partOf, partsFor } from './parts.js';
import { type EmailMessage, type EmailSend, emailMessage, hasDetails } from './payload.js';

/** A mail has room for thousands of sites. */
export const alikeCharacters = 20_000;

/**
 * Builds the mail channel. Throws `NotifierError` when `config` is not what `emailConfigSchema` accepts or the certificate
 * authority's file cannot be used.
 */
export function create(name: string, config: unknown): Notifier {
  return new EmailNotifier(name, parseConfig(emailConfigSchema, 'mail', name, config));
}

/** The mails an alert becomes, as a mail program gets them and as it shows their two forms. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const from = 'tillwarden@example.org';
  const transport = createTransport({ streamTransport: true, buffer: true });
  const files: PreviewFile[] = [];
  for (const part of EMAIL_PARTS.filter((one) => one === 'alarm' || hasDetails(alert))) {
    const message = emailMessage(alert, { part, attempt: 1, thread: null, channel: 'oncall', from });
    const mail = { ...mailOf(message, from, ['oncall@example.org']), date: new Date(alert.observedAtMs) };
    const { message: raw } = await transport.sendMail(mail);
    files.push(
      { ending: `${part}.eml`, content: raw.toString() },
      { ending: `${part}.html`, content: message.html },
      { ending: `${part}.txt`, content: `Subject: ${message.subject}\n\n${message.text}` },
    );
  }
  return files;
}

/** Two mails per alert and recipient: the alarm in our own words, and the quoted details as a reply to it. */
class EmailNotifier implements Notifier {
  readonly kind = 'email';
  readonly parts: readonly string[];
  readonly formerPart?: (address: string) => string | null;
  /** A mail is cut off where its text is too long: the names of sites take a fifth of it at most. */
  readonly alikeCharacters = alikeCharacters;
  readonly degradations: NonNullable<Notifier['degradations']>;
  private readonly closing = new AbortController();
  private readonly connection: ReturnType<typeof connectionOptions>;

  constructor(
    readonly name: string,
    private readonly config: EmailConfig,
  ) {
    this.parts = partsFor(config.to);
    if (config.tellFormerAddress) {
      this.formerPart = (address) => (isMailbox(address) ? formerPart(address) : null);
    }
    this.connection = connectionOptions(name, config);
    const clear = !travelsProtected(config) && !isLoopback(smtpServer(config.smtp)?.host ?? '');
    this.degradations = clear
      ? [
          {
            code: 'NOTIFY_SMTP_CLEARTEXT',
            message: `notifier ${name}: mails travel without TLS, because requireTls is false`,
          },
        ]
      : [];
  }

  deliver(request: DeliveryRequest): Promise<DeliveryOutcome> {
    const { alert, attempt, thread } = request;
    const former = formerAddress(request.part);
    if (former !== null) return this.deliverFormer(request, former);
    const wanted = partOf(request.part, this.config.to);
    if (wanted === null) return Promise.resolve(refusedForGood('this recipient is not configured any more'));
    const { part, recipient } = wanted;
    const send = { part, attempt, thread, channel: this.name, from: this.config.from };
    if (part === 'details' && !hasDetails(alert)) {
      // The alarm holds everything, so its id stands for the details too.
      const { messageId } = emailMessage(alert, { ...send, part: 'alarm' });
      return Promise.resolve({ delivered: true, receipt: messageId });
    }
    return withDeadline(this.config.timeoutMs, [request.signal, this.closing.signal], (deadline) =>
      part === 'alarm'
        ? this.sendAlarm(emailMessage(alert, send), recipient, deadline)
        : this.sendDetails(alert, send, recipient, deadline),
    );
  }

  /** One mail to somebody who is not of the operator's people: our words, and nobody else's address. */
  private deliverFormer(
    { alert, attempt, signal }: DeliveryRequest,
    address: string,
  ): Promise<DeliveryOutcome> {
    if (!this.config.tellFormerAddress || !isMailbox(address) || alert.type !== 'address-changed') {
      return Promise.resolve(
        refusedForGood('former addresses are told nothing else, and only where that is configured'),
      );
    }
    const { from, timeoutMs } = this.config;
    const message = emailMessage(alert, { part: 'alarm', attempt, thread: null, channel: this.name, from });
    return withDeadline(timeoutMs, [signal, this.closing.signal], (deadline) =>
      this.sendAlarm(message, address, deadline, [address]),
    );
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async sendAlarm(
    message: EmailMessage,
    recipient: string,
    deadline: Deadline,
    to: readonly string[] = this.config.to,
  ): Promise<DeliveryOutcome> {
    return mailOutcome(await this.send(message, recipient, deadline, to));
  }

  /** The details as whole as the server takes them: with the file, without it, at last without a value. */
  private async sendDetails(
    alert: Alert,
    send: EmailSend,
    recipient: string,
    deadline: Deadline,
  ): Promise<DeliveryOutcome> {
    const whole = emailMessage(alert, send);
    let answer = await this.send(whole, recipient, deadline);
    let warning: string | null = null;
    if (refusesMail(answer) && whole.attachment !== null) {
      warning = 'the mail server refused the attached changes.txt: check its size limit';
      answer = await this.send(emailMessage(alert, { ...send, details: 'no-file' }), recipient, deadline);
    }
    if (refusesMail(answer)) {
      warning = 'the mail server refused the values: check its size limit and filters';
      answer = await this.send(emailMessage(alert, { ...send, details: 'withheld' }), recipient, deadline);
    }
    const outcome = mailOutcome(answer);
    return outcome.delivered && warning !== null ? { ...outcome, warning } : outcome;
  }

  private async send(
    message: EmailMessage,
    recipient: string,
    deadline: Deadline,
    to: readonly string[] = this.config.to,
  ): Promise<SmtpAnswer> {
    const { from, timeoutMs } = this.config;
    try {
      await createTransport(this.connection).sendMail({
        ...mailOf(message, from, to),
        envelope: { from, to: [recipient] },
        signal: deadline.signal,
      });
      return { type: 'accepted', messageId: message.messageId };
    } catch (error) {
      if (deadline.expired()) return { type: 'timeout', timeoutMs };
      return deadline.signal.aborted ? { type: 'stopped' } : smtpFailure(error);
    }
  }
}

/** A message as the transport takes it. */
function mailOf(message: EmailMessage, from: string, to: readonly string[]) {
  return {
    from: { name: 'tillwarden', address: from },
    to: to.map((address) => ({ name: '', address })),
    subject: message.subject,
    messageId: message.messageId,
    references: [...message.references],
    ...(message.references.length === 0 ? {} : { inReplyTo: message.references.at(-1) }),
    headers: { ...message.headers },
    ...(message.urgent ? { priority: 'high' as const } : {}),
    text: message.text,
    html: message.html,
    textEncoding: 'quoted-printable' as const,
    ...(message.attachment === null ? {} : { attachments: [attached(message.attachment)] }),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function attached({ name, text }: ChangesFile) {
  return {
    filename: name,
    content: Buffer.from(text, 'utf8'),
    contentType: 'text/plain; charset=utf-8',
    contentDisposition: 'attachment' as const,
  };
}

function connectionOptions(name: string, config: EmailConfig) {
  const server = smtpServer(config.smtp);
  if (server === null)
    throw new NotifierError(
      'NOTIFY_CONFIG_INVALID',
      `notifier ${name}: smtp is no SMTP URL; needed is one such as smtps://user:password@mail.example.org`,
    );
  const protectedWay = travelsProtected(config);
  const { timeoutMs } = config;
  const ca = readCertificateAuthority(name, config.tlsCaFile);
  return {
    host: server.host,
    port: server.port,
    secure: server.implicitTls,
    ...(config.greeting === undefined ? {} : { name: config.greeting }),
    requireTLS: protectedWay && !server.implicitTls,
    // Without TLS being required an attacker between could strip it anyway; on this machine there is nobody between.
    ignoreTLS: !protectedWay,
    ...(server.user === null || config.password === undefined
      ? {}
      : { auth: { user: server.user, pass: config.password }, forceAuth: true }),
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
