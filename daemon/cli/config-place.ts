import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where a service of this machine has its configuration, so that commands printed in alerts work in any folder. */
export const SYSTEM_CONFIG = '/etc/tillwarden/tillwarden.yaml';
const OWN_CONFIG = 'tillwarden.yaml';

/**
 * The configuration of a command: the one that is named, else `tillwarden.yaml` of the current folder, else the one of the machine. Where there is
 * none at all, the first that was looked for.
 */
export function configPlace(
  named: string | undefined,
  folder: string,
  exists: (file: string) => boolean = existsSync,
): string {
  const own = resolve(folder, named ?? OWN_CONFIG);
  return named === undefined && !exists(own) && exists(SYSTEM_CONFIG) ? SYSTEM_CONFIG : own;
}
