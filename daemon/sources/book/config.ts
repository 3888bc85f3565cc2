import * as z from 'zod';

/** Configuration of an address book. */
export const bookConfig = z.strictObject({
  kind: z.literal('book'),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,54}$/, 'a name of 1 to 55 of a-z, 0-9 and -, a letter first'),
  /** CSV: value, label, range, coin. */
  bookFile: z.string().min(1).max(4096),
});
export type BookConfig = z.infer<typeof bookConfig>;
