import { InvalidArgumentError } from 'commander';
import { defineCommand } from '../command.js';
import { parsedOption, repeatedOption, textOption } from '../option.js';
import { SIGNING_OPTIONS } from './signing-options.js';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_MUTE_MS = 7 * 86_400_000;

/** `tillwarden mute`. */
export const muteCommand = defineCommand({
  name: 'mute',
  description: 'sign that changes of a kind, a collection or one record wake nobody until a time',
  argument: ['[site]', 'the site, when there are several'],
  options: {
    ...SIGNING_OPTIONS,
    kind: textOption('--kind <kind>', 'everything of this kind'),
    collection: textOption('--collection <name>', 'everything of this collection'),
    record: repeatedOption('--record <column=value>', 'only this record of it; once for each key column'),
    for: parsedOption('--for <time>', 'how long: 30m, 4h, 2d; at most 7d', lengthMs),
    reason: textOption('--reason <text>', 'why, for those who read it later'),
  },
  examples: [
    'tillwarden mute prague-1 --collection terminals --for 4h --reason "moving the depot"',
    'tillwarden mute --collection terminals --record id=17 --for 2d --reason "ticket 4711"',
    'tillwarden mute --collection sensor_cas --record object=function --record "identity=reports.*" --for 4h --reason "ticket 4711"',
    'tillwarden mute                         (shows what waits for signatures, and signs it)',
    'tillwarden mute --list',
  ],
  notes:
    'What is muted is recorded, and told when the mute ends and it is still there. "tillwarden check" tells of it all the while.',
  action: async (context, options, site) => (await import('./mute.js')).muteChanges(context, site, options),
});

function lengthMs(value: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(value) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0);
  if (ms > 0 && ms <= MAX_MUTE_MS) return ms;
  throw new InvalidArgumentError('Needed is a length such as 30m, 4h or 2d, at most 7d.');
}
