import { isIPv6 } from 'node:net';
import * as z from 'zod';
import { ms } from '../relational/config.js';

/** Printed in alerts: visible characters only. */
const visible = z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, '1 to 200 visible characters');

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;
export const doorHost = z
  .string()
  .refine((host) => HOST_NAME.test(host) || isIPv6(host), 'a host name or an address');
export const doorPort = z.int().min(1).max(65_535);

/** Configuration of a place from which doors are looked at. Collections are configured beside it. */
export const probeConfig = z.strictObject({
  kind: z.literal('probe'),
  /** Name of the source within its site. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,54}$/, 'needs 1 to 55 of a-z, 0-9 and -, a letter first'),
  /** Where this tillwarden stands, in the operator's words. Part of every record. */
  from: visible,
  /** Something beyond this machine that always answers from here. Only when it, or another target, does is a door that says nothing known to be shut. */
  control: z.strictObject({ host: doorHost, port: doorPort }).optional(),
  /** Names may lead to private addresses. Without it they lead to public ones, or, for `localhost`, to this machine. */
  allowPrivateAddress: z.boolean().default(false),
  /** YAML of versions with known holes, beside those that are shipped. */
  vulnerableFile: z.string().min(1).max(4096).optional(),
  /** How long a machine may take to say that a port is open. */
  connectTimeoutMs: ms(3_000, 60_000),
  /** How long TLS and one answer may take after that. */
  answerTimeoutMs: ms(5_000, 60_000),
  /** Of an answer no more is read. */
  maxAnswerBytes: z.int().min(1_024).max(4_194_304).default(262_144),
  /** Connections begun in one second, over all targets. */
  connectionsPerSecond: z.int().min(1).max(100).default(10),
  /** Who asks again sooner is given what was found before. */
  minIntervalMs: ms(5_000, 3_600_000),
  /** A certificate that ends within this time is said to end soon. */
  expiresSoonMs: z.int().min(0).max(31_536_000_000).default(1_209_600_000),
  /** Cap of one read. */
  readTimeoutMs: ms(120_000, 3_600_000),
});
export type ProbeConfig = z.infer<typeof probeConfig>;
