import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';
import { isSecret } from './signature.js';

const secret = z
  .string()
  .max(128)
  .refine(
    isSecret,
    'needs whsec_ and the base64 of 24 to 64 random bytes, such as `openssl rand -base64 32` prints',
  );

/** A receiver of Standard Webhooks: one's own program, or a service that takes them. */
export const webhookConfigSchema = z.strictObject({
  kind: z.literal('webhook'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  url: endpointUrl,
  /** Secret. */
  secret,
  /** Secret. While a receiver changes over, messages are signed with both. */
  previousSecret: secret.optional(),
  allowPrivateAddress,
  /** PEM file with the only certificate authority to trust; absent: those Node.js ships. */
  tlsCaFile: z.string().min(1).optional(),
  /** Bytes of the body; changes that do not fit are counted. */
  maxBodyBytes: z.int().min(32_768).max(4_194_304).default(262_144),
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(15_000),
});
