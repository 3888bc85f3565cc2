import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { KINDS } from '../../baselines/index.js';
import { endpointUrl, SEVERITIES } from '../../notifiers/index.js';

const absolute = z
  .string()
  .max(4096)
  .refine((text) => isAbsolute(text) && !text.includes('\0'), 'an absolute path');

/** Something that a rule does. What was found goes to it as JSON alone: to standard input, or as the body. */
export const containmentActionSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, '1 to 63 of a-z, 0-9 and -, a letter first'),
    /** Says what would be done, and does nothing. */
    dryRun: z.boolean().default(true),
    kinds: z.array(z.enum(KINDS)).min(1).max(KINDS.length),
    /** At least this severe. */
    severity: z.enum(SEVERITIES).default('critical'),
    /** All sites when absent. */
    sites: z.array(z.string().max(63)).min(1).max(500).optional(),
    /** Program and arguments, run without a shell. */
    command: z.tuple([absolute], z.string().max(1000)).optional(),
    http: z
      .strictObject({
        url: endpointUrl,
        tokenFile: absolute.optional(),
        allowPrivateAddress: z.boolean().default(false),
      })
      .optional(),
    timeoutMs: z.int().min(100).max(300_000).default(10_000),
  })
  .superRefine(({ command, http }, context) => {
    if ((command === undefined) !== (http === undefined)) return;
    context.addIssue({ code: 'custom', path: ['command'], message: 'command or http, one of both' });
  });
export type ContainmentAction = z.infer<typeof containmentActionSchema>;

/** What tillwarden does by itself. Absent: nothing. */
export const containmentSchema = z
  .strictObject({
    /** While there is anything at this path, nothing is done. */
    brakeFile: absolute,
    /** Of one site, dry runs counted. */
    mostPerDay: z.int().min(1).max(100).default(3),
    /** Between two at one site. */
    coolDownMs: z.int().min(1_000).max(86_400_000).default(3_600_000),
    actions: z.array(containmentActionSchema).min(1).max(50),
  })
  .superRefine(({ actions }, context) => {
    const names = actions.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['actions'],
      message: `each name once; ${twice} is there twice`,
    });
  });
export type ContainmentConfig = z.infer<typeof containmentSchema>;
