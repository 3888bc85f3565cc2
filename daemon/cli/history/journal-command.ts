import { defineCommand } from '../command.js';
import { CONFIG_OPTION, JSON_OPTION, textOption } from '../option.js';

const journalShowCommand = defineCommand({
  name: 'show',
  description: 'print the journal',
  options: {
    config: CONFIG_OPTION,
    since: textOption('--since <time>', 'from then on: 90m, 12h, 3d, 2026-11-25 or 2026-11-25T03:10Z'),
    incident: textOption('--incident <id>', 'entries about this incident'),
    json: JSON_OPTION,
  },
  examples: ['tillwarden journal show --since 12h', 'tillwarden journal show --incident 7f3a --json'],
  action: async (context, options) => (await import('./journal-show.js')).journalShow(context, options),
});

const journalVerifyCommand = defineCommand({
  name: 'verify',
  description: 'prove that no entry was changed, removed or cut off',
  options: {
    config: CONFIG_OPTION,
    head: textOption(
      '--head <digits>',
      'the head an alert told (its last line, after "journal"): is it still there?',
    ),
    json: JSON_OPTION,
  },
  examples: ['tillwarden journal verify', 'tillwarden journal verify --head 9f86d081884c7d659a2f'],
  notes: 'Exit code 12 when an entry was changed, removed or replaced, or when no entry has the told head.',
  action: async (context, options) => (await import('./journal-verify.js')).journalVerify(context, options),
});

/** `tillwarden journal …`. */
export const journalCommand = defineCommand({
  name: 'journal',
  description: 'what was decided, and the proof that nobody changed it',
  examples: ['tillwarden journal show --since 12h', 'tillwarden journal verify --head 9f86d081884c7d659a2f'],
  commands: [journalShowCommand, journalVerifyCommand],
});
