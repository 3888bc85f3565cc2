import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../store/sqlite/open.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { openConfigOrNull } from '../open-config.js';

/**
 * Refuses to run where a daemon keeps its state: whoever took that machine would choose what approvers see, and through a tunnel it would even
 * look like their own. Returns whether it is such a place, for the page to say so. `state`: of the configuration that the desk reads; null
 * for a daemon elsewhere, where the usual configuration of this machine is looked for. Throws `CLI_BESIDE_DAEMON`.
 */
export function refuseBesideDaemon(state: string | null, context: CommandContext, allowed: boolean): boolean {
  const directory = state ?? openConfigOrNull(context)?.stateDirectory ?? null;
  const isBeside =
    directory !== null && statSync(join(directory, DATABASE_FILE), { throwIfNoEntry: false }) !== undefined;
  if (!isBeside || allowed) return isBeside;
  throw new CliError(
    'CLI_BESIDE_DAEMON',
    `a daemon keeps its state in ${directory}: run the console on your own machine, with an approver.yaml; --beside-daemon runs it here all the same`,
  );
}
