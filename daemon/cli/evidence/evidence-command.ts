import { defineCommand } from '../command.js';
import { CONFIG_OPTION, textOption } from '../option.js';

/** `tillwarden evidence`. */
export const evidenceCommand = defineCommand({
  name: 'evidence',
  description: 'write everything about an incident to one archive',
  argument: ['<incident>', 'its id, as alerts name it'],
  options: {
    config: CONFIG_OPTION,
    out: textOption('--out <file>', 'the archive to write; evidence-<incident>.tar.gz when absent'),
  },
  examples: ['tillwarden evidence 7f3a', 'tillwarden evidence 7f3a --out /tmp/7f3a.tar.gz'],
  action: async (context, options, id) => (await import('./evidence.js')).runEvidence(context, id, options),
});
