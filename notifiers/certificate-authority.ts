import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NotifierError } from './errors.js';

/**
 * The PEM text of the only certificate authority a channel is to trust, or undefined without a file. Throws `NotifierError` when the file
 * cannot be used.
 */
export function readCertificateAuthority(name: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new NotifierError(
      'NOTIFY_CA_UNREADABLE',
      `notifier ${name}: tlsCaFile ${file} cannot be used; needed a readable file with a PEM certificate`,
      { cause: error },
    );
  }
}
