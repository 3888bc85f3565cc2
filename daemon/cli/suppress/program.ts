import { type Command, InvalidArgumentError } from 'commander';
import { collect, configured, examples, type Run, wholeNumber } from '../command-definition.js';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_MUTE_MS = 7 * 86_400_000;

/** Adds `expect` and `mute`: what people sign in advance. */
export function addSuppressionCommands(program: Command, run: Run): void {
  signing(
    configured(
      program,
      'expect',
      'sign in advance that exactly these changes will happen, so that they wake nobody',
    ),
  )
    .option('--file <file>', 'what will happen: .yaml, .json, or .csv with --collection')
    .option('--collection <name>', 'whose records a .csv file holds')
    .option(
      '--hours <number>',
      'length of the window in which it may happen, 1 to 168',
      wholeNumber(1, 168, 'hours'),
      24,
    )
    .option('--from <instant>', 'when the window begins, such as 2026-11-24T22:00+01:00; now when absent')
    .option(
      '--adopt-days <number>',
      'days after the window by which it must be in a baseline',
      wholeNumber(0, 30, 'days'),
      7,
    )
    .option('--reason <text>', 'why, for those who read it later')
    .addHelpText(
      'after',
      `${examples(
        'tillwarden expect prague-1 --file new-terminals.yaml --hours 24 --reason "ticket 4711"',
        'tillwarden expect --file terminals.csv --collection terminals --from 2026-11-24T22:00+01:00 --reason rollout',
        'tillwarden expect                       (shows what waits for signatures, and signs it)',
        'tillwarden expect --list',
      )}
A file is a list: "- collection: terminals" with "appears:", "changes:" or "vanishes:" and the columns (docs/expected-changes.md).
The same people must sign as for approving the change itself. Anything but exactly this wakes people as ever.`,
    )
    .action(
      run(async (context, site, options) =>
        (await import('./expect.js')).expectChanges(context, site, options),
      ),
    );

  signing(
    configured(
      program,
      'mute',
      'sign that changes of a kind, a collection or one record wake nobody until a time',
    ),
  )
    .option('--kind <kind>', 'everything of this kind')
    .option('--collection <name>', 'everything of this collection')
    .option('--record <column=value>', 'only this record of it; once for each key column', collect, [])
    .option('--for <time>', 'how long: 30m, 4h, 2d; at most 7d', length)
    .option('--reason <text>', 'why, for those who read it later')
    .addHelpText(
      'after',
      `${examples(
        'tillwarden mute prague-1 --collection terminals --for 4h --reason "moving the depot"',
        'tillwarden mute --collection terminals --record id=17 --for 2d --reason "ticket 4711"',
        'tillwarden mute                         (shows what waits for signatures, and signs it)',
        'tillwarden mute --list',
      )}
What is muted is recorded, and told when the mute ends and it is still there. "tillwarden check" tells of it all the while.`,
    )
    .action(
      run(async (context, site, options) => (await import('./mute.js')).muteChanges(context, site, options)),
    );
}

/** What both have in common. */
function signing(command: Command): Command {
  return command
    .argument('[site]', 'the site, when there are several')
    .option('--key <file>', 'private key, or the .pub of a key in your agent; ~/.ssh is searched when absent')
    .option('--sign <id>', 'sign this one, which somebody else made')
    .option('--yes', 'do not ask')
    .option('--list', 'list those in force and those that wait for signatures')
    .option('--withdraw <id>', 'take one away, in force or waiting')
    .option('--json', 'with --list: print JSON');
}

function length(value: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(value) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0);
  if (ms > 0 && ms <= MAX_MUTE_MS) return ms;
  throw new InvalidArgumentError('Needed is a length such as 30m, 4h or 2d, at most 7d.');
}
