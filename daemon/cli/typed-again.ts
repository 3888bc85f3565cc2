import { existsSync } from 'node:fs';
import { shellWord } from '../wording.js';
import type { CommandDefinition } from './command.js';
import { configPlace } from './config-place.js';

/**
 * What a command of ours needs behind it to be about this configuration, typed in this folder: ` --config FILE`, or nothing where the file is the one
 * that is meant anyhow, or is not there.
 */
export function configFlag(
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean = existsSync,
): string {
  const isMeant = configPlace(env['TILLWARDEN_CONFIG'], process.cwd()) === configFile;
  return isMeant || !exists(configFile) ? '' : ` --config ${shellWord(configFile)}`;
}

/** A line of ours with the flag behind each command that it names in quotes, or ends with, and that reads a configuration. */
export function withConfigFlag(line: string, flag: string, commands: readonly CommandDefinition[]): string {
  if (flag === '') return line;
  const flagged = (words: string) =>
    readsConfig(words.split(' '), commands) && !words.includes('--config') ? `${words}${flag}` : words;
  return line
    .replace(/"tillwarden ([^"]+)"/g, (_, words: string) => `"tillwarden ${flagged(words)}"`)
    .replace(/: tillwarden ([^":]+)$/, (_, words: string) => `: tillwarden ${flagged(words)}`);
}

/** The command that the words begin with reads a configuration. */
function readsConfig([name, ...rest]: readonly string[], commands: readonly CommandDefinition[]): boolean {
  const found = commands.find((one) => one.name === name);
  if (found === undefined) return false;
  return (
    (found.options !== undefined && 'config' in found.options) || readsConfig(rest, found.commands ?? [])
  );
}
