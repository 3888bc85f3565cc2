import type { DeliveryOutcome } from '../notifier.js';
import { AFTER_REPAIR_MS, later } from '../outcome.js';

/** How one SMTP session ended. `code` is `550` or `550 5.7.1`: digits of the server, never its words. */
export type SmtpAnswer =
  | { readonly type: 'accepted'; readonly messageId: string }
  | {
      readonly type: 'refused';
      readonly stage: SmtpPhase;
      readonly permanent: boolean;
      readonly code: string | null;
    }
  | { readonly type: 'unprotected'; readonly detail: string | null }
  | { readonly type: 'unreachable'; readonly detail: string }
  | { readonly type: 'timeout'; readonly timeoutMs: number }
  | { readonly type: 'stopped' };
export type SmtpPhase = 'greeting' | 'login' | 'sender' | 'recipients' | 'content';

const REPAIR: Readonly<Record<SmtpPhase, string>> = {
  greeting: 'the connection: check that the server lets this machine send',
  login: 'the login: check the user in smtp and password_file',
  sender: 'the sender: check from',
  recipients: 'the recipient: check to',
  content: 'the message: check its size limit and filters',
};

/**
 * True when the server will never take this message, so that a smaller or plainer one may be taken. A server that knows the size from the
 * sender command refuses there (RFC 1870 6.1).
 */
export const refusesMail = (answer: SmtpAnswer): boolean =>
  answer.type === 'refused' &&
  answer.permanent &&
  (answer.stage === 'content' || (answer.stage === 'sender' && answer.code?.startsWith('552') === true));

/**
 * The outcome that the end of a session comes to. Nothing is final: an operator can repair a permanent refusal, and then
 * the alert must still arrive. Pure.
 */
export function mailOutcome(answer: SmtpAnswer): DeliveryOutcome {
  switch (answer.type) {
    case 'accepted':
      return { delivered: true, receipt: answer.messageId };
    case 'refused':
      return later(
        `the mail server refused ${REPAIR[answer.stage]}${inBrackets(answer.code)}`,
        answer.permanent ? AFTER_REPAIR_MS : undefined,
      );
    case 'unprotected':
      return later(
        `no trusted TLS connection to the mail server${inBrackets(answer.detail)}: check its certificate, tlsCaFile and that it offers STARTTLS`,
        AFTER_REPAIR_MS,
      );
    case 'unreachable':
      return later(`the mail server could not be reached (${answer.detail}): check smtp and the network`);
    case 'timeout':
      return later(`the mail server did not take the message within ${answer.timeoutMs} ms`);
    case 'stopped':
      return later('stopped before the mail server took the message');
  }
}

/** Reads what the SMTP driver throws. Takes codes only: a server's words may hold anything, a password sent to it included. */
export function smtpFailure(error: unknown): SmtpAnswer {
  const { code, originalCode, responseCode, response, command } = fieldsOf(error);
  const stage = stageOf(command);
  const tls = code === 'ETLS' || command === 'STARTTLS' || /CERT|TLS|SSL|SIGNATURE/.test(originalCode ?? '');
  if (tls) return { type: 'unprotected', detail: originalCode ?? responseCode };
  if (responseCode !== null) {
    const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?![.\d])/.exec(response)?.[1];
    return {
      type: 'refused',
      stage,
      permanent: responseCode.startsWith('5'),
      code: enhanced === undefined ? responseCode : `${responseCode} ${enhanced}`,
    };
  }
  if (code === 'EMESSAGE') return { type: 'refused', stage: 'content', permanent: true, code: null };
  if (code === 'EAUTH') return { type: 'refused', stage: 'login', permanent: true, code: null };
  return { type: 'unreachable', detail: originalCode ?? code ?? 'connection failed' };
}

function stageOf(command: string): SmtpPhase {
  if (command.startsWith('AUTH')) return 'login';
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'RCPT TO') return 'recipients';
  return command === 'DATA' ? 'content' : 'greeting';
}

function fieldsOf(error: unknown) {
  const fields: Readonly<Record<string, unknown>> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const responseCode = fields['responseCode'];
  return {
    code: systemCode(fields['code']),
    originalCode: systemCode(fields['originalCode']),
    responseCode:
      typeof responseCode === 'number' && responseCode >= 400 && responseCode < 600
        ? String(responseCode)
        : null,
    response: typeof fields['response'] === 'string' ? fields['response'] : '',
    command: typeof fields['command'] === 'string' ? fields['command'] : '',
  };
}

const systemCode = (value: unknown): string | null =>
  typeof value === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(value) ? value : null;
const inBrackets = (detail: string | null): string => (detail === null ? '' : ` (${detail})`);
