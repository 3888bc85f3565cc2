import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption, JSON_OPTION } from '../option.js';

/** `tillwarden doctor`. */
export const doctorCommand = defineCommand({
  name: 'doctor',
  description: 'look at all that a set-up needs, and say what to type where it lacks',
  argument: ['[site]', 'whose databases are asked; all of them when absent'],
  options: {
    config: CONFIG_OPTION,
    verbose: flagOption('--verbose', 'name each thing that is as it should be, not one line for each source'),
    json: JSON_OPTION,
  },
  examples: ['tillwarden doctor', 'tillwarden doctor prague-1 --json'],
  notes: `Changes nothing and sends nothing. Run it as the user of the daemon (sudo -u tillwarden …). The exit code is that of the worst: 78 something is broken,
11 something could not be looked at, 10 something is weaker than it should be or ends soon, 0 all is good.`,
  action: async (context, options, site) => (await import('./doctor.js')).runDoctor(context, site, options),
});
