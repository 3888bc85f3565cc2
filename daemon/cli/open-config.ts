import { existsSync } from 'node:fs';
import { approverFile, isApproverFile } from '../config/approver.js';
import type { Config, ConfigWithSecrets, ConfigWithSources } from '../config/config.js';
import { loadConfig, type WantedSecrets } from '../config/load.js';
import type { CommandContext } from './command.js';
import { CliError } from './errors.js';

/**
 * Reads the configuration, and of its secrets those the command uses. Throws `ConfigError` with all problems, and `CLI_ELSEWHERE` on a
 * machine that has an approver's file only, or where one is named.
 */
export async function openConfig(context: CommandContext, secrets: 'none'): Promise<Config>;
export async function openConfig(context: CommandContext, secrets: 'sources'): Promise<ConfigWithSources>;
export async function openConfig(context: CommandContext, secrets: 'all'): Promise<ConfigWithSecrets>;
export async function openConfig(context: CommandContext, secrets: 'none'): Promise<Config>;
export async function openConfig(context: CommandContext, secrets: 'sources'): Promise<ConfigWithSources>;
export async function openConfig(context: CommandContext, secrets: 'all'): Promise<ConfigWithSecrets>;
export async function openConfig(
  { configFile, isConfigNamed = false, env, sourceKinds }: CommandContext,
  secrets: WantedSecrets,
): Promise<Config> {
  // Who named a file is told of that file, by its reader.
  const isNowhere = !isConfigNamed && !existsSync(configFile);
  if (isNowhere && existsSync(approverFile(env))) {
    throw new CliError(
      'CLI_ELSEWHERE',
      `there is no ${configFile}: run this on the machine of the daemon, or name its configuration with --config; "tillwarden approve", "ack", "show", "status" and "check" work from here`,
    );
  }
  if (isNowhere) await pointAtDemo(configFile);
  if (isApproverFile(configFile)) {
    throw new CliError(
      'CLI_ELSEWHERE',
      `${configFile} is an approver's file: needed is the daemon's configuration (tillwarden.yaml), on the machine of the daemon; "tillwarden approve", "ack", "show", "status" and "check" work with this one`,
    );
  }
  return loadConfig(configFile, secrets, sourceKinds);
}

/** Who plays with the demo and types a command as its alerts print it gets the one that works. Throws `CLI_ELSEWHERE` for the file that is not there. */
export async function pointAtDemo(missing: string): Promise<void> {
  const { runningDemos } = await import('../demo/running.js');
  const [demo] = await runningDemos().catch(() => []);
  if (demo === undefined) return;
  throw new CliError(
    'CLI_ELSEWHERE',
    `there is no ${missing}; a demo of yours is running: "tillwarden demo show", "demo ack", "demo respond" and "demo approve" are about it, and for commands of the daemon's own machine --config ${demo.configFile} names its configuration`,
  );
}

/** The configuration that lies in the usual place of this machine; null where none does, or none that can be read. */
export function openConfigOrNull({ configFile, sourceKinds }: CommandContext): Config | null {
  if (!existsSync(configFile) || isApproverFile(configFile)) return null;
  try {
    return loadConfig(configFile, 'none', sourceKinds);
  } catch {
    return null;
  }
}

interface Named {
  readonly name: string;
}

/** The named site, or all of them. Throws `CLI_UNKNOWN_SITE`. */
export function sitesOf<Site extends Named>(
  config: { readonly sites: readonly Site[] },
  name: string | undefined,
): readonly Site[] {
  if (name === undefined) return config.sites;
  const site = config.sites.find((one) => one.name === name);
  if (site) return [site];
  throw new CliError('CLI_UNKNOWN_SITE', `no such site is configured; there is ${namesOf(config.sites)}`);
}

/** The named site, or the only one. Throws `CLI_UNKNOWN_SITE`. */
export function oneSite<Site extends Named>(
  config: { readonly sites: readonly Site[] },
  name: string | undefined,
): Site {
  const [site, ...others] = sitesOf(config, name);
  if (site && others.length === 0) return site;
  throw new CliError(
    'CLI_UNKNOWN_SITE',
    `several sites are configured; name one of ${namesOf(config.sites)}`,
  );
}

export function namesOf(named: readonly Named[]): string {
  return named.map(({ name }) => name).join(', ');
}
