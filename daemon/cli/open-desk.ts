import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Desk } from '../approvals/desk.js';
import { isApproverFile, loadApproverConfig } from '../config/approver.js';
import type { ApproveOptions } from './approve-options.js';
import { type CommandContext, openConfig } from './command.js';
import { localDesk } from './local-desk.js';
import { createServerClient, type ServerClient } from './server-client.js';
import { serverDesk } from './server-desk.js';

/**
 * The desk to sit down at. A file that was named decides by what it says; else a `tillwarden.yaml` in the current folder means this machine,
 * and an `approver.yaml` in the person's configuration folder the daemon it names. `--server` always means a daemon.
 */
export async function openDesk(
  context: CommandContext,
  site: string | undefined,
  { config, server }: ApproveOptions,
): Promise<Desk> {
  const named = config ?? context.env['TILLWARDEN_CONFIG'];
  const own = approverFile(context.env);
  const file = named === undefined ? own : resolve(named);
  const elsewhere =
    server !== undefined ||
    (named === undefined ? !existsSync(context.configFile) && existsSync(own) : isApproverFile(file));
  if (!elsewhere) return localDesk(context, await openConfig(context, 'sources'), site);
  return serverDesk(loadApproverConfig(file, server), site);
}

/** The daemon that an approver's file names, or `--server` with the token of that file. */
export function openServer(
  { env }: CommandContext,
  { config, server }: { readonly config?: string; readonly server?: string },
): ServerClient {
  return createServerClient(loadApproverConfig(config ?? approverFile(env), server));
}

/** `$XDG_CONFIG_HOME/tillwarden/approver.yaml`. */
function approverFile(env: CommandContext['env']): string {
  const folder = env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? homedir(), '.config');
  return join(folder, 'tillwarden', 'approver.yaml');
}
