import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

/** An Events API v2 integration of a PagerDuty service. */
export const pagerdutyConfigSchema = z.strictObject({
  kind: z.literal('pagerduty'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  /** Secret. Keys of event orchestrations begin with R and take no change events. */
  routingKey: z
    .string()
    .regex(
      /^(?!R)[A-Za-z0-9]{32}$/,
      'needs the 32 characters of an integration key of a service (not of an event orchestration, which begins with R)',
    ),
  baseUrl: endpointUrl.default('https://events.pagerduty.com'),
  allowPrivateAddress,
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(15_000),
});
