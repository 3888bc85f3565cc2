import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION, SERVER_OPTION } from '../option.js';

/** `tillwarden show`. */
export const showCommand = defineCommand({
  name: 'show',
  description: 'tell everything about an incident',
  argument: ['<incident>', 'its id, as alerts name it'],
  options: { config: CONFIG_OPTION, server: SERVER_OPTION, json: JSON_OPTION },
  examples: ['tillwarden show 7f3a', 'tillwarden show 7f3a --json'],
  action: async (context, options, id) => (await import('./show.js')).runShow(context, id, options),
});
