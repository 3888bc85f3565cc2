import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

/** A Slack channel, written to by a bot with the scope `chat:write` that was invited to it. */
export const slackConfigSchema = z.strictObject({
  kind: z.literal('slack'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  /** Secret. */
  token: z
    .string()
    .regex(/^[!-~]{8,512}$/, 'needs the bot token, which begins with xoxb-, without blanks or line ends'),
  /** Names can be changed by members of the workspace; ids cannot. */
  channel: z
    .string()
    .regex(
      /^[CGD][A-Z0-9]{2,20}$/,
      'needs the channel id such as C0123ABCD (in Slack: open channel details)',
    ),
  apiUrl: endpointUrl.default('https://slack.com/api/'),
  allowPrivateAddress,
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(10_000),
});
export type SlackConfig = z.infer<typeof slackConfigSchema>;
