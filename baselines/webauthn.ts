/**
 * Signatures of passkeys, as OpenSSH's PROTOCOL.u2f has them inside an SSHSIG:
 *
 *     string "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"   string (mpint r, mpint s)
 *     byte flags   uint32 counter   string origin   string client data   string extensions
 *
 * The authenticator signed `SHA256(rpId) || flags || counter || extensions || SHA256(client data)`. The client data are JSON that
 * the browser wrote: in them stand the challenge, which is all that any other key would have signed, and the page. They are
 * compared with what a browser writes (WebAuthn level 3 section 5.8.1.2, the limited verification algorithm) and never parsed.
 * These rules are stricter than ssh-keygen's, which takes any origin that the signature itself names.
 */
import { BaselineError } from './errors.js';
import type { Passkey } from './passkey.js';
import { type WireReader, writeString } from './ssh-wire.js';

/** Only for ES256 there is such an algorithm. */
export const WEBAUTHN_ALGORITHM = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';

/** The words that a browser adds to what an authenticator says. Nothing of it is proven. */
export interface BrowserData {
  readonly origin: string;
  readonly clientData: Buffer;
  /** CBOR; empty when there are none. */
  readonly extensions: Buffer;
}

export function readBrowserData(reader: WireReader): BrowserData | undefined {
  const origin = reader.string()?.toString('latin1');
  const clientData = reader.string();
  const extensions = reader.string();
  if (origin === undefined || clientData === undefined || extensions === undefined) return undefined;
  return { origin, clientData, extensions };
}

export function writeBrowserData({ origin, clientData, extensions }: BrowserData): Buffer {
  return Buffer.concat([
    writeString(Buffer.from(origin, 'latin1')),
    writeString(clientData),
    writeString(extensions),
  ]);
}

/** The beginning of the client data of a signature over `data`. */
function beginning(data: Buffer): string {
  return `{"type":"webauthn.get","challenge":"${data.toString('base64url')}","origin":"`;
}

/** True when these client data ask for a signature over exactly `data`. */
export function asksFor({ clientData }: BrowserData, data: Buffer): boolean {
  const begun = Buffer.from(beginning(data), 'latin1');
  return clientData.subarray(0, begun.length).equals(begun);
}

/** Flags of an authenticator, WebAuthn level 3 section 6.1. */
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED = 0x40;
const EXTENDED = 0x80;

/**
 * Returns when a signature over `data` was made on the page of the passkey itself, and the authenticator said nothing that
 * contradicts itself or the passkey's line. Throws `BASELINE_SIGNATURE_ORIGIN`, `BASELINE_SIGNATURE_MALFORMED` or
 * `BASELINE_SIGNATURE_SYNCED`. Touch and verified user are looked at elsewhere; the counter means nothing: what is signed names
 * its version and parent.
 */
export function refuseOtherCeremony(
  { origin, deviceBound }: Passkey,
  flags: number,
  browser: BrowserData,
  data: Buffer,
): void {
  refuseOtherPage(origin, browser, data);
  const has = (flag: number) => (flags & flag) !== 0;
  if (has(ATTESTED)) malformed('is of a passkey that was being made; only those of passkeys in use count');
  if (has(EXTENDED) !== browser.extensions.length > 0)
    malformed('has extensions and does not say so, or says so and has none');
  if (has(BACKED_UP) && !has(BACKUP_ELIGIBLE)) malformed('is of a passkey that is copied and cannot be');
  if (deviceBound && has(BACKUP_ELIGIBLE)) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_SYNCED',
      'The passkey can be copied to other devices, and the trust root asks for one that cannot (device-bound); make one on a security key.',
    );
  }
}

/** Client data go on with the origin; then they end, or with `"crossOrigin":false` and whatever a browser puts behind it. */
function refuseOtherPage(origin: string, browser: BrowserData, data: Buffer): void {
  const rest = browser.clientData.subarray(beginning(data).length).toString('latin1');
  if (browser.origin !== origin || !rest.startsWith(`${origin}"`)) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_ORIGIN',
      `The signature was made on another page than ${origin}, the one that the trust root has for this passkey. Sign there; if its owner knows of no other page, ask what was shown.`,
    );
  }
  const behind = rest.slice(origin.length + 1);
  if (behind.startsWith(',"crossOrigin":true') || behind.includes('"topOrigin"')) {
    throw new BaselineError(
      'BASELINE_SIGNATURE_ORIGIN',
      `The signature was made while another page had ${origin} inside it; sign on the page itself.`,
    );
  }
  const isWhole = behind === '}' || /^,"crossOrigin":false(?:,.*)?\}$/s.test(behind);
  if (!isWhole || behind.indexOf('"crossOrigin"') !== behind.lastIndexOf('"crossOrigin"')) {
    malformed('holds client data that no browser writes');
  }
}

function malformed(what: string): never {
  throw new BaselineError('BASELINE_SIGNATURE_MALFORMED', `The signature ${what}.`);
}
