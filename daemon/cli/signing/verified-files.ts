import { BaselineError, readSiteDirectory, readTrustDirectory } from '../../../baselines/index.js';
import { type SiteApproval, type TrustReading, verifyRoots, verifySite } from '../../approvals/approval.js';
import { leadsTo, trustRolledBack } from '../../approvals/trust-rollback.js';
import type { Config } from '../../config/config.js';
import { StoreError } from '../../store/errors.js';
import type { RememberedRoot } from '../../store/meta.js';
import { rememberedRoot } from '../../store/remembered-root.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import { CliError } from '../errors.js';

/** Verifies the trust roots. Throws the `BaselineError` of a pinned root that is not there, or cannot be read or used. */
export async function readTrust({ trust, stateDirectory }: Config): Promise<TrustReading> {
  const roots = await readTrustDirectory(trust.directory);
  try {
    const reading = verifyRoots(roots, trust.root);
    const remembered = rootOfDaemon(stateDirectory, trust.root);
    if (remembered === null || leadsTo(reading.trust, remembered)) return reading;
    return { ...reading, problems: [trustRolledBack(remembered, reading.trust), ...reading.problems] };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new BaselineError(error.code, `${trust.directory}: ${error.message}`, { cause: error });
  }
}

/** The highest root that the daemon of this machine ever had in force. Null where its state cannot be read: whoever signs has their own memory. */
function rootOfDaemon(stateDirectory: string, pin: string): RememberedRoot | null {
  try {
    const store = openStoreReadOnly(stateDirectory);
    try {
      return store === null ? null : rememberedRoot(store.meta, pin);
    } finally {
      store?.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

/** Verifies the chain of a site. Needs nothing but files. */
export async function readApproval(
  config: Config,
  site: string,
  nowMs: number,
  trusted?: TrustReading,
): Promise<SiteApproval> {
  const directory = await readSiteDirectory(config.baselines.directory, site);
  return verifySite(trusted ?? (await readTrust(config)), site, directory, nowMs);
}

/** Says that nothing is signed on top of files that do not count: for `refuseBroken`. */
export function chainBroken(_code: string, text: string): CliError {
  return new CliError(
    'CLI_CHAIN_BROKEN',
    `the files of approval hold something that does not count; find out how it came there ("tillwarden verify")\n${text}`,
  );
}

/** "in 12 days", "3 days ago": what people plan by. */
export function distance(atMs: number, nowMs: number): string {
  const days = Math.floor(Math.abs(atMs - nowMs) / 86_400_000);
  const span = days === 0 ? 'less than a day' : `${days} ${days === 1 ? 'day' : 'days'}`;
  return atMs >= nowMs ? `in ${span}` : `${span} ago`;
}
