import { createTransport } from 'nodemailer';
import { readCertificateAuthority } from '../certificate-authority.js';
import { type Deadline, withDeadline } from '../deadline.js';
import { NotifierError } from '../errors.js';
import { isLoopback } from '../loopback.js';
import type { DeliveryOutcome, DeliveryRequest, Notifier } from '../notifier.js';
import { parseConfig } from '../parse-config.js';
import { type EmailConfig, emailConfigSchema, smtpServer, travelsProtected } from './config.js';
import { outcomeOf, refusesContent, type SmtpAnswer, smtpFailure } from './outcome.js';
import { EMAIL_PARTS, type EmailMessage, emailMessage, hasDetails } from './payload.js';

/**
 * Builds the mail channel. Throws `NotifierError` when `config` is not what `emailConfigSchema` accepts or the certificate
 * authority's file cannot be used.
 */
export function create(name: string, config: unknown): Notifier {
  return new EmailNotifier(name, parseConfig(emailConfigSchema, 'mail', name, config));
}

/** Two mails per alert: the alarm in our own words, and the quoted details as a reply to it. */
class EmailNotifier implements Notifier {
  readonly kind = 'email';
  readonly parts = EMAIL_PARTS;
  readonly degradations: NonNullable<Notifier['degradations']>;
  private readonly closing = new AbortController();
  private readonly connection: ReturnType<typeof connectionOptions>;

  constructor(
    readonly name: string,
    private readonly config: EmailConfig,
  ) {
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
    const part = EMAIL_PARTS.find((known) => known === request.part) ?? 'alarm';
    const send = { part, attempt, thread, channel: this.name, from: this.config.from };
    if (part === 'details' && !hasDetails(alert)) {
      // The alarm holds everything, so its id stands for the details too.
      const { messageId } = emailMessage(alert, { ...send, part: 'alarm' });
      return Promise.resolve({ delivered: true, receipt: messageId });
    }
    return withDeadline(this.config.timeoutMs, [request.signal, this.closing.signal], async (deadline) => {
      const answer = await this.send(emailMessage(alert, send), deadline);
      if (part === 'alarm' || !refusesContent(answer)) return outcomeOf(answer);
      return outcomeOf(await this.send(emailMessage(alert, { ...send, details: 'withheld' }), deadline));
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async send(message: EmailMessage, deadline: Deadline): Promise<SmtpAnswer> {
    const { from, to, timeoutMs } = this.config;
    try {
      const info = await createTransport(this.connection).sendMail({
        envelope: { from, to },
        from: { name: 'tillwarden', address: from },
        to: to.map((address) => ({ name: '', address })),
        subject: message.subject,
        messageId: message.messageId,
        references: [...message.references],
        ...(message.references.length === 0 ? {} : { inReplyTo: message.references.at(-1) }),
        headers: { ...message.headers },
        ...(message.urgent ? { priority: 'high' } : {}),
        text: message.text,
        html: message.html,
        textEncoding: 'quoted-printable',
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: deadline.signal,
      });
      if (info.rejected.length === 0) return { type: 'accepted', messageId: message.messageId };
      const first = smtpFailure(info.rejectedErrors?.[0]);
      const code = first.type === 'refused' ? first.code : null;
      return { type: 'partly', refused: info.rejected.length, recipients: to.length, code };
    } catch (error) {
      if (deadline.expired()) return { type: 'timeout', timeoutMs };
      return deadline.signal.aborted ? { type: 'stopped' } : smtpFailure(error);
    }
  }
}

function connectionOptions(name: string, config: EmailConfig) {
  const server = smtpServer(config.smtp);
  if (server === null)
    throw new NotifierError('NOTIFY_CONFIG_INVALID', `notifier ${name}: smtp is no SMTP URL`);
  const protectedWay = travelsProtected(config);
  const { timeoutMs } = config;
  const ca = readCertificateAuthority(name, config.tlsCaFile);
  return {
    host: server.host,
    port: server.port,
    secure: server.implicitTls,
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
