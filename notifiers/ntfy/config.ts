import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

/** A topic of an ntfy server: the public one, or one's own. */
export const ntfyConfigSchema = z.strictObject({
  kind: z.literal('ntfy'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  baseUrl: endpointUrl.default('https://ntfy.sh'),
  /** Who knows the topic of a server without access control can read it, and write to it. */
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/, 'needs 1 to 64 of A-Z, a-z, 0-9, - and _'),
  /** Secret. */
  token: z
    .string()
    .regex(/^[!-~]{8,512}$/, 'needs an access token, which begins with tk_, without blanks or line ends')
    .optional(),
  allowPrivateAddress,
  /** PEM file with the only certificate authority to trust; absent: those Node.js ships. */
  tlsCaFile: z.string().min(1).optional(),
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(10_000),
});
