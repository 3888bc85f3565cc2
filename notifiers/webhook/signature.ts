import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** True when a text is a signing secret: `whsec_` (it may be left out) and the base64 of 24 to 64 bytes. */
export function isSecret(text: string): boolean {
  const base64 = withoutPrefix(text);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && sameBase64(bytes, base64);
}

/**
 * The headers of Standard Webhooks 1.0.0: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, once for each secret, so that a
 * receiver can change over. `timestampSeconds` is the time of the attempt, in seconds since 1970. Pure.
 */
export function signatureHeaders(
  id: string,
  timestampSeconds: number,
  body: string,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const signed = `${id}.${timestampSeconds}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(withoutPrefix(secret), 'base64');
    return `v1,${createHmac('sha256', key).update(signed, 'utf8').digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}

const withoutPrefix = (text: string): string => (text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text);
const sameBase64 = (bytes: Buffer, base64: string): boolean =>
  bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
