import { readSiteDirectory, readTrustDirectory } from '../../baselines/index.js';
import { type SiteApproval, type TrustReading, verifyRoots, verifySite } from '../approvals/approval.js';
import type { Config } from '../config/config.js';

/** Verifies the trust roots. Throws the `BaselineError` of a pinned root that is not there or cannot be used. */
export async function readTrust({ trust }: Config): Promise<TrustReading> {
  return verifyRoots(await readTrustDirectory(trust.directory), trust.root);
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

/** "in 12 days", "3 days ago": what people plan by. */
export function distance(atMs: number, nowMs: number): string {
  const days = Math.floor(Math.abs(atMs - nowMs) / 86_400_000);
  const span = days === 0 ? 'less than a day' : `${days} ${days === 1 ? 'day' : 'days'}`;
  return atMs >= nowMs ? `in ${span}` : `${span} ago`;
}
