import { type Degradation, SourceError } from '../source.js';
import type { DatabaseSettings } from './config.js';

/**
 * Applies invariant 9 to what a role was found able to do besides reading, in our words and configured names: "is superuser". Throws
 * `SOURCE_ROLE_DANGEROUS` unless the configuration allows it; then that is returned as degraded.
 */
export function refuseDangers(
  config: Pick<DatabaseSettings, 'name' | 'allowDangerousRole'>,
  dangers: readonly string[],
): Degradation[] {
  if (dangers.length === 0) return [];
  const found = `source "${config.name}": its role ${dangers.join('; ')}`;
  if (!config.allowDangerousRole) {
    throw new SourceError(
      'SOURCE_ROLE_DANGEROUS',
      `${found}. Needed: a role that can do nothing but read the watched columns; "tillwarden sql" prints one. To start all the same, set ` +
        'allowDangerousRole: true; it shows as degraded.',
    );
  }
  return [{ code: 'SOURCE_ROLE_DANGEROUS', message: `${found} (allowDangerousRole)` }];
}
