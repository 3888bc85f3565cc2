import * as z from 'zod';
import { databaseSettings, ms } from '../relational/config.js';

/** A table of ours in which triggers write down who changed what. */
export const changeLogSettings = z.strictObject({
  /** The schema that it has to itself, since whoever owns a schema can drop what lies in it. */
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'needs 1 to 63 of a-z, 0-9 and _, not a digit first')
    .default('tillwarden_log'),
  /** The setting (`SET app.user = …`) in which the application names its own user. */
  userSetting: z
    .string()
    .regex(
      /^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/,
      'needs two names of a-z, 0-9 and _ with a dot between',
    )
    .optional(),
  /** Days that entries are kept. */
  keepDays: z.int().min(1).max(3_650).default(90),
});
export type ChangeLogSettings = z.infer<typeof changeLogSettings>;

/** Configuration of one PostgreSQL database. */
export const postgresConfig = z.strictObject({
  kind: z.literal('postgres'),
  ...databaseSettings,
  /**
   * The way changes are heard of. `notify`: triggers of the owner say which table changed. `poll`: it is asked for, with nothing installed; also for a
   * standby (which refuses LISTEN) or a pooler in transaction mode. `none`: the timed read alone.
   */
  hints: z.enum(['notify', 'poll', 'none']).default('notify'),
  /** Time between two questions with `hints: poll`, in milliseconds. */
  pollIntervalMs: z.int().min(20).max(60_000).default(100),
  /** Nothing is written down in the database when absent. */
  changeLog: changeLogSettings.optional(),
  /** Age of what a standby shows beyond which nothing read there is believed, in milliseconds. */
  staleAfterMs: ms(30_000, 86_400_000),
  channel: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'needs 1 to 63 of a-z, 0-9 and _, not a digit first')
    // The listening library makes an event of the channel's name, and an unheard `error` event ends the process.
    .refine((channel) => channel !== 'error', 'must not be "error"')
    .default('tillwarden'),
});
export type PostgresConfig = z.infer<typeof postgresConfig>;
