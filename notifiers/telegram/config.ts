import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

/** A Telegram chat, written to by a bot that is in it. */
export const telegramConfigSchema = z.strictObject({
  kind: z.literal('telegram'),
  name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
  /** Secret. 64 zeros stand for one that was not read. */
  token: z
    .string()
    .regex(
      /^(?:[0-9]{3,20}:[-_A-Za-z0-9]{30,64}|0{64})$/,
      "needs the bot's token as BotFather gave it, digits and letters with a colon between",
    ),
  /** Names can be given to another chat; ids cannot. YAML reads an id as a number. */
  chat: z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z.string().regex(/^-?[1-9][0-9]{0,15}$/, 'needs the id of a chat, such as -1001234567890, and no @name'),
  ),
  /** A topic of a group that has topics. The general topic, which is 1, is that without. */
  topic: z.int().min(2).max(2_147_483_647).optional(),
  baseUrl: endpointUrl.default('https://api.telegram.org'),
  allowPrivateAddress,
  /** PEM file with the only certificate authority to trust; absent: those Node.js ships. */
  tlsCaFile: z.string().min(1).optional(),
  /** Milliseconds for one delivery attempt. */
  timeoutMs: z.int().min(500).max(60_000).default(10_000),
});
