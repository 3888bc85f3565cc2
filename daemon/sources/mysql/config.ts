import * as z from 'zod';
import { databaseSettings, ms } from '../relational/config.js';

// Every answer of the server proves that it hears us: there is no message to ourselves to be sent now and then.
const { canaryIntervalMs: _, ...settings } = databaseSettings;

/** Configuration of one MySQL or MariaDB server. */
export const mysqlConfig = z.strictObject({
  kind: z.literal('mysql'),
  ...settings,
  /**
   * The way changes are heard of. `gtid`: the server says when its set of transactions grew (MySQL with gtid_mode=ON). `poll`: its position is
   * asked for, or everything is read where it has none. `auto`: the first that works. `none`: the timed read alone.
   */
  hints: z.enum(['auto', 'gtid', 'poll', 'none']).default('auto'),
  /** Time between two questions for the position. */
  pollIntervalMs: ms(20, 60_000),
  /** On a replica: for how long it may be out of step with its source before nothing read there is believed. */
  staleAfterMs: ms(30_000, 86_400_000),
});
export type MysqlConfig = z.infer<typeof mysqlConfig>;
