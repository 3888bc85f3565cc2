import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption, JSON_OPTION, SERVER_OPTION } from '../option.js';

/** `tillwarden show`. */
export const showCommand = defineCommand({
  name: 'show',
  description: 'tell everything about an incident',
  argument: ['[incident]', 'its id, as alerts name it; when absent a list of those that are open'],
  options: {
    config: CONFIG_OPTION,
    server: SERVER_OPTION,
    json: JSON_OPTION,
    restore: flagOption(
      '--restore',
      'print the statements that put the approved values back, for a person to read and run',
    ),
  },
  examples: [
    'tillwarden show',
    'tillwarden show 7f3a',
    'tillwarden show 7f3a --json',
    'tillwarden show 7f3a --restore',
  ],
  action: async (context, options, id) => (await import('./show.js')).runShow(context, id, options),
});
