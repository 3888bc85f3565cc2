import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

/** A Matrix room without encryption, written to by an account that joined it. */
export const matrixConfigSchema = z.strictObject({
  kind: z.literal('matrix'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  /** Of the homeserver's client-server API. */
  baseUrl: endpointUrl,
  /** Secret. */
  token: z.string().regex(/^[!-~]{8,1024}$/, 'needs an access token, without blanks or line ends'),
  /** An alias can be given to another room; an id cannot. */
  room: z
    .string()
    .regex(/^![!-~]{1,254}$/, 'needs the id of a room, which begins with !, such as !AbCdEf:example.org'),
  /** True when what is to wake people mentions the whole room. */
  mentionRoom: z.boolean().default(true),
  allowPrivateAddress,
  /** PEM file with the only certificate authority to trust; absent: those Node.js ships. */
  tlsCaFile: z.string().min(1).optional(),
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(10_000),
});
