import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION, requiredTextOption } from '../option.js';

const notifyTestCommand = defineCommand({
  name: 'test',
  description: 'send a test alert to each channel',
  argument: ['[channel]', 'the channel; all of them when absent'],
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden notify test', 'tillwarden notify test oncall'],
  action: async (context, options, channel) =>
    (await import('./notify-test.js')).notifyTest(context, channel, options),
});

const notifyPreviewCommand = defineCommand({
  name: 'preview',
  description: 'write every kind of message, made up, as every channel would send it',
  options: { out: requiredTextOption('--out <folder>', 'where to write') },
  examples: ['tillwarden notify preview --out ./preview'],
  action: async (context, options) => (await import('./notify-preview.js')).notifyPreview(context, options),
});

/** `tillwarden notify …`. */
export const notifyCommand = defineCommand({
  name: 'notify',
  description: 'try the channels',
  examples: ['tillwarden notify test'],
  commands: [notifyTestCommand, notifyPreviewCommand],
});
