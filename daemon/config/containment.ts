import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { KINDS } from '../../baselines/index.js';
import { endpointUrl, SEVERITIES } from '../../notifiers/index.js';
import { visibleName } from '../sources/relational/config.js';

const absolute = z
  .string()
  .max(4096)
  .refine((text) => isAbsolute(text) && !text.includes('\0'), 'an absolute path');

/** A condition on the rows that are set: a value of the configuration, a part of the changed record's key (from 1), or one of its fields. */
const conditionSchema = z
  .strictObject({
    column: visibleName,
    value: z.string().max(1000).optional(),
    keyPart: z.int().min(1).max(16).optional(),
    field: visibleName.optional(),
  })
  .refine(
    ({ value, keyPart, field }) => [value, keyPart, field].filter((one) => one !== undefined).length === 1,
    'value, keyPart or field, one of them',
  );

/** One column of one table, set to one value by an account that may do nothing else. */
export const sqlSchema = z
  .strictObject({
    database: z.enum(['postgres', 'mysql']),
    urlFile: absolute,
    tlsCaFile: absolute.optional(),
    allowUnverifiedTls: z.boolean().default(false),
    table: visibleName,
    column: visibleName,
    value: z.string().max(1000),
    where: z.array(conditionSchema).min(1).max(8),
    /** More are not changed: none is. */
    mostRows: z.int().min(1).max(10_000),
    lockTimeoutMs: z.int().min(100).max(60_000).default(2_000),
  })
  .refine(({ column, where }) => where.every((one) => one.column !== column), {
    path: ['where'],
    message: 'no condition on the column that is set: rows that have the value are passed over anyway',
  });
export type ContainmentSql = z.infer<typeof sqlSchema>;

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
    sql: sqlSchema.optional(),
    timeoutMs: z.int().min(100).max(300_000).default(10_000),
  })
  .superRefine(({ command, http, sql, sites }, context) => {
    if ([command, http, sql].filter((one) => one !== undefined).length !== 1)
      context.addIssue({ code: 'custom', path: ['command'], message: 'command, http or sql, one of them' });
    // A change at one site never writes into the database of another.
    if (sql !== undefined && sites?.length !== 1)
      context.addIssue({
        code: 'custom',
        path: ['sites'],
        message: 'the one site whose database sql writes',
      });
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
