import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION } from '../option.js';

const listCommand = defineCommand({
  name: 'list',
  description: 'print what is known to be bad: every indicator, from which incident, and what else it can be',
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden indicators list'],
  action: async (context, options) => (await import('./indicators.js')).indicatorsList(context, options),
});

const checkCommand = defineCommand({
  name: 'check',
  description: 'say which of your records and baselines have an indicator',
  argument: ['[file]', 'a feed that is not in force yet; those in force when absent'],
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden indicators check', 'tillwarden indicators check ./new-feed.json'],
  notes:
    'Reads every source once. Exit code 0 when none has one, 10 when some have, 11 when something could not be read.',
  action: async (context, options, file) =>
    (await import('./indicators.js')).indicatorsCheck(context, file, options),
});

/** `tillwarden indicators …`: what is known from incidents elsewhere. */
export const indicatorsCommand = defineCommand({
  name: 'indicators',
  description: 'what is known from incidents elsewhere, and which of your records have it',
  examples: ['tillwarden indicators check'],
  commands: [listCommand, checkCommand],
});
