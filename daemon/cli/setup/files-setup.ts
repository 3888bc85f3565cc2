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
  const [found, ...others] = able.filter(
    ({ name }) => options.source === undefined || name === options.source,
  );
  if (!found || others.length > 0) {
    throw new CliError(
      'CLI_UNKNOWN_SOURCE',
      `${site.name} has ${found ? 'several sources' : 'no such source'} of files; name one of ${namesOf(able)} with --source`,
    );
  }
  const { setup, settings, definitions } = found;
  context.terminal.out(setup({ config: settings, definitions }).trimEnd());
  return EXIT.same;
}
