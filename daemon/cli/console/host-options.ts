import { isIP } from 'node:net';
import { passkeyOf } from '../../../baselines/index.js';
import { certificateFault } from '../../config/api.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import type { Certificate } from '../../http/listener.js';
import { CliError } from '../errors.js';

/** What the command line says of a console on a host of one's own. */
export interface HostOptions {
  /** Under which people reach it: `https://console.example.net`. */
  readonly origin?: string;
  /** Address of this machine to listen on. */
  readonly listen?: string;
  readonly certificate?: string;
  readonly certificateKey?: string;
  readonly signOut?: boolean;
}

/** A console on a host of one's own, as it is served. */
export interface ServedHost {
  readonly origin: string;
  readonly address: string;
  /** Null behind something on this machine that has the certificate. */
  readonly certificate: CertificateFiles | null;
}

/** Where a certificate and its key lie, as PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const MAX_PEM_BYTES = 256 * 1024;

/** Reads the options; null for the console of one's own machine. Throws `CLI_USAGE`. */
export function servedHost(options: HostOptions): ServedHost | null {
  const { origin, listen, certificate, certificateKey, signOut } = options;
  if (origin === undefined) {
    const stray = listen ?? certificate ?? certificateKey ?? signOut;
    if (stray === undefined) return null;
    throw new CliError(
      'CLI_USAGE',
      '--listen, --certificate, --certificate-key and --sign-out go with --origin: without it the console is for this machine alone',
    );
  }
  const read =
    origin.startsWith('https://') && URL.canParse(origin)
      ? passkeyOf(origin, new URL(origin).hostname, false)
      : '';
  if (typeof read === 'string') {
    throw new CliError(
      'CLI_USAGE',
      '--origin needs https:// and a name, as the browser writes it: https://console.example.net, with a port where it is not 443 and nothing behind it',
    );
  }
  const address = listen ?? '127.0.0.1';
  if (isIP(address) === 0)
    throw new CliError('CLI_USAGE', '--listen needs an address of this machine, such as 0.0.0.0');
  if ((certificate === undefined) !== (certificateKey === undefined)) {
    throw new CliError('CLI_USAGE', '--certificate and --certificate-key go together');
  }
  const files =
    certificate === undefined || certificateKey === undefined ? null : { certificate, key: certificateKey };
  if (files === null && address !== '127.0.0.1' && address !== '::1') {
    throw new CliError(
      'CLI_USAGE',
      `without --certificate only 127.0.0.1 and ::1 are listened on, for something on this machine that has the certificate: ${address} could be read and answered by others on the way`,
    );
  }
  return { origin, address, certificate: files };
}

/** The PEM texts. Throws `CLI_USAGE` where they cannot be read, or are no certificate with its key. */
export function readCertificate(files: CertificateFiles): Certificate {
  const read = (file: string): string => {
    try {
      return readGuardedText(file, MAX_PEM_BYTES);
    } catch (error) {
      throw new CliError(
        'CLI_USAGE',
        `${file} cannot be read (${errorCode(error) ?? 'error'}); needed is PEM`,
        {
          cause: error,
        },
      );
    }
  };
  const [certificate, key] = [read(files.certificate), read(files.key)];
  const fault = certificateFault(certificate, key);
  if (fault === null) return { certificate, key };
  // Also while one of them is being written.
  if (fault === 'empty') {
    const empty = certificate.trim() === '' ? files.certificate : files.key;
    throw new CliError('CLI_USAGE', `${empty} is empty; needed is PEM`);
  }
  const found = fault === 'mismatch' ? 'belong to two different certificates' : `cannot be used (${fault})`;
  throw new CliError(
    'CLI_USAGE',
    `${files.certificate} and ${files.key} ${found}; needed are the PEM certificate of this host, those above it, and its key without a passphrase`,
  );
}
