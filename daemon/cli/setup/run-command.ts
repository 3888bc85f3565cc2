import { defineCommand } from '../command.js';
import { CONFIG_OPTION } from '../option.js';

/** `tillwarden run`. */
export const runCommand = defineCommand({
  name: 'run',
  description: 'watch: the daemon',
  options: { config: CONFIG_OPTION },
  examples: ['tillwarden run --config /etc/tillwarden/tillwarden.yaml'],
  action: async ({ configFile }) => (await import('./run.js')).runDaemon({ configFile }),
});
