import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption, JSON_OPTION, textOption } from '../option.js';

/** `tillwarden snapshot`. */
export const snapshotCommand = defineCommand({
  name: 'snapshot',
  description: 'read everything and print what is there',
  argument: ['[site]', 'the site; all of them when absent. With --diff, the later file'],
  options: {
    config: CONFIG_OPTION,
    records: flagOption('--records', 'print every record'),
    json: JSON_OPTION,
    diff: textOption('--diff <file>', 'an earlier --json --records: say what the later one has otherwise'),
    asExpectation: flagOption('--as-expectation', 'print the difference as a file for "tillwarden expect"'),
  },
  examples: [
    'tillwarden snapshot',
    'tillwarden snapshot prague-1 --json --records',
    'tillwarden snapshot --diff before.json after.json --as-expectation > upgrade.json',
  ],
  notes: 'Exit code 11 when something could not be read; with --diff 10 when anything differs.',
  action: async (context, options, site) =>
    (await import('./snapshot.js')).runSnapshot(context, site, options),
});
