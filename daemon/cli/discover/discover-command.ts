import { defineCommand } from '../command.js';
import { flagOption, parsedOption, textOption, timeSpan } from '../option.js';

/** `tillwarden discover`. */
export const discoverCommand = defineCommand({
  name: 'discover',
  description: 'suggest what to watch in a database that has no preset',
  argument: [
    '[url]',
    'the database as the owner of its tables; better by --url-file: everybody sees a command line',
  ],
  options: {
    urlFile: textOption(
      '--url-file <file>',
      'a file that holds the URL; $TILLWARDEN_DISCOVER_URL when absent',
    ),
    watch: parsedOption(
      '--watch <time>',
      'how long to watch what changes by itself: 90s, 3m, 1h, or 0; Ctrl-C ends it early',
      timeSpan,
      180_000,
    ),
    out: textOption('--out <file>', 'write there, never over anything; to the terminal when absent'),
    name: textOption('--name <name>', 'name of the source; made of the name of the database when absent'),
    tlsCaFile: textOption(
      '--tls-ca-file <file>',
      'PEM file of the authority that signed the certificate of the server',
    ),
    allowUnverifiedTls: flagOption('--allow-unverified-tls', 'connect although the server is not verified'),
    allowSuperuser: flagOption('--allow-superuser', 'look although the role may do everything (PostgreSQL)'),
  },
  examples: [
    'tillwarden discover --url-file owner_url --out discovered.yaml',
    'tillwarden discover --url-file owner_url --watch 10m --out discovered.yaml',
    'tillwarden init --discovered discovered.yaml --key ~/.ssh/id_ed25519.pub --name alice',
  ],
  notes:
    'Reads only, a hundredth of the time, and writes names but no value of the database. What is suggested is a guess for you to read: docs/discover.md.',
  action: async (context, options, url) => (await import('./discover.js')).runDiscover(context, options, url),
});
