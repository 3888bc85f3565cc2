import { DemoError } from '../demo-error.js';
import type { ReceivedMail } from './smtp.js';

/** A received mail, decoded. */
export interface ReadMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Text of the attached files. */
  readonly attached: string;
  /** Of our own headers: which alert, and which part of it. */
  readonly alert: string;
  readonly part: string;
}

/** Decodes a mail as a mail program does. Throws `DEMO_SMTP_MISSING` when the optional package `mailparser` is not installed. */
export async function readMail({ raw }: ReceivedMail): Promise<ReadMail> {
  const { simpleParser } = await import('mailparser').catch((cause: unknown) => {
    throw new DemoError('DEMO_SMTP_MISSING', 'the optional package mailparser is not installed: run npm ci', {
      cause,
    });
  });
  const mail = await simpleParser(raw);
  return {
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    attached: mail.attachments.map(({ content }) => content.toString('utf8')).join('\n'),
    alert: String(mail.headers.get('x-tillwarden-alert') ?? ''),
    part: String(mail.headers.get('x-tillwarden-part') ?? ''),
  };
}
