import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import {
  type ApproverConfig,
  approverFile,
  isApproverFile,
  loadApproverConfig,
} from '../../config/approver.js';
import type { ConfigWithSources } from '../../config/config.js';
import { sitesSchema } from '../../http/approvals-wire.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { openConfig, openConfigOrNull, pointAtDemo } from '../open-config.js';
import { ownChainMemory } from '../signing/own-memory.js';
import { createServerClient, type ServerClient } from '../signing/server-client.js';
import type { ApproveOptions } from './approve-options.js';
import { localBackend } from './local-backend.js';
import { serverBackend } from './server-backend.js';

/**
 * The desk to sit down at. A file that was named decides by what it says; else a `tillwarden.yaml` in the current folder means this machine,
 * and an `approver.yaml` in the person's configuration folder the daemon it names. `--server` always means a daemon.
 */
export async function openBackend(
  context: CommandContext,
  site: string | undefined,
  options: BackendOptions,
): Promise<ApprovalBackend> {
  const file = fileElsewhere(context, options);
  if (file === null) {
    return localBackend(context, await openConfig(context, 'sources'), site, options.fromStart);
  }
  const config = approverConfig(context, file, options.server);
  return serverBackend(
    config,
    site,
    ownChainMemory(context.env, config.pin, options.fromStart === true),
    context.clock,
  );
}

type BackendOptions = Pick<ApproveOptions, 'config' | 'server' | 'fromStart'>;

/** Every site at which somebody can sit down. */
export interface Backends {
  readonly sites: readonly string[];
  readonly open: (site: string) => Promise<ApprovalBackend>;
  /** What is asked: a daemon, and what this machine pins of it; or the files of this machine, by their configuration. */
  readonly kept: DaemonElsewhere | { readonly config: ConfigWithSources };
}

/** A daemon that is asked, and the trust root that this machine pins. */
export interface DaemonElsewhere {
  readonly client: ServerClient;
  /** Its address. */
  readonly server: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
}

/** The desks of all sites, of this machine or of a daemon elsewhere, chosen as for one. */
export async function openBackends(context: CommandContext, options: BackendOptions): Promise<Backends> {
  const file = fileElsewhere(context, options);
  if (file === null) {
    const config = await openConfig(context, 'sources');
    return {
      sites: config.sites.map(({ name }) => name),
      open: async (site) => localBackend(context, config, site),
      kept: { config },
    };
  }
  const config = approverConfig(context, file, options.server);
  const client = createServerClient(config);
  const { sites } = await client.json('GET', '/api/sites', sitesSchema);
  return {
    sites,
    open: (site) =>
      serverBackend(config, site, ownChainMemory(context.env, config.pin, false), context.clock),
    kept: { client, server: config.server, pin: config.pin },
  };
}

/** The approver's file that names a daemon; null where this machine's own files are meant. */
export function fileElsewhere(
  { env, configFile }: CommandContext,
  { config, server }: BackendOptions,
): string | null {
  const named = config ?? env['TILLWARDEN_CONFIG'];
  const own = approverFile(env);
  const file = named === undefined ? own : resolve(named);
  const elsewhere =
    server !== undefined ||
    (named === undefined ? !existsSync(configFile) && existsSync(own) : isApproverFile(file));
  return elsewhere ? file : null;
}

/** The daemon that an approver's file names, or `--server` with the token of that file. Throws as `approverConfig` does, and `CLI_ELSEWHERE`. */
export async function openServer(
  context: CommandContext,
  { config, server }: { readonly config?: string; readonly server?: string },
): Promise<ServerClient> {
  const file = config ?? approverFile(context.env);
  if (config === undefined && server === undefined && !existsSync(file)) await pointAtDemo(file);
  return createServerClient(approverConfig(context, file, server));
}

/** The approver's file; what it needs is said where it is missing: throws `CLI_NOT_SET_UP`. */
export function approverConfig(
  context: CommandContext,
  file: string,
  server: string | undefined,
): ApproverConfig {
  if (!existsSync(file)) {
    const here = openConfigOrNull(context);
    const daemon =
      here?.api === null
        ? `, and in ${context.configFile} first the part "api", which it has not: without that the daemon answers nobody`
        : '';
    throw new CliError(
      'CLI_NOT_SET_UP',
      [
        `there is no ${file}; needed are its lines "server", "token_file" and "trustRoot"${daemon} (docs/approving.md, once before the first time), such as`,
        `server: ${server ?? 'https://tillwarden.example.org:8443'}`,
        'token_file: token',
        `trustRoot: sha256:${here?.trust.root ?? '…, as the configuration of the daemon has it'}`,
      ].join('\n'),
    );
  }
  return loadApproverConfig(file, server);
}
