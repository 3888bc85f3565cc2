import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { connect as startTls, type TLSSocket } from 'node:tls';

/** What a server shows of itself before it is asked anything. Times are UTC milliseconds; texts are the server's. */
export interface ServerCertificate {
  /** Hex SHA-256 of its bytes. */
  readonly sha256: string;
  readonly issuer: string;
  readonly expiresMs: number;
  /** `yes`, or why this machine does not believe it, as OpenSSL's code says it. */
  readonly verified: string;
}

export type Handshake =
  | { readonly type: 'spoken'; readonly socket: TLSSocket; readonly certificate: ServerCertificate | null }
  | { readonly type: 'not-spoken' };

/** What is kept of an issuer's name. */
const MOST_CHARACTERS = 500;

/**
 * Begins TLS over a connection. The certificate is looked at, not believed: no secret is ever sent, and one that nobody vouches for is what is to
 * be seen. Never rejects.
 */
export function handshake(socket: Socket, host: string, timeoutMs: number): Promise<Handshake> {
  return new Promise((resolve) => {
    const tls = startTls({
      socket,
      // RFC 6066: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      ALPNProtocols: ['http/1.1'],
    });
    const timer = setTimeout(() => done({ type: 'not-spoken' }), timeoutMs);
    const done = (outcome: Handshake) => {
      clearTimeout(timer);
      if (outcome.type === 'not-spoken') tls.destroy();
      resolve(outcome);
    };
    tls.on('error', () => done({ type: 'not-spoken' }));
    tls.once('close', () => done({ type: 'not-spoken' }));
    tls.once('secureConnect', () => done({ type: 'spoken', socket: tls, certificate: certificateOf(tls) }));
  });
}

function certificateOf(tls: TLSSocket): ServerCertificate | null {
  const found = tls.getPeerX509Certificate();
  if (found === undefined) return null;
  const { fingerprint256, issuer, validTo } = found;
  return {
    sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    issuer: (issuer ?? '').replaceAll('\n', ', ').slice(0, MOST_CHARACTERS),
    expiresMs: Date.parse(validTo),
    verified: tls.authorized ? 'yes' : String(tls.authorizationError),
  };
}
