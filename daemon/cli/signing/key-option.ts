import { textOption } from '../option.js';

/** The key that a command signs with. */
export const KEY_OPTION = textOption(
  '--key <file>',
  'private key, or the .pub of a key in your agent; ~/.ssh is searched when absent',
);
