import * as z from 'zod';
import { sftpConfig } from '../machine/sftp-config.js';
import { ms } from '../relational/config.js';

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
