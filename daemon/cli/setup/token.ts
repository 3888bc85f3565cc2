import { newToken, tokenDigest } from '../../config/api-token.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';

/** `tillwarden token`: prints a new token for its person, and the lines that let it in for the daemon's configuration. */
export async function runToken({ terminal }: CommandContext, name: string): Promise<number> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
    throw new CliError('CLI_USAGE', 'a name of 1 to 63 of a-z, 0-9 and - is needed');
  }
  const made = newToken();
  terminal.note(`The token of ${name}, shown this once; it belongs into a file of theirs with mode 0600:`);
  terminal.out(made);
  terminal.note('\nWhat the daemon gets to know, below api.people of its configuration:');
  terminal.note(`    - name: ${name}`);
  terminal.note(`      tokenDigest: "sha256:${tokenDigest(made)}"`);
  terminal.note('      scopes: [read, acknowledge, submit]');
  return EXIT.same;
}
