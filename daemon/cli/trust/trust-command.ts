import { defineCommand } from '../command.js';
import {
  CONFIG_OPTION,
  flagOption,
  JSON_OPTION,
  parsedOption,
  repeatedOption,
  textOption,
  wholeDays,
  wholeNumber,
} from '../option.js';
import { FIRST_ROOT_OPTIONS } from './first-root-options.js';

const DAYS = ['--days <number>', 'how long it is valid', wholeDays] as const;
const ROLE = repeatedOption('--role <name>', 'role; repeatable');
const ACCOUNT = repeatedOption(
  '--account <system:name>',
  'what the application or the database calls them, such as application:alice; repeatable',
);
const NEXT = 'Nothing is in force before enough people have run "tillwarden trust sign".';

const trustInitCommand = defineCommand({
  name: 'init',
  description: 'write trust root 1 from SSH public keys',
  options: {
    key: FIRST_ROOT_OPTIONS.key,
    name: FIRST_ROOT_OPTIONS.name,
    recovery: FIRST_ROOT_OPTIONS.recovery,
    directory: textOption('--directory <folder>', 'where to write', 'trust'),
    days: parsedOption(...DAYS, 365),
  },
  examples: ['tillwarden trust init --key alice.pub --name alice --recovery safe.pub'],
  action: async (context, options) => (await import('./init.js')).trustInit(context, options),
});

const trustShowCommand = defineCommand({
  name: 'show',
  description: 'print the trust root in force and the draft of the next one',
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden trust show'],
  action: async (context, options) => (await import('./show.js')).trustShow(context, options),
});

const trustAddCommand = defineCommand({
  name: 'add',
  description: 'draft a root with another person, or with more keys or roles of one',
  argument: ['<person>', 'name, of a-z, 0-9 and -'],
  options: {
    config: CONFIG_OPTION,
    key: repeatedOption('--key <file>', 'public key; repeatable'),
    role: ROLE,
    account: ACCOUNT,
    verifyRequired: flagOption(
      '--verify-required',
      'the security key must verify its user: PIN or fingerprint, not a touch alone',
    ),
    days: parsedOption(...DAYS),
  },
  examples: [
    'tillwarden trust add carol --key carol.pub --role operator',
    'tillwarden trust add carol --account application:carol',
  ],
  notes: NEXT,
  action: async (context, options, name) => (await import('./add.js')).trustAdd(context, name, options),
});

const trustRemoveCommand = defineCommand({
  name: 'remove',
  description: 'draft a root without a person, or without some keys or roles of one',
  argument: ['<person>', 'name'],
  options: {
    config: CONFIG_OPTION,
    key: repeatedOption('--key <file>', 'public key, or SHA256:… as "trust show" prints it; repeatable'),
    role: ROLE,
    account: ACCOUNT,
    days: parsedOption(...DAYS),
  },
  examples: ['tillwarden trust remove bob'],
  notes: NEXT,
  action: async (context, options, name) => (await import('./remove.js')).trustRemove(context, name, options),
});

const trustRuleCommand = defineCommand({
  name: 'rule',
  description: 'draft a root with another rule for some kinds or collections',
  argument: [
    '[kinds]',
    'admin, permission, contact, wallet-route, terminal, config, file, sensor, access-link, address-book, root',
  ],
  options: {
    config: CONFIG_OPTION,
    threshold: parsedOption(
      '--threshold <number>',
      'how many people must sign',
      wholeNumber(1, 1000, 'people'),
    ),
    role: repeatedOption('--role <name>', 'role they must have; repeatable'),
    collection: repeatedOption(
      '--collection <name>',
      'a collection it is for in place of its kind; repeatable',
    ),
    notAuthor: flagOption('--not-author', 'whoever made the change, by its author column, does not count'),
    beside: flagOption('--beside', 'keep the rules that name these kinds: all of them must be met'),
    drop: flagOption('--drop', 'no rule names these kinds any more: the strictest one counts'),
    days: parsedOption(...DAYS),
  },
  examples: [
    'tillwarden trust rule admin,wallet-route --threshold 2 --role operator',
    'tillwarden trust rule --collection hot_wallets --threshold 2 --role operator --not-author',
  ],
  notes: NEXT,
  action: async (context, options, kinds) => (await import('./rule.js')).trustRule(context, kinds, options),
});

const trustSignCommand = defineCommand({
  name: 'sign',
  description: 'look at the draft, sign it, and put it into force when enough people have',
  options: {
    config: CONFIG_OPTION,
    key: textOption(
      '--key <file>',
      'private key, or the .pub of a key in your agent; both are searched when absent',
    ),
    accept: textOption('--accept <digest>', 'do not ask: sign the draft of this digest'),
    renew: flagOption('--renew', 'draft a root that changes nothing but the dates'),
    days: parsedOption(...DAYS),
    withdraw: flagOption('--withdraw', 'remove the draft'),
  },
  examples: ['tillwarden trust sign', 'tillwarden trust sign --renew --days 365'],
  action: async (context, options) => (await import('./sign.js')).trustSign(context, options),
});

const trustVerifyCommand = defineCommand({
  name: 'verify',
  description: 'check every trust root from the pinned one on, offline',
  options: { config: CONFIG_OPTION, json: JSON_OPTION },
  examples: ['tillwarden trust verify'],
  notes: 'Exit code 12 when anything is refused.',
  action: async (context, options) => (await import('./show.js')).trustVerify(context, options),
});

/** `tillwarden trust …`: the life of the trust root. */
export const trustCommand = defineCommand({
  name: 'trust',
  description: 'whose keys count: make, show, change and sign trust roots',
  examples: [
    'tillwarden trust show',
    'tillwarden trust add carol --key carol.pub --role operator',
    'tillwarden trust sign',
  ],
  commands: [
    trustInitCommand,
    trustShowCommand,
    trustAddCommand,
    trustRemoveCommand,
    trustRuleCommand,
    trustSignCommand,
    trustVerifyCommand,
  ],
});
