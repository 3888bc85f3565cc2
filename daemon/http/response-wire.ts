import * as z from 'zod';

/** What daemon and people say to each other about a response. Both sides read it with these and believe none of it. */

const words = z.string().max(10_000);
const id = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
const person = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/);
const atMs = z.int().min(0).max(8.64e15);

export const responseSchema = z.object({
  incident: z.string().regex(/^[0-9a-f]{1,32}$/),
  site: z.string().regex(/^[a-z0-9-]{1,63}$/),
  runbook: z.object({
    name: id,
    title: words,
    source: z.string().max(2_000).nullable(),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  others: z.array(id).max(200),
  begun: z.object({ person, atMs }).nullable(),
  finished: z.object({ person, atMs }).nullable(),
  /** Absent from daemons of older versions. */
  evidence: z
    .object({ person, atMs, sha256: z.string().regex(/^[0-9a-f]{64}$/) })
    .nullable()
    .default(null),
  steps: z
    .array(
      z.object({
        id,
        do: words,
        why: words.nullable(),
        done: z.boolean(),
        /** What tillwarden sees; null where it cannot look. */
        sees: z.object({ saw: z.enum(['done', 'contrary', 'unknown', 'not-watched']), words }).nullable(),
        said: z.object({ person, done: z.boolean(), note: words, atMs }).nullable(),
      }),
    )
    .max(100),
  finish: words,
  left: z.int().min(0),
});
export type WireResponse = z.infer<typeof responseSchema>;

/** What a person says of one step. */
export const saySchema = z.strictObject({
  step: id,
  done: z.boolean(),
  note: z.string().max(500).default(''),
  runbook: id.optional(),
});

/** That it is over. */
export const finishSchema = z.strictObject({ runbook: id.optional() });

/** That the evidence was written to an archive: its hex SHA-256. */
export const evidenceSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });
