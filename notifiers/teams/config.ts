import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

/** A workflow of Microsoft Teams that posts what it is sent. */
export const teamsConfigSchema = z.strictObject({
  kind: z.literal('teams'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  /** Secret: whoever has it can post. 64 zeros stand for one that was not read. */
  url: z.union([endpointUrl, z.literal('0'.repeat(64))], {
    error: "the workflow's address, https:// without user, password or #",
  }),
  allowPrivateAddress,
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(15_000),
});
