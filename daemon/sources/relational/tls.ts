import { readGuardedText } from '../../guarded-file.js';
import { SourceError } from '../source.js';
import type { DatabaseSettings } from './config.js';
import type { Endpoint } from './endpoint.js';

/** Settings of Node's TLS that a driver passes on. Absent members keep Node's defaults, which verify everything. */
export interface TlsSettings {
  readonly rejectUnauthorized?: boolean;
  readonly ca?: string;
  readonly checkServerIdentity?: () => undefined;
}

/** The TLS of a connection, or false for none. The certificate authority's file is read anew each time. Throws `SOURCE_TLS_CA`. */
export function tlsOf(
  { verification, host }: Endpoint,
  config: Pick<DatabaseSettings, 'name' | 'tlsCaFile'>,
): TlsSettings | false {
  if (verification === 'plain' || host.startsWith('/')) return false;
  if (verification === 'none') return { rejectUnauthorized: false };
  const ca = config.tlsCaFile === undefined ? {} : { ca: readAuthority(config.tlsCaFile, config.name) };
  return verification === 'full' ? ca : { ...ca, checkServerIdentity: () => undefined };
}

/** Whole bundles of authorities are larger than one would think: that of a Linux distribution has a quarter of it. */
const MAX_AUTHORITY_BYTES = 1024 * 1024;

function readAuthority(file: string, source: string): string {
  try {
    return readGuardedText(file, MAX_AUTHORITY_BYTES);
  } catch (cause) {
    throw new SourceError(
      'SOURCE_TLS_CA',
      `source "${source}": tlsCaFile cannot be read; check path and rights`,
      { cause },
    );
  }
}
