import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { z } from 'zod';
import { isLoopback } from '../../notifiers/index.js';
import type { ApiPerson } from './api-token.js';
import { shown } from './issues.js';
import { type ConfigReading, isObject, NOT_READ } from './reading.js';
import type { apiSchema } from './schema.js';

/** Where the API is served and who may use it. */
export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** PEM texts, as they were when the configuration was read. Null: in clear. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  readonly people: readonly ApiPerson[];
}

const MAX_CERTIFICATE_BYTES = 256 * 1024;
const AT = ['api', 'tls'];

/** Puts the content of `api.tls.key_file` in its place. */
export function withApiSecrets(reading: ConfigReading, raw: unknown, wanted: boolean): unknown {
  if (!isObject(raw) || !isObject(raw['api']) || !isObject(raw['api']['tls'])) return raw;
  const tls = reading.withSecrets(raw['api']['tls'], AT, ['key'], wanted);
  return { ...raw, api: { ...raw['api'], tls } };
}

/** What the frame says of the API, checked; null when it says nothing of it. Reads the certificate when secrets are wanted. */
export function readApi(
  reading: ConfigReading,
  api: z.output<typeof apiSchema> | undefined,
  wanted: boolean,
): ApiConfig | null {
  if (api === undefined) return null;
  const { host, port, people, tls, allowCleartext } = api;
  const places = people.map(({ name }, index) => ({ name, path: ['api', 'people', index] }));
  reading.unique(places, 'the people of the API');
  for (const [index, { tokenDigest }] of people.entries()) {
    if (/^sha256:[0-9a-f]{64}$/.test(tokenDigest)) continue;
    const needed = 'sha256: and 64 hex digits, as `tillwarden token` prints them';
    reading.problem(['api', 'people', index, 'tokenDigest'], 'something else', needed);
  }
  if (tls === undefined && !isLoopback(host) && !allowCleartext) {
    reading.problem(
      ['api', 'tls'],
      `nothing, on the address ${shown(host)}`,
      'certificateFile and key_file, a host that is this machine, or allowCleartext: true',
    );
  }
  return {
    host,
    port,
    tls: tls === undefined ? null : readTls(reading, tls, wanted),
    people: people.map((one) => ({ ...one, tokenDigest: one.tokenDigest.slice('sha256:'.length) })),
  };
}

/** What of the API is weaker than it should be, in our words. */
export function apiDegradations(api: ApiConfig | null): string[] {
  if (api === null || api.tls !== null || isLoopback(api.host)) return [];
  return ['the API is served in clear: whoever listens on the way has every token that is used'];
}

function readTls(
  reading: ConfigReading,
  { certificateFile, key }: { readonly certificateFile: string; readonly key: string },
  wanted: boolean,
) {
  const unread = { certificate: NOT_READ, key: NOT_READ };
  if (!wanted || key === NOT_READ) return unread;
  const refuse = (found: string) => {
    reading.problem(AT, found, 'the PEM certificate of this server, those above it, and its key');
    return unread;
  };
  try {
    const file = reading.path(certificateFile);
    if (statSync(file).size > MAX_CERTIFICATE_BYTES) return refuse('a certificate that is too large');
    const certificate = readFileSync(file, 'utf8');
    createSecureContext({ cert: certificate, key });
    return { certificate, key };
  } catch (error) {
    return refuse(
      `a certificate and key that cannot be used (${(error as { code?: string }).code ?? 'error'})`,
    );
  }
}
