import { defineCommand } from '../command.js';
import { CONFIG_OPTION, flagOption, parsedOption, textOption } from '../option.js';
import { KEY_OPTION } from '../signing/key-option.js';
import { CONSOLE_PORT, portNumber } from './console-options.js';

/** `tillwarden console`. */
export const consoleCommand = defineCommand({
  name: 'console',
  description: 'look at what differs, and sign what is right, in the browser of this machine',
  options: {
    config: CONFIG_OPTION,
    server: textOption('--server <url>', 'ask this daemon, with the token and pin of your approver.yaml'),
    key: KEY_OPTION,
    port: parsedOption(
      '--port <number>',
      `on which the page is served, ${CONSOLE_PORT} unless told; passkeys belong to the port they were made on`,
      portNumber,
    ),
    enroll: textOption('--enroll <person>', 'make a passkey for this person, a line for the trust root'),
    besideDaemon: flagOption(
      '--beside-daemon',
      'run it on the machine of a daemon all the same: who owns that machine then chooses what you see',
    ),
  },
  examples: [
    'tillwarden console',
    'tillwarden console --server https://tillwarden.example.net:9772',
    'tillwarden console --enroll alice',
    'tillwarden console --key ~/.ssh/id_ed25519.pub',
  ],
  notes: `Run it on your own machine. It prints a link that opens the page in your browser, and whatever it hands over for signing; it
ends with Ctrl-C. It verifies and computes itself, as "tillwarden approve" does; the page only shows. docs/console.md says more.`,
  action: async (context, options) => (await import('./console.js')).runConsole(context, options),
});
