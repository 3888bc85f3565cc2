import { type KeyObject, randomBytes } from 'node:crypto';
import { publicKeyOf } from '../../baselines/index.js';

/** Cipher blocks of a key that is not encrypted, in bytes. */
const BLOCK = 8;

/**
 * An Ed25519 key as the text of an `OPENSSH PRIVATE KEY` file without a passphrase, which `ssh-keygen` and agents read. Follows OpenSSH's
 * PROTOCOL.key.
 */
export function opensshPrivateKey(privateKey: KeyObject, comment: string): string {
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [secret, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const check = randomBytes(4);
  const entry = Buffer.concat([
    ...[check, check, text('ssh-ed25519'), text(open)],
    ...[text(Buffer.concat([secret, open])), text(comment)],
  ]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (entry.length % BLOCK)) % BLOCK }, (_, i) => i + 1),
  );
  const file = Buffer.concat([
    ...[Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), uint32(1)],
    ...[text(publicKeyOf(privateKey).blob), text(Buffer.concat([entry, padding]))],
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** A string of the SSH wire: its length in bytes, then the bytes. */
function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
