import { createSecureContext } from 'node:tls';
import type { z } from 'zod';
import { isLoopback } from '../../notifiers/index.js';
import { errorCode } from '../error-code.js';
import { readGuardedText } from '../guarded-file.js';
import type { ApiPerson } from './api-token.js';
import { shown } from './issues.js';
import { type ConfigReading, isObject } from './reading.js';
import { type apiSchema, apiTlsSchema } from './schema.js';
import { NOT_READ, NotRead } from './secret.js';

/** Where the API is served and who may use it. */
export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** PEM texts, as they were when the configuration was read. Null: in clear. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  readonly people: readonly ApiPerson[];
  /** Where people reach the watch page, without a slash at its end; null: alerts do not link to it. */
  readonly pageUrl: string | null;
}

const MAX_CERTIFICATE_BYTES = 256 * 1024;
const AT = ['api', 'tls'];

/**
 * What the frame says of the API, checked; null when it says nothing of it. `NotRead` when secrets are not wanted; else the certificate is
 * read as well. Checks `api.tls` also where the rest of the frame is wrong.
 */
export function readApi(
  reading: ConfigReading,
  raw: unknown,
  frame: { readonly api?: z.output<typeof apiSchema> | undefined } | null,
  wanted: boolean,
): ApiConfig | NotRead | null {
  const tls = isObject(raw) && isObject(raw['api']) ? raw['api']['tls'] : undefined;
  const part = { schema: apiTlsSchema, secrets: ['key'], path: AT, wanted };
  const files = tls === undefined ? null : reading.checkPart(part, tls);
  if (frame?.api === undefined) return null;
  const { host, port, people, allowCleartext, pageUrl } = frame.api;
  const places = people.map(({ name }, index) => ({ name, path: ['api', 'people', index] }));
  reading.unique(places, 'the people of the API');
  refuseTokens(reading, people);
  if (tls === undefined && !isLoopback(host) && !allowCleartext) {
    const needed = 'certificateFile and key_file, a host that is this machine, or allowCleartext: true';
    reading.problem(AT, `nothing, on the address ${shown(host)}`, needed);
  }
  if (!wanted) return NOT_READ;
  return {
    host,
    port,
    tls: files === null || files.whole instanceof NotRead ? null : readTls(reading, files.whole),
    people: people.map((one) => ({ ...one, tokenDigest: one.tokenDigest.slice('sha256:'.length) })),
    pageUrl: pageUrl === undefined ? null : new URL(pageUrl).origin,
  };
}

/** What of the API is weaker than it should be, in our words. */
export function apiDegradations(api: ApiConfig | null): string[] {
  if (api === null || api.tls !== null || isLoopback(api.host)) return [];
  return ['the API is served in clear: whoever listens on the way has every token that is used'];
}

function refuseTokens(reading: ConfigReading, people: readonly { readonly tokenDigest: string }[]): void {
  for (const [index, { tokenDigest }] of people.entries()) {
    if (/^sha256:[0-9a-f]{64}$/.test(tokenDigest)) continue;
    const needed = 'sha256: and 64 hex digits, as `tillwarden token` prints them';
    reading.problem(['api', 'people', index, 'tokenDigest'], 'something else', needed);
  }
}

/**
 * What keeps a certificate and its key, as PEM texts, from being shown by a server of ours: `empty`, `mismatch` (they belong to two), or the code
 * of the system's own error; null when nothing does. Of an empty text Node takes it that there is none, and serves without.
 */
export function certificateFault(certificate: string, key: string): string | null {
  if (certificate.trim() === '' || key.trim() === '') return 'empty';
  try {
    createSecureContext({ cert: certificate, key });
    return null;
  } catch (error) {
    const code = errorCode(error) ?? 'error';
    return code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' ? 'mismatch' : code;
  }
}

/** Null, and a problem, when they are no certificate with its key. */
function readTls(
  reading: ConfigReading,
  { certificateFile, key }: z.output<typeof apiTlsSchema>,
): ApiConfig['tls'] {
  const refuse = (found: string) => {
    reading.problem(AT, found, 'the PEM certificate of this server, those above it, and its key');
    return null;
  };
  try {
    const file = reading.path(certificateFile);
    const certificate = reading.files.read(() => readGuardedText(file, MAX_CERTIFICATE_BYTES));
    const fault = certificateFault(certificate, key);
    if (fault === null) return { certificate, key };
    if (fault === 'empty') return refuse('an empty certificate or key');
    if (fault === 'mismatch') return refuse('a key that belongs to another certificate');
    return refuse(unusable(fault));
  } catch (error) {
    return refuse(unusable(errorCode(error) ?? 'error'));
  }
}

function unusable(code: string): string {
  return `a certificate and key that cannot be used (${code})`;
}
