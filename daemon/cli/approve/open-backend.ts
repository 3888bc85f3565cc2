import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import {
  type ApproverConfig,
  approverFile,
  isApproverFile,
  loadApproverConfig,
} from '../../config/approver.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { openConfig } from '../open-config.js';
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
  { config, server }: ApproveOptions,
): Promise<ApprovalBackend> {
  const named = config ?? context.env['TILLWARDEN_CONFIG'];
  const own = approverFile(context.env);
  const file = named === undefined ? own : resolve(named);
  const elsewhere =
    server !== undefined ||
    (named === undefined ? !existsSync(context.configFile) && existsSync(own) : isApproverFile(file));
  if (!elsewhere) return localBackend(context, await openConfig(context, 'sources'), site);
  return serverBackend(approverConfig(file, server), site);
}

/** The daemon that an approver's file names, or `--server` with the token of that file. */
export function openServer(
  { env }: CommandContext,
  { config, server }: { readonly config?: string; readonly server?: string },
): ServerClient {
  return createServerClient(approverConfig(config ?? approverFile(env), server));
}

/** The approver's file; what it needs is said where it is missing. */
function approverConfig(file: string, server: string | undefined): ApproverConfig {
  if (!existsSync(file)) {
    throw new CliError(
      'CLI_NOT_SET_UP',
      `there is no ${file}; needed are its lines "server", "token_file" and "trustRoot" (docs/approving.md, once before the first time)`,
    );
  }
  return loadApproverConfig(file, server);
}
