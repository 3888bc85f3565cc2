import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION, textOption } from '../option.js';

const NEXT =
  'What is written counts for nothing before enough people have signed it with "tillwarden approve".';

const bookShowCommand = defineCommand({
  name: 'show',
  description: 'print every line of the address book, and where people signed it',
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden book show'],
  notes: 'Exit code 10 when a line is signed nowhere.',
  action: async (context, options) => (await import('./show.js')).bookShow(context, options),
});

const bookAddCommand = defineCommand({
  name: 'add',
  description: 'write an address, an extended public key or a descriptor into the book',
  argument: ['<value>', 'address, xpub… or descriptor'],
  options: {
    config: CONFIG_OPTION,
    label: textOption('--label <name>', 'your name for it'),
    range: textOption('--range <first-last>', 'indexes to derive of a key or descriptor; 0-99 when absent'),
    coin: textOption(
      '--coin <code>',
      'coin of an xpub that is not of Bitcoin: LTC, DOGE, DASH, BCH, ETH, TRX',
    ),
  },
  examples: ['tillwarden book add bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh --label "cold wallet"'],
  notes: NEXT,
  action: async (context, options, value) => (await import('./change.js')).bookAdd(context, value, options),
});

const bookImportCommand = defineCommand({
  name: 'import',
  description: 'add the lines of a CSV file: value, label, range, coin',
  argument: ['<file>', 'CSV with a first line of names'],
  options: { config: CONFIG_OPTION },
  examples: ['tillwarden book import deposit-addresses.csv'],
  notes: NEXT,
  action: async (context, _options, file) => (await import('./change.js')).bookImport(context, file),
});

const bookRemoveCommand = defineCommand({
  name: 'remove',
  description: 'take a value, or every line of a label, out of the book',
  argument: ['<value>', 'value or label'],
  options: { config: CONFIG_OPTION },
  examples: ['tillwarden book remove "old hot wallet"'],
  notes: NEXT,
  action: async (context, _options, value) => (await import('./change.js')).bookRemove(context, value),
});

const bookCheckCommand = defineCommand({
  name: 'check',
  description: 'say whether an address is valid, of which network, and whether the signed book has it',
  argument: ['<address>', 'address'],
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden book check bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh'],
  notes: 'Exit code 0 when every signed book has it, 10 when one has not, 11 when nobody has signed one.',
  action: async (context, options, address) =>
    (await import('./show.js')).bookCheck(context, address, options),
});

/** `tillwarden book …`: the operator's own addresses, which people sign like everything else. */
export const bookCommand = defineCommand({
  name: 'book',
  description: 'your own addresses, by which an alert says whether coins go to you',
  examples: ['tillwarden book show', 'tillwarden book import deposit-addresses.csv'],
  commands: [bookShowCommand, bookAddCommand, bookImportCommand, bookRemoveCommand, bookCheckCommand],
});
