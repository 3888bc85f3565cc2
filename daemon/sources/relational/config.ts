import * as z from 'zod';

export const ms = (fallback: number, max: number) => z.int().min(1).max(max).default(fallback);

/** Printed in alerts: visible characters only. */
export const visibleName = z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u, '1 to 255 visible characters');

/** A column that the application writes all the time, and the longest that it may stand still, in milliseconds. */
const witnessSettings = z.strictObject({
  table: visibleName,
  column: visibleName,
  maxStillMs: z.int().min(1_000).max(604_800_000),
});
export type WitnessSettings = z.infer<typeof witnessSettings>;

/** Where the application notes who used it, and when. Read only when a change was seen. */
const activitySettings = z.strictObject({
  table: visibleName,
  user: visibleName,
  time: visibleName,
  address: visibleName.optional(),
  withinMs: z.int().min(1_000).max(3_600_000).default(60_000),
});
export type ActivitySettings = z.infer<typeof activitySettings>;

/** Where the application keeps the addresses that customers are paid to. Asked only when a destination changed. */
const customerSettings = z.strictObject({ table: visibleName, column: visibleName });
export type CustomerSettings = z.infer<typeof customerSettings>;

/**
 * Settings that every database has; each adds its `kind`, `hints` and what is its own. Collections are configured beside them and arrive
 * through the context. Times are milliseconds, sizes bytes of the value's text.
 */
export const databaseSettings = {
  /** Part of the sensor collection's name, hence its alphabet. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,54}$/, 'needs 1 to 55 of a-z, 0-9 and -, a letter first'),
  /** Scheme, user, password, host, port, database and how TLS is verified. Secret. */
  url: z.string().min(1),
  /** Records per collection; more make it unreadable (`too-large`). */
  maxRecords: z.int().min(1).max(5_000_000).default(200_000),
  /** A longer value becomes its length and digest. */
  maxValueBytes: z.int().min(64).max(16_777_216).default(65_536),
  /** All rows of one collection together, as they travel; more make it unreadable (`too-large`). */
  maxCollectionBytes: z.int().min(1024).max(2_147_483_648).default(134_217_728),
  /** Cap of one reading transaction. */
  transactionTimeoutMs: ms(10_000, 600_000),
  /** How long one table may keep us waiting; the database's own statements then wait behind us no longer than that. */
  lockTimeoutMs: ms(2_000, 60_000),
  connectTimeoutMs: ms(5_000, 60_000),
  canaryIntervalMs: ms(10_000, 3_600_000),
  canaryTimeoutMs: ms(5_000, 60_000),
  /** Starts although the role could harm what it watches. Shown as degraded everywhere. */
  allowDangerousRole: z.boolean().default(false),
  /** Connects to a host that is not loopback without verifying it. Shown as degraded everywhere. */
  allowUnverifiedTls: z.boolean().default(false),
  /** Nobody looks whether the application still writes here when absent. */
  witness: witnessSettings.optional(),
  /** Nobody is named beside a change when absent. */
  activity: activitySettings.optional(),
  /** Whether a destination is a customer's is not asked when absent. */
  customers: customerSettings.optional(),
  /** PEM file of the authority that signed the server's certificate; the system's authorities when absent. */
  tlsCaFile: z.string().min(1).optional(),
};

const shared = z.strictObject(databaseSettings);
export type DatabaseSettings = z.infer<typeof shared>;
