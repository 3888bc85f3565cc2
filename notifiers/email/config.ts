import * as z from 'zod';
import { NAME_PATTERN } from '../kind.js';
import { isLoopback } from '../loopback.js';

/** One mailbox: RFC 5321 4.1.2 Dot-string and Domain in ASCII, nothing else, so that no list, name or line end fits in. */
const MAILBOX =
  /^(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
/** A host name of two labels or more (RFC 5321 4.1.2 Domain). */
const DOMAIN =
  /^(?=.{3,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/;
/** True for one mail address as `MAILBOX` has it. */
export const isMailbox = (text: string): boolean => MAILBOX.test(text);

const mailbox = z
  .string()
  .regex(MAILBOX, 'needs one mail address such as oncall@example.org, without name, blanks or brackets');

/** A mailbox or several, reached through one SMTP server. */
export const emailConfigSchema = z
  .strictObject({
    kind: z.literal('email'),
    name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
    /** `smtps://` is TLS from the first byte (465), `smtp://` begins in clear and upgrades (587). */
    smtp: z
      .string()
      .refine((text) => smtpServer(text) !== null, 'needs smtps://user@host:465 or smtp://host:587'),
    /** Secret. */
    password: z.string().min(1).max(1024).optional(),
    from: mailbox,
    to: z.array(mailbox).min(1).max(20),
    /** Whether somebody whose address is not as signed any more is told at the signed one. */
    tellFormerAddress: z.boolean().default(false),
    /** The name said in EHLO (RFC 5321 4.1.1.1). Absent: the name of this machine if it is a full one, else an address. */
    greeting: z
      .string()
      .regex(DOMAIN, 'needs the full host name of this machine, such as monitor.example.org')
      .optional(),
    /** True when an `smtp://` server must upgrade to TLS. Absent: yes, unless the server is this machine. */
    requireTls: z.boolean().optional(),
    /** PEM file with the only certificate authority to trust; absent: those Node.js ships. */
    tlsCaFile: z.string().min(1).optional(),
    /** Milliseconds for one delivery attempt. */
    timeoutMs: z.int().min(500).max(120_000).default(15_000),
  })
  .superRefine((config, context) => {
    const server = smtpServer(config.smtp);
    if (server === null) return;
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (server.passwordInUrl) refuse('smtp', 'holds a password: move it to password_file');
    if (server.user !== null && config.password === undefined && !server.passwordInUrl) {
      refuse('password', `is missing for user ${server.user}: add password_file`);
    }
    if (server.user === null && config.password !== undefined) {
      refuse('smtp', 'names no user for the password: needs smtps://user@host');
    }
    if (!travelsProtected(config) && config.password !== undefined && !isLoopback(server.host)) {
      refuse('requireTls', 'is false, so the password would travel in clear: needs true, or no password');
    }
  });
export type EmailConfig = z.infer<typeof emailConfigSchema>;

/** An SMTP server as a URL names it. */
export interface SmtpEndpoint {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  readonly user: string | null;
  readonly passwordInUrl: boolean;
}

/** Takes an SMTP URL apart; null when it is none. */
export function smtpServer(text: string): SmtpEndpoint | null {
  if (!/^smtps?:\/\/[!-~]+$/.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const extra = url.search + url.hash + (url.pathname === '/' ? '' : url.pathname);
  const user = decoded(url.username);
  if (extra !== '' || user === null || !/^(?:\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+)$/.test(url.hostname))
    return null;
  const implicitTls = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (implicitTls ? 465 : 587) : Number(url.port),
    implicitTls,
    user: user === '' ? null : user,
    passwordInUrl: url.password !== '',
  };
}

/** True when every byte after the greeting is encrypted, or the attempt fails. */
export function travelsProtected(config: Pick<EmailConfig, 'smtp' | 'requireTls'>): boolean {
  const server = smtpServer(config.smtp);
  if (server === null) return false;
  return server.implicitTls || (config.requireTls ?? !isLoopback(server.host));
}

function decoded(component: string): string | null {
  try {
    const text = decodeURIComponent(component);
    return /^[^\p{C}]*$/u.test(text) ? text : null;
  } catch {
    return null;
  }
}
