import { defineCommand } from '../command.js';
import { parsedOption, repeatedOption, textOption, wholeNumber } from '../option.js';
import { SIGNING_OPTIONS } from './signing-options.js';

/** `tillwarden expect`. */
export const expectCommand = defineCommand({
  name: 'expect',
  description: 'sign in advance which changes will happen, so that they wake nobody',
  argument: ['[site]', 'the site, when there are several'],
  options: {
    ...SIGNING_OPTIONS,
    file: textOption('--file <file>', 'what will happen: .yaml, .json, or .csv with --collection'),
    object: repeatedOption(
      '--object <sort>',
      'instead of a file: any change of this sort of object of a PostgreSQL database, such as function, trigger, default; may be repeated',
    ),
    schema: textOption('--schema <name>', 'the one schema in which these objects may change'),
    collection: textOption(
      '--collection <name>',
      'whose records a .csv file holds; the sensor of the objects, when there are several',
    ),
    hours: parsedOption(
      '--hours <number>',
      'length of the window in which it may happen, 1 to 168; with --object at most 24',
      wholeNumber(1, 168, 'hours'),
      24,
    ),
    from: textOption(
      '--from <instant>',
      'when the window begins, such as 2026-11-24T22:00+01:00; now when absent',
    ),
    adoptDays: parsedOption(
      '--adopt-days <number>',
      'days after the window by which it must be in a baseline',
      wholeNumber(0, 30, 'days'),
      7,
    ),
    reason: textOption('--reason <text>', 'why, for those who read it later'),
  },
  examples: [
    'tillwarden expect prague-1 --file new-terminals.yaml --hours 24 --reason "ticket 4711"',
    'tillwarden expect --file terminals.csv --collection terminals --from 2026-11-24T22:00+01:00 --reason rollout',
    'tillwarden expect prague-1 --object function --object default --schema reports --hours 4 --reason "upgrade to 8.7"',
    'tillwarden expect                       (shows what waits for signatures, and signs it)',
    'tillwarden expect --list',
  ],
  notes: `A file is a list: "- collection: terminals" with "appears:", "changes:" or "vanishes:" and the columns (docs/expected-changes.md).
The same people must sign as for approving the change itself. Anything but exactly this wakes people as ever. By --object never: what hangs on a watched
table, owners, rights and roles, code that runs with another's rights or speaks of money. What it let through is counted and told.`,
  action: async (context, options, site) =>
    (await import('./expect.js')).expectChanges(context, site, options),
});
