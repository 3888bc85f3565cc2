import { defineCommand } from '../command.js';
import { CONFIG_OPTION, FROM_START_OPTION, JSON_OPTION, textOption } from '../option.js';

/** `tillwarden history`. */
export const historyCommand = defineCommand({
  name: 'history',
  description: 'tell what a collection was, who signed it and when it was not so',
  argument: ['<place>', 'site/collection'],
  options: {
    config: CONFIG_OPTION,
    at: textOption(
      '--at <time>',
      'what was in force then: 90m, 12h, 3d ago, 2026-11-25 or 2026-11-25T03:10Z',
    ),
    key: textOption('--key <key>', 'one record: the text of its key, or a JSON list for several key columns'),
    fromStart: FROM_START_OPTION,
    json: JSON_OPTION,
  },
  examples: [
    'tillwarden history prague-1/wallet_routes',
    'tillwarden history prague-1/terminals --key 7 --at 2026-11-25T03:10Z',
    `tillwarden history prague-1/permissions --key '["7","admin"]' --json`,
  ],
  action: async (context, options, place) =>
    (await import('./history.js')).runHistory(context, place, options),
});
