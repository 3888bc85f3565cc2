import { defineCommand } from '../command.js';
import { textOption } from '../option.js';

/** `tillwarden watch-link`. */
export const watchLinkCommand = defineCommand({
  name: 'watch-link',
  description: 'print a code by which your phone is let in to the watch page',
  options: {
    config: textOption(
      '--config <file>',
      'your approver.yaml; ~/.config/tillwarden/approver.yaml when absent',
    ),
    server: textOption('--server <url>', 'where the page is, with the token of your approver.yaml'),
  },
  examples: ['tillwarden watch-link', 'tillwarden watch-link --server https://tillwarden.example.net:9772'],
  notes: `The code holds your token: show it to no camera but your own. The browser that opens it keeps no token; it may read and answer for
30 days, or until the token is taken away.`,
  action: async (context, options) => (await import('./watch-link.js')).runWatchLink(context, options),
});
