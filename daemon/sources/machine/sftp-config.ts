import * as z from 'zod';
import { keyFingerprint, parsePublicKey, type TreeServer } from '../../../baselines/index.js';
import { ms } from '../relational/config.js';

const PLAIN_HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/;

/** The machine whose files are read over its own sshd. */
export const sftpConfig = z.strictObject({
  host: z.string().regex(PLAIN_HOST, 'a host name or an address'),
  port: z.int().min(1).max(65_535).default(22),
  user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'the name of an account, 1 to 32 of a-z, 0-9, _ and -'),
  /** As in the server's /etc/ssh/ssh_host_ed25519_key.pub, without the comment. */
  hostKey: z
    .string()
    .refine((line) => fingerprintOf(line) !== null, 'the public host key, such as "ssh-ed25519 AAAA…"'),
  /** Absolute path of the private key that logs in; read by ssh alone. */
  identityFile: z
    .string()
    .max(4096)
    .regex(/^\/[^%\p{Cc}]*$/u, 'an absolute path without %'),
  connectTimeoutMs: ms(10_000, 60_000),
  /** How long the server may take over one answer. */
  requestTimeoutMs: ms(10_000, 600_000),
});
export type SftpConfig = z.infer<typeof sftpConfig>;

function fingerprintOf(line: string): string | null {
  try {
    return keyFingerprint(parsePublicKey(line));
  } catch {
    return null;
  }
}

/** The machine as it is signed. */
export function treeServer({ host, port, hostKey }: SftpConfig): TreeServer {
  return { address: `${host}:${port}`, hostKey: fingerprintOf(hostKey) ?? '' };
}
