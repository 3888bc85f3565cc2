import { defineCommand } from '../command.js';
import { JSON_OPTION, textOption } from '../option.js';

/** `tillwarden ack`. */
export const ackCommand = defineCommand({
  name: 'ack',
  description: 'answer for an incident, as it is now',
  argument: ['<incident>', 'its id, as alerts name it'],
  options: {
    config: textOption(
      '--config <file>',
      'your approver.yaml; ~/.config/tillwarden/approver.yaml when absent',
    ),
    server: textOption('--server <url>', 'ask this daemon, with the token of your approver.yaml'),
    revision: textOption('--revision <digits>', 'do not ask: the revision you saw, 8 hex digits or more'),
    reason: textOption('--reason <text>', 'why, for the others; asked for when absent'),
    json: JSON_OPTION,
  },
  examples: [
    'tillwarden ack 7f3a',
    'tillwarden ack 7f3a --reason "on the phone with the vendor"',
    'tillwarden ack 7f3a --revision 3f9a12c077b0 --reason "seen" --json',
  ],
  notes: `Under the name of your token. It holds for what is shown and for a limited time; what is new, and the end of that time, is
told anew. Nothing is approved by it. Exit code 12 when you say no, or when the incident is not what it was.`,
  action: async (context, options, id) => (await import('./ack.js')).runAck(context, id, options),
});
