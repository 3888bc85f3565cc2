import * as z from 'zod';

/** Characters of what one entry says. */
const MAX_BODY = 64 * 1024 * 1024;
/** Bytes of an answer: one entry at least is in it, whose text is JSON, escaped as one text. */
export const MAX_JOURNAL_BYTES = 2 * MAX_BODY;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const number = z.int().min(0);
const atMs = z.int().min(0).max(8.64e15);

/** Entries of the journal as a daemon tells them: whoever reads them walks the hashes. */
export const journalSchema = z.object({
  entries: z
    .array(
      z.object({
        ...{ seq: number, atMs, previous: digest, hash: digest },
        ...{ type: z.string().max(100), body: z.string().max(MAX_BODY) },
      }),
    )
    .max(1_000),
  head: digest,
  lastSeq: number,
});
export type WireJournal = z.infer<typeof journalSchema>;

/** Of what a daemon says of itself, its channels. */
export const channelsSchema = z.object({
  channels: z
    .array(
      z.object({
        ...{ name: z.string().regex(/^[a-zA-Z0-9_-]{1,63}$/), kind: z.string().regex(/^[a-z-]{1,40}$/) },
        ...{ pending: number, failed: number },
        lastProof: z.object({ by: z.enum(['message', 'test']), atMs }).nullable(),
        ...{ lastFailedMs: atMs.nullable(), lastFailure: z.string().max(10_000).nullable() },
      }),
    )
    .max(1_000),
});
