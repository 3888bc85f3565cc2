import type { Config, SiteConfig, SourceConfig } from '../../config/config.js';
import { type SourceSql, sourceKindOf } from '../../sources/source-kind.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { namesOf, oneSite, openConfig } from '../open-config.js';

export interface SqlOptions {
  readonly site?: string;
  readonly source?: string;
  /** The role that tillwarden logs in as. */
  readonly role: string;
  readonly uninstall?: boolean;
  /** With the change log of `changeLog`, or one of its defaults. */
  readonly changeLog?: boolean;
}

/** `tillwarden sql`: prints what the owner of a watched database runs. Reads the configuration and nothing else. */
export async function runSql(context: CommandContext, options: SqlOptions): Promise<number> {
  const loaded = await openConfig(context, 'none');
  const { settings, definitions, sql: printed } = databaseOf(loaded, options);
  if (options.changeLog === true && printed.hasChangeLog !== true) {
    throw new CliError(
      'CLI_NO_CHANGE_LOG',
      'only a PostgreSQL database can have a change log; leave --change-log out',
    );
  }
  const config = options.changeLog === true ? { changeLog: {}, ...settings } : settings;
  const request = { role: options.role, config, definitions };
  const text = options.uninstall ? printed.uninstall(request) : printed.install(request);
  context.terminal.out(text.trimEnd());
  return EXIT.same;
}

/** A source whose owner runs something. */
type Database = SourceConfig & { readonly sql: SourceSql<SourceConfig['settings']> };

function databaseOf(config: Config, { site: siteName, source: name }: SqlOptions): Database {
  const site: SiteConfig = oneSite(config, siteName);
  const databases = site.sources.flatMap((source): Database[] => {
    const { sql } = sourceKindOf(config.sourceKinds, source.kind);
    return sql === null ? [] : [{ ...source, sql }];
  });
  const [found, ...others] = databases.filter((source) => name === undefined || source.name === name);
  if (found && others.length === 0) return found;
  throw new CliError(
    'CLI_UNKNOWN_SOURCE',
    `${site.name} has ${found ? 'several databases' : 'no such database'}; name one of ${namesOf(databases)} with --source`,
  );
}
