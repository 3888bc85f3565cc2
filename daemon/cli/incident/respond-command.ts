import { defineCommand } from '../command.js';
import { JSON_OPTION, textOption } from '../option.js';

/** `tillwarden respond`. */
export const respondCommand = defineCommand({
  name: 'respond',
  description: 'walk through the response to an incident, up to switching terminals on again',
  argument: ['<incident>', 'its id, as alerts name it'],
  options: {
    config: textOption(
      '--config <file>',
      'your approver.yaml; ~/.config/tillwarden/approver.yaml when absent',
    ),
    server: textOption('--server <url>', 'ask this daemon, with the token of your approver.yaml'),
    runbook: textOption('--runbook <name>', 'follow this one; the first that fits when absent'),
    done: textOption('--done <step>', 'do not ask: say that this step is done, or "finish"'),
    undo: textOption('--undo <step>', 'do not ask: say that this step is not done after all'),
    note: textOption('--note <text>', 'how, for the others'),
    evidence: textOption('--evidence <file>', 'write everything about it to this archive, once it is over'),
    json: JSON_OPTION,
  },
  examples: [
    'tillwarden respond 7f3a',
    'tillwarden respond 7f3a --done terminals-off --note "all 250, from the admin page"',
    'tillwarden respond 7f3a --done finish --evidence /srv/7f3a.tar.gz',
    'tillwarden respond 7f3a --json',
  ],
  notes: `Under the name of your token. What tillwarden can see of a step ticks itself; it asks about the rest, and everything said is in
the journal. "finish", after which terminals are switched on again, needs every step and a token that may submit. The archive is written
on the machine of the daemon, from its configuration in the usual place or in TILLWARDEN_CONFIG; its digest goes into the journal. Exit code
10 while steps are left.`,
  action: async (context, options, id) => (await import('./respond.js')).runRespond(context, id, options),
});
