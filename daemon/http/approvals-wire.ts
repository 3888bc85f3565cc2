import * as z from 'zod';
import { BaselineError, type Definition, LIMITS, parseDefinition } from '../../baselines/index.js';
import type { UnreadableCause } from '../sources/source.js';

/** What daemon and approver say to each other about the approvals of a site. Both sides read it with these and believe none of it. */

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const siteName = z.string().regex(/^[a-z0-9-]{1,63}$/);
const fileName = z.string().max(100);
const armored = z.string().max(16 * 1024);
const column = z.string().max(255);
const columns = z.array(column).max(2000);
const CAUSES = [
  'unreachable',
  'denied',
  'row-security',
  'timeout',
  'too-large',
  'missing',
  'not-a-table',
  'moving',
  'failed',
] as const satisfies readonly UnreadableCause[];

/** Records one proposal may bring, in bytes as JSON text: 200,000 of them, and what is held while they are read fits into 512 MB. */
export const PROPOSAL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Bytes of an answer that brings signed documents, without the records: 2,000 steps of 48 kB each, as base64. It is what a daemon that lies can have
 * an approver's process hold.
 */
export const MAX_DOCUMENTS_BYTES = 128 * 1024 * 1024;

export const sitesSchema = z.object({ sites: z.array(siteName).max(1000) });

const documentSchema = z.object({
  file: fileName,
  /** The document's bytes. */
  base64: z.base64(),
  /** As many as a directory can hold: whoever leaves junk there keeps nobody from reading what people signed. */
  signatures: z.array(z.object({ file: fileName, text: armored })).max(LIMITS.directoryEntries),
});
export type WireDocument = z.infer<typeof documentSchema>;

export const approvalsSchema = z.object({
  roots: z.array(documentSchema).max(10_000),
  chain: z.array(documentSchema).max(100_000),
  pending: documentSchema.nullable(),
  /** Records files that verifying these needs and the server has. */
  records: z.array(digest).max(100_000),
});
export type WireApprovals = z.infer<typeof approvalsSchema>;

/** A definition as it is signed, whole: whoever is told less of it would take it for another. */
export const definitionSchema = z
  .looseObject({ columns, secret: columns, author: columns.optional() })
  .transform((wire, { issues }): Definition => {
    try {
      // A daemon that is older than this names sets in the order of its configuration.
      const { columns: read, secret, author } = wire;
      const sets = { columns: [...read].sort(), secret: [...secret].sort() };
      const written = { ...wire, ...sets, ...(author === undefined ? {} : { author: [...author].sort() }) };
      return parseDefinition(JSON.parse(JSON.stringify(written)));
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      issues.push({ code: 'custom', message: error.message, input: wire });
      return z.NEVER;
    }
  });

/** What somebody called hostile. A daemon that does not say so yet knows of none. */
export const calledHostileSchema = z
  .array(
    z.object({
      fingerprint: digest,
      person: z.string().regex(/^[a-z0-9-]{1,63}$/),
      atMs: z.int().min(0).max(8.64e15),
    }),
  )
  .max(100_000)
  .default([]);

export const observedSchema = z.object({
  collections: z
    .array(
      z.object({
        definition: definitionSchema,
        /** Null while it was not read yet. */
        reading: z
          .discriminatedUnion('readable', [
            z.object({ readable: z.literal(true), recordsDigest: digest }),
            z.object({
              readable: z.literal(false),
              cause: z.enum(CAUSES),
              detail: z.string().max(10_000),
            }),
          ])
          .nullable(),
      }),
    )
    .max(5000),
  hostile: calledHostileSchema,
});
export type WireObserved = z.infer<typeof observedSchema>;

/** A new proposal, or one more signature to the one that waits. */
export const submissionSchema = z.strictObject({
  statement: z.string().max(1024 * 1024),
  signature: armored,
  /** Records files by digest that the daemon may not have. */
  records: z.record(digest, z.string()),
});

export const submittedSchema = z.object({ installed: z.boolean() });

export const withdrawnSchema = z.object({ withdrawn: z.boolean() });

export const fingerprintsSchema = z.strictObject({ fingerprints: z.array(digest).min(1).max(1000) });
/** Of what people signed in advance, what is in force: for the asker to verify. */
export const suppressionsSchema = z.object({
  documents: z.array(documentSchema).max(1_000),
  /** What waits for signatures. An older daemon tells of none. */
  pending: z.array(documentSchema).max(1_000).default([]),
  leftOut: z.int().min(0).default(0),
});

/** Trust roots and the draft of the next one: for the asker to verify. */
export const trustSchema = z.object({
  roots: z.array(documentSchema).max(10_000),
  draft: documentSchema.nullable(),
});

export const rejectionSchema = z.object({
  incidents: z.array(z.string().regex(/^[0-9a-f]{1,32}$/)).max(1000),
  unknown: z.int().min(0),
});
