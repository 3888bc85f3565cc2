import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION } from '../option.js';

/** `tillwarden status`. */
export const statusCommand = defineCommand({
  name: 'status',
  description: 'tell how sites, incidents and channels stand',
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden status', 'tillwarden status --json | jq .incidents'],
  action: async (context, options) => (await import('./status.js')).runStatus(context, options),
});
