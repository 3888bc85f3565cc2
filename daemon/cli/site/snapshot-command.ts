import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption, JSON_OPTION } from '../option.js';

/** `tillwarden snapshot`. */
export const snapshotCommand = defineCommand({
  name: 'snapshot',
  description: 'read everything and print what is there',
  argument: ['[site]', 'the site; all of them when absent'],
  options: {
    config: CONFIG_OPTION,
    records: flagOption('--records', 'print every record'),
    json: JSON_OPTION,
  },
  examples: ['tillwarden snapshot', 'tillwarden snapshot prague-1 --json --records'],
  action: async (context, options, site) =>
    (await import('./snapshot.js')).runSnapshot(context, site, options),
});
