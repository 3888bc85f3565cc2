import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION } from '../option.js';

/** `tillwarden verify`. */
export const verifyCommand = defineCommand({
  name: 'verify',
  description: 'check the files that people signed, without a database',
  argument: ['[site]', 'the site; all of them when absent'],
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden verify', 'tillwarden verify prague-1 --json'],
  notes: 'Exit code 12 when anything is refused.',
  action: async (context, options, site) => (await import('./verify.js')).runVerify(context, site, options),
});
