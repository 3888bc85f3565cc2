import * as z from 'zod';
import { SEVERITIES } from '../../../notifiers/index.js';
import { parseLinePattern } from '../../logs/pattern.js';
import { sftpConfig } from '../machine/sftp-config.js';

/** Configuration of logs of one machine that are followed. */
export const logConfig = z.strictObject({
  kind: z.literal('log'),
  /** Name of the source within its site. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,54}$/, 'needs 1 to 55 of a-z, 0-9 and -, a letter first'),
  /** Absent: the machine that tillwarden runs on. */
  sftp: sftpConfig.optional(),
  logs: z
    .array(
      z.strictObject({
        path: z
          .string()
          .max(4096)
          .regex(/^\/[^\p{C}]*$/u, 'an absolute path of visible characters'),
        /** How long it may stand still while its application works, in milliseconds; by default for ever. */
        maxStillMs: z.int().min(1_000).max(604_800_000).optional(),
      }),
    )
    .min(1)
    .max(50),
  /** What lines are events; the first that matches counts. */
  patterns: z
    .array(
      z.strictObject({
        event: z
          .string()
          .regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of 1 to 40 of a-z, 0-9 and -, a letter first'),
        text: z.string().superRefine((text, context) => {
          const pattern = parseLinePattern(text);
          if (typeof pattern === 'string')
            context.addIssue({ code: 'custom', message: `a pattern as docs/logs.md has it, not ${pattern}` });
        }),
        /** Such a line is an incident of its own, of this severity; without it, evidence beside others. */
        alert: z.enum(SEVERITIES).optional(),
      }),
    )
    .max(200)
    .default([]),
  /** How often it is looked whether one grew. */
  pollIntervalMs: z.int().min(50).max(60_000).default(500),
  /** How long somebody whom a log names counts as active. */
  activeForMs: z.int().min(1_000).max(3_600_000).default(300_000),
});
export type LogConfig = z.infer<typeof logConfig>;
