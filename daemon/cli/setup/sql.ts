import type { Config, SiteConfig, SourceConfig } from '../../config/config.js';
import { installSql, uninstallSql } from '../../sources/index.js';
import { type CommandContext, namesOf, oneSite, openConfig } from '../command-context.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';

export interface SqlOptions {
  readonly site?: string;
  readonly source?: string;
  /** The role that tillwarden logs in as. */
  readonly role: string;
  readonly uninstall?: boolean;
}

/** `tillwarden sql`: prints what the owner of a watched database runs. Reads the configuration and nothing else. */
export async function sql(context: CommandContext, options: SqlOptions): Promise<number> {
  const config = await openConfig(context, 'none');
  const { settings, definitions } = sourceOf(config, options);
  const { role } = options;
  const text = options.uninstall
    ? uninstallSql({ role })
    : installSql({ role, definitions, channel: channelOf(settings) });
  context.terminal.out(text.trimEnd());
  return EXIT.same;
}

function sourceOf(config: Config, { site: siteName, source: name }: SqlOptions): SourceConfig {
  const site: SiteConfig = oneSite(config, siteName);
  const databases = site.sources.filter(({ kind }) => kind === 'postgres');
  const [found, ...others] = databases.filter((source) => name === undefined || source.name === name);
  if (found && others.length === 0) return found;
  throw new CliError(
    'CLI_UNKNOWN_SOURCE',
    `${site.name} has ${found ? 'several databases' : 'no such database'}; name one of ${namesOf(databases)} with --source`,
  );
}

/** Triggers serve hints only. */
function channelOf(settings: unknown): string | null {
  const { hints, channel } = settings as { hints: 'notify' | 'none'; channel: string };
  return hints === 'none' ? null : channel;
}
