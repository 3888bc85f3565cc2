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
    origin: textOption(
      '--origin <url>',
      'serve it on a host of your own, under this address (https://…), for approving from a phone with a passkey',
    ),
    listen: textOption(
      '--listen <address>',
      'with --origin: on which address of that host; 127.0.0.1 unless told',
    ),
    certificate: textOption(
      '--certificate <file>',
      'with --origin: its certificate and chain, PEM, read again when renewed',
    ),
    certificateKey: textOption('--certificate-key <file>', 'the key of that certificate, PEM'),
    signOut: flagOption(
      '--sign-out',
      'with --origin: browsers that were let in before have to be let in again',
    ),
    besideDaemon: flagOption(
      '--beside-daemon',
      'run it on the machine of a daemon all the same: who owns that machine then chooses what you see',
    ),
  },
  examples: [
    'tillwarden console',
    'tillwarden console --server https://tillwarden.example.net:9772',
    'tillwarden console --enroll alice',
    'tillwarden console --origin https://console.example.net --listen 0.0.0.0 --port 8443 --certificate fullchain.pem --certificate-key privkey.pem',
    'tillwarden console --key ~/.ssh/id_ed25519.pub',
  ],
  notes: `Run it on your own machine. It prints a link that opens the page in your browser, and whatever it hands over for signing; it
ends with Ctrl-C. It verifies and computes itself, as "tillwarden approve" does; the page only shows. docs/console.md says more.`,
  action: async (context, options) => (await import('./console.js')).runConsole(context, options),
});
