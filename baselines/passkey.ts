/**
 * A passkey in a trust root: a security key that a browser uses, on one page and for nothing else. Its line names the page.
 *
 *     webauthn="http://localhost:9773" verify-required sk-ecdsa-sha2-nistp256@openssh.com AAAA…
 *     webauthn="https://console.example.com" verify-required device-bound sk-ecdsa-sha2-nistp256@openssh.com AAAA…
 *
 * What a page shows and what it has signed are chosen by whoever serves it. A page of the approver's own machine is his own
 * affair; any other one is somebody's, and `pageOwner` says whose.
 */

export interface Passkey {
  /** The only origin whose signatures count, exactly as browsers write it. */
  readonly origin: string;
  /** True when only signatures count of a key that cannot be copied to another device. */
  readonly deviceBound: boolean;
  /** The owner of the page, who could deceive all who sign there: the last two labels of its host. Null for a page of the signer's own machine. */
  readonly pageOwner: string | null;
}

/** True for the line of a passkey in a trust root. */
export function isPasskeyLine(line: string): boolean {
  return line.startsWith('webauthn=');
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const PORT = '(?::([1-9][0-9]{0,4}))?';
const LOCAL = new RegExp(`^http://(localhost)${PORT}$`);
const WEB = new RegExp(`^https://((?:${LABEL}\\.)*${LABEL})${PORT}$`);
/** Characters of a host at most (RFC 1035 section 2.3.4), with scheme and port. */
const MAX_ORIGIN = 'https://'.length + 253 + ':65535'.length;

interface Page {
  readonly host: string;
  readonly pageOwner: string | null;
}

/**
 * Reads an origin in the one spelling that browsers have for it: `http://localhost` or `https://` and a name, each with a port
 * where it is not the usual one. Undefined for everything else: addresses have no passkeys (WebAuthn level 2 section 5.1.4.1).
 */
function parseOrigin(origin: string): Page | undefined {
  if (origin.length > MAX_ORIGIN) return undefined;
  const local = LOCAL.exec(origin);
  const [, host, port] = local ?? WEB.exec(origin) ?? [];
  if (host === undefined || Number(port) > 65_535 || port === (local ? '80' : '443')) return undefined;
  const labels = host.split('.');
  // A browser takes a host whose last label is a number for an IPv4 address, written in whatever way.
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return undefined;
  return { host, pageOwner: local ? null : labels.slice(-2).join('.') };
}

/** The passkey of an origin and a relying party's id; or in words what is wrong with them. */
export function passkeyOf(origin: string, rpId: string, deviceBound: boolean): Passkey | string {
  const page = parseOrigin(origin);
  if (page === undefined) {
    return 'is a passkey of no page: webauthn="…" must be http://localhost:PORT or https://NAME[:PORT], as the browser writes it';
  }
  // A registrable domain has two labels at least; a page may use the id of one above it.
  const isAbove = rpId.includes('.') && page.host.endsWith(`.${rpId}`);
  if (rpId !== page.host && !isAbove) return `is a passkey of another site than the page ${origin}`;
  return { origin, deviceBound, pageOwner: page.pageOwner };
}
