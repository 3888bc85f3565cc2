import { defineCommand } from '../command.js';
import { CONFIG_OPTION, textOption } from '../option.js';

/** `tillwarden files-setup`. */
export const filesSetupCommand = defineCommand({
  name: 'files-setup',
  description: 'print what the owner of a machine runs so that its files can be read',
  options: {
    config: CONFIG_OPTION,
    site: textOption('--site <name>', 'the site, when there are several'),
    source: textOption('--source <name>', 'the source, when there are several'),
  },
  examples: ['tillwarden files-setup > setup.sh', 'tillwarden files-setup --site prague-1 --source host'],
  action: async (context, options) => (await import('./files-setup.js')).runFilesSetup(context, options),
});
