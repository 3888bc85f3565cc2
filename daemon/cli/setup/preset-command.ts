import { defineCommand } from '../command.js';

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

/** `tillwarden preset …`: what to watch on the servers of the field. */
export const presetCommand = defineCommand({
  name: 'preset',
  description: 'what to watch on the servers of the field',
  examples: ['tillwarden preset list', 'tillwarden preset show lamassu'],
  commands: [listCommand, showCommand],
});
