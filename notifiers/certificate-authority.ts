import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { NotifierError } from './errors.js';

/**
 * The PEM text of the only certificate authority a channel is to trust, or undefined without a file. Throws `NotifierError` when the file
 * cannot be used.
 */
export function readCertificateAuthority(name: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readGuarded(file);
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

const MAX_AUTHORITY_BYTES = 1024 * 1024;

/** As the daemon's own guarded reader does, which a leaf cannot know: a FIFO is not waited for, a device is refused, and no more is held than a bundle has. */
function readGuarded(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile() || stat.size > MAX_AUTHORITY_BYTES) throw new RangeError('not a file, or too large');
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, readSync(handle, bytes, 0, stat.size, 0));
  } finally {
    closeSync(handle);
  }
}
