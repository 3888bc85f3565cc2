import { defineCommand } from '../command.js';
import { textOption } from '../option.js';
import { FIRST_ROOT_OPTIONS } from '../trust/first-root-options.js';

/** `tillwarden init`. */
export const initCommand = defineCommand({
  name: 'init',
  description: 'write a configuration and a trust root from SSH public keys',
  options: {
    ...FIRST_ROOT_OPTIONS,
    directory: textOption('--directory <folder>', 'where to write', '.'),
    site: textOption('--site <name>', 'name of the site', 'site-1'),
    preset: textOption('--preset <name>', 'what to watch: a name from "tillwarden preset list"'),
    discovered: textOption(
      '--discovered <file>',
      'what to watch: what "tillwarden discover" wrote, as you edited it',
    ),
  },
  examples: [
    'tillwarden init --key ~/.ssh/id_ed25519.pub --name alice --site prague-1',
    'tillwarden init --key alice.pub --name alice --key bob.pub --name bob --directory /etc/tillwarden',
    'tillwarden init --key alice.pub --name alice --preset lamassu',
    'tillwarden init --key alice.pub --name alice --discovered discovered.yaml',
  ],
  action: async (context, options) => (await import('./init.js')).runInit(context, options),
});
