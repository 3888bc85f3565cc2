import { sourceKindOf } from '../../sources/source-kind.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { namesOf, oneSite, openConfig } from '../open-config.js';

export interface FilesSetupOptions {
  readonly site?: string;
  readonly source?: string;
}

/** `tillwarden files-setup`: prints what lets a source of files read. Reads the configuration and nothing else. */
export async function runFilesSetup(context: CommandContext, options: FilesSetupOptions): Promise<number> {
  const config = await openConfig(context, 'none');
  const site = oneSite(config, options.site);
  const able = site.sources.flatMap((source) => {
    const { setup } = sourceKindOf(config.sourceKinds, source.kind);
    return setup === null ? [] : [{ ...source, setup }];
  });
  const wanted = able.filter(({ name }) => options.source === undefined || name === options.source);
  if (wanted.length === 0) {
    throw new CliError(
      'CLI_UNKNOWN_SOURCE',
      `${site.name} has no such source of files; name one of ${namesOf(able)} with --source`,
    );
  }
  // One after the other: what a preset brings is set up by one command.
  for (const { name, setup, settings, definitions } of wanted) {
    if (wanted.length > 1) context.terminal.out(`# ${site.name}, source ${name}`);
    context.terminal.out(setup({ config: settings, definitions }).trimEnd());
    if (wanted.length > 1) context.terminal.out();
  }
  return EXIT.same;
}
