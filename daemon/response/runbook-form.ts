import * as z from 'zod';
import { KINDS } from '../../baselines/index.js';
import { PRODUCTS } from '../alerts/runbook.js';

const kinds = z.array(z.enum(KINDS)).min(1).max(KINDS.length);
/** Printed on terminals and lock screens: visible characters only. */
const visible = z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,500}$/u, '1 to 500 visible characters');
const id = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, '1 to 63 of a-z, 0-9 and -, a letter first');

/**
 * How tillwarden can see by itself that a step is done. `as-signed`: every collection of these kinds is as people signed it. `none-added`: none of them
 * holds a record that nobody signed. `doors-shut`: no watched door with one of these ports is open. `no-known-holes`: no watched door runs a version
 * with one. `secrets-moved`: no secret of these kinds is what it was when the response began. `signed-since`: a baseline took effect since the incident was opened.
 * `logs-read`: never by itself, for that lines were held against patterns is not that somebody read them; it says what was noted, and asks.
 */
const seeSchema = z.union([
  z.strictObject({ 'as-signed': kinds }),
  z.strictObject({ 'none-added': kinds }),
  z.strictObject({ 'doors-shut': z.array(z.int().min(1).max(65_535)).min(1).max(100) }),
  z.strictObject({ 'no-known-holes': z.literal(true) }),
  z.strictObject({ 'secrets-moved': kinds }),
  z.strictObject({ 'signed-since': z.literal(true) }),
  z.strictObject({ 'logs-read': z.literal(true) }),
]);
export type SeeRule = z.infer<typeof seeSchema>;

const stepSchema = z.strictObject({
  id,
  do: visible,
  why: visible.optional(),
  /** Absent: tillwarden cannot see it, and asks. */
  see: seeSchema.optional(),
});
export type RunbookStep = z.infer<typeof stepSchema>;

/** A runbook as it is written. The last thing, `finish`, may be said only when every step is done. */
export const runbookSchema = z
  .strictObject({
    name: id,
    title: visible,
    /** The server that it is for; absent: any. */
    product: z.enum(PRODUCTS).optional(),
    /** It is the first choice when an incident holds something of one of these kinds; absent: for whatever is found. */
    kinds: kinds.optional(),
    source: z.url({ protocol: /^https$/ }).optional(),
    steps: z.array(stepSchema).min(1).max(100),
    finish: z.strictObject({ do: visible }),
  })
  .superRefine(({ steps }, context) => {
    const ids = steps.map((step) => step.id);
    const twice = ids.find((one, index) => ids.indexOf(one) !== index);
    if (twice !== undefined)
      context.addIssue({ code: 'custom', path: ['steps'], message: `each id once; ${twice} is there twice` });
    if (ids.includes(FINISH))
      context.addIssue({ code: 'custom', path: ['steps'], message: `no step with the id ${FINISH}` });
  });
export type ResponseRunbook = z.infer<typeof runbookSchema>;

/** The id by which people say that it is over. */
export const FINISH = 'finish';
