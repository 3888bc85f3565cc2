import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installTrustRoot, rootFile } from '../../../baselines/index.js';
import { rootWarnings } from '../../alerts/trust-words.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { type FirstRootOptions, firstRoot } from './first-root.js';
import { printRoot } from './text.js';

/** `tillwarden trust init`: trust root 1 alone, for a configuration that is there already. Never overwrites anything. */
export async function trustInit(
  { terminal, clock }: CommandContext,
  options: FirstRootOptions & { readonly directory: string },
): Promise<number> {
  const directory = resolve(options.directory);
  const file = join(directory, rootFile(1));
  const { root, bytes, digest } = firstRoot(options, clock());
  if (existsSync(file)) {
    throw new CliError(
      'CLI_FILE_EXISTS',
      `${file} is there already; "tillwarden trust add", "remove" and "rule" make the next root`,
    );
  }
  await installTrustRoot(directory, { file: rootFile(1), bytes, signatures: [] });
  terminal.out(`Wrote ${file}, valid until ${root.expires}.`);
  printRoot(terminal, root);
  for (const line of rootWarnings(root)) terminal.out(`  ${terminal.paint('yellow', 'warning')}  ${line}`);
  terminal.out(
    `\nPin it in the configuration:\n  trust: { directory: ${JSON.stringify(directory)}, root: "sha256:${digest}" }`,
  );
  return EXIT.same;
}
