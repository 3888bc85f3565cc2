import { readSourcesFile } from '../../config/sources-file.js';
import { sourceKinds } from '../../sources/index.js';
import type { CommandContext } from '../command.js';

/** One source as it goes below `sources` of a configuration. */
export interface DiscoveredSource {
  readonly source: 'postgres' | 'mysql';
  readonly name: string;
  /** YAML: a map whose only name is `sources`, its comments with it. */
  readonly text: string;
}

/** Reads what `tillwarden discover` wrote and somebody may have edited. Throws `ConfigError` with every problem. */
export function readDiscovered(
  { sourceKinds: kinds = sourceKinds }: Pick<CommandContext, 'sourceKinds'>,
  file: string,
): DiscoveredSource {
  const { kind, name, text } = readSourcesFile(file, kinds);
  return { source: kind === 'mysql' ? 'mysql' : 'postgres', name, text };
}
