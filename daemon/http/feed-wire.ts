import * as z from 'zod';

/** What a daemon tells whoever listens, as they read it: ids and revisions. */
export const feedStateSchema = z.object({
  head: z.string().regex(/^[0-9a-f]{64}$/),
  incidents: z
    .array(
      z.object({
        id: z.string().regex(/^[0-9a-f]{1,32}$/),
        site: z.string().max(63),
        state: z.string().max(20),
        revision: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(10_000),
  sites: z.array(z.object({ site: z.string().max(63), version: z.int().min(0) })).max(1_000),
});
export type WireFeedState = z.infer<typeof feedStateSchema>;
