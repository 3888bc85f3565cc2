import { defineCommand } from '../command.js';
import { CONFIG_OPTION, textOption } from '../option.js';

const listCommand = defineCommand({
  name: 'list',
  description: 'name the presets there are',
  examples: ['tillwarden preset list'],
  action: async (context) => (await import('./preset.js')).listPresets(context),
});

const showCommand = defineCommand({
  name: 'show',
  description: 'print what a preset watches, as it goes into a configuration',
  argument: ['<name>', 'the preset'],
  examples: ['tillwarden preset show lamassu'],
  action: async (context, _options, name) => (await import('./preset.js')).showPreset(context, name),
});

const diffCommand = defineCommand({
  name: 'diff',
  description: 'say what a preset would watch more or less than your configuration, or than another version',
  argument: ['<name>', 'the preset, or a version of it such as lamassu@2'],
  options: {
    config: CONFIG_OPTION,
    site: textOption('--site <name>', 'the site whose configuration is compared'),
    from: textOption('--from <version>', 'a version that is compared in place of the configuration'),
  },
  examples: ['tillwarden preset diff lamassu', 'tillwarden preset diff lamassu --from lamassu@2'],
  notes: 'Exit code 10 when anything differs.',
  action: async (context, options, name) =>
    (await import('./preset-diff.js')).diffPreset(context, name, options),
});

/** `tillwarden preset …`: what to watch on the servers of the field. */
export const presetCommand = defineCommand({
  name: 'preset',
  description: 'what to watch on the servers of the field',
  examples: ['tillwarden preset list', 'tillwarden preset show lamassu'],
  commands: [listCommand, showCommand, diffCommand],
});
