import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION, SERVER_OPTION } from '../option.js';

/** `tillwarden status`. */
export const statusCommand = defineCommand({
  name: 'status',
  description: 'tell how sites, incidents and channels stand',
  options: { config: CONFIG_OPTION, server: SERVER_OPTION, json: JSON_OPTION },
  examples: ['tillwarden status', 'tillwarden status --json | jq .incidents'],
  notes: `One line for each site first, the worst first. Exit code 10 while something critical is open, else 11 while a site is unknown: no
baseline, no daemon that answers, or not everything read.`,
  action: async (context, options) => (await import('./status.js')).runStatus(context, options),
});
