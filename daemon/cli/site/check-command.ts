import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION, SERVER_OPTION } from '../option.js';

/** `tillwarden check`. */
export const checkCommand = defineCommand({
  name: 'check',
  description: 'compare what is there with what people signed',
  argument: ['[site]', 'the site; all of them when absent'],
  options: { config: CONFIG_OPTION, server: SERVER_OPTION, json: JSON_OPTION },
  examples: ['tillwarden check', 'tillwarden check prague-1 --json | jq'],
  notes:
    'Exit code 0 when all is the same, 10 when something drifted, 11 when nothing drifted and something is unknown.',
  action: async (context, options, site) => (await import('./check.js')).runCheck(context, site, options),
});
