import { parsedOption, repeatedOption, wholeDays } from '../option.js';

/** The options of the commands that make trust root 1: `init` and `trust init`. */
export const FIRST_ROOT_OPTIONS = {
  key: {
    ...repeatedOption('--key <file>', 'public key of an approver; repeat it with --name for each'),
    required: true,
  },
  name: { ...repeatedOption('--name <name>', 'name of that approver, of a-z, 0-9 and -'), required: true },
  recovery: repeatedOption('--recovery <file>', 'public key that is kept offline; repeatable'),
  days: parsedOption('--days <number>', 'how long the trust root is valid', wholeDays, 365),
} as const;
