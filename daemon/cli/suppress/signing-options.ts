import { CONFIG_OPTION, flagOption, textOption } from '../option.js';
import { KEY_OPTION } from '../signing/key-option.js';

/** The options that `expect` and `mute` share. */
export const SIGNING_OPTIONS = {
  config: CONFIG_OPTION,
  key: KEY_OPTION,
  sign: textOption('--sign <id>', 'sign this one, which somebody else made'),
  yes: flagOption('--yes', 'do not ask'),
  list: flagOption('--list', 'list those in force and those that wait for signatures'),
  withdraw: textOption('--withdraw <id>', 'take one away, in force or waiting'),
  json: flagOption('--json', 'with --list: print JSON'),
} as const;
