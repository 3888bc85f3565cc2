import { BaselineError, readSiteDirectory, readTrustDirectory } from '../../../baselines/index.js';
import { type SiteApproval, type TrustReading, verifyRoots, verifySite } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import { CliError } from '../errors.js';

/** Verifies the trust roots. Throws the `BaselineError` of a pinned root that is not there, or cannot be read or used. */
export async function readTrust({ trust }: Config): Promise<TrustReading> {
  const roots = await readTrustDirectory(trust.directory);
  try {
    return verifyRoots(roots, trust.root);
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new BaselineError(error.code, `${trust.directory}: ${error.message}`, { cause: error });
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
