import { z } from 'zod';
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

/** Configuration of the files of one machine. Collections are configured beside it. */
export const filesConfig = z.strictObject({
  kind: z.literal('files'),
  /** Name of the source within its site. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,54}$/, 'needs 1 to 55 of a-z, 0-9 and -, a letter first'),
  /** Absent: the machine that tillwarden runs on. */
  sftp: sftpConfig.optional(),
  /** `auto`: events of the file system wake, where they can be had. `none`: the timed read alone. */
  hints: z.enum(['auto', 'none']).default('auto'),
  /** Records per collection; more make it unreadable (`too-large`). */
  maxFiles: z.int().min(1).max(1_000_000).default(200_000),
  /** A larger file is not hashed, and its record says so. */
  maxFileBytes: z
    .int()
    .min(1)
    .max(2 ** 40)
    .default(2 ** 30),
  /** Time within which every file is hashed anew, whatever its times say. */
  fullHashMs: z.int().min(1_000).max(86_400_000).default(3_600_000),
  /** Bytes read for hashing, in 1,000,000 a second, all threads together. */
  hashMbPerSecond: z.int().min(1).max(100_000).default(100),
  /** Threads that hash, beside the one that walks. */
  hashThreads: z.int().min(1).max(16).default(2),
  /** Cap of one read. */
  readTimeoutMs: ms(600_000, 86_400_000),
});
export type FilesConfig = z.infer<typeof filesConfig>;
