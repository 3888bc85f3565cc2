import { defineCommand } from '../command.js';
import {
  CONFIG_OPTION,
  FROM_START_OPTION,
  flagOption,
  parsedOption,
  textOption,
  wholeNumber,
} from '../option.js';
import { KEY_OPTION } from '../signing/key-option.js';

/** `tillwarden approve`. */
export const approveCommand = defineCommand({
  name: 'approve',
  description: 'look at what differs, and sign what is right',
  argument: ['[site]', 'the site, when there are several'],
  options: {
    config: CONFIG_OPTION,
    server: textOption('--server <url>', 'ask this daemon, with the token and pin of your approver.yaml'),
    key: KEY_OPTION,
    reason: textOption('--reason <text>', 'why, for those who read the baseline later'),
    only: textOption('--only <ids>', 'do not ask about each: "all" records, ids, or both'),
    without: textOption(
      '--without <collections>',
      'sign a first baseline without these, which cannot be read now',
    ),
    days: parsedOption(
      '--days <number>',
      'how long the new baseline is valid; 90, or as before where a longer time needs more people',
      wholeNumber(1, 1827, 'days'),
    ),
    renew: flagOption('--renew', 'sign again although nothing differs'),
    fromStart: FROM_START_OPTION,
    withdraw: flagOption('--withdraw', 'remove the pending proposal'),
  },
  examples: [
    'tillwarden approve prague-1',
    'tillwarden approve prague-1 --key ~/.ssh/id_ed25519.pub --reason "ticket 4711: new terminal"',
    'tillwarden approve prague-1 --only 3f9a12c0,77b0e4d1     (asks once more, before it signs)',
    'tillwarden approve prague-1 --only all',
    'tillwarden approve prague-1 --server https://tillwarden.example.net:9772',
  ],
  notes: `Where more than one person must sign, the first leaves a pending proposal; the next one's "tillwarden approve" shows it
and co-signs. "all" never covers a changed definition: name those by their id. Ids of 32 digits and more, as --only '' and
"tillwarden check --json" print them, are signed without a question. Signing happens in your own ssh-keygen.`,
  action: async (context, options, site) => (await import('./approve.js')).runApprove(context, site, options),
});
