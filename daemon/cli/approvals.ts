import {
  BaselineError,
  type DocumentDirectory,
  type Problem,
  readSiteDirectory,
  readTrustDirectory,
  type VerifiedBaseline,
  type VerifiedChain,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../baselines/index.js';
import type { Config } from '../config/config.js';
import { CliError } from './errors.js';

/** What the files of approval say of a site, verified from the configured pin on. */
export interface SiteApproval {
  readonly trust: VerifiedTrust;
  readonly chain: VerifiedChain;
  /** The newest baseline that counts; null when there is none. */
  readonly head: VerifiedBaseline | null;
  /** Everything wrong with the files of the trust root and of the site. */
  readonly problems: readonly Problem[];
}

export interface TrustReading {
  readonly trust: VerifiedTrust;
  readonly problems: readonly Problem[];
}

/** Verifies the trust roots. Throws the `BaselineError` of a pinned root that is not there, or cannot be read or used. */
export async function readTrust(config: Config): Promise<TrustReading> {
  const { directory } = config.trust;
  const { documents, problems } = await readTrustDirectory(directory);
  try {
    const trust = verifyTrust(documents, config.trust.root);
    return { trust, problems: [...problems, ...trust.problems] };
  } catch (cause) {
    // A root that could not be read is not one that somebody took away.
    const unread = problems.find(({ code }) => code === 'BASELINE_FILE_UNREADABLE');
    if (unread === undefined) throw cause;
    throw new BaselineError('BASELINE_FILE_UNREADABLE', `${directory}: ${unread.detail}`, { cause });
  }
}

/** Verifies the chain of a site. Needs nothing but files. */
export async function readApproval(
  config: Config,
  site: string,
  nowMs: number,
  trusted?: TrustReading,
): Promise<SiteApproval> {
  const { trust, problems } = trusted ?? (await readTrust(config));
  const directory: DocumentDirectory = await readSiteDirectory(config.baselines.directory, site);
  const { documents, records } = directory;
  const chain = verifyChain({ trust, site, documents, records, nowMs });
  return {
    trust,
    chain,
    head: chain.head,
    problems: [...problems, ...directory.problems, ...chain.problems],
  };
}

/** Nothing is signed on top of files that hold something newer that does not count. */
export function refuseBroken(problems: readonly Problem[]): void {
  const refused = problems.filter(({ weight }) => weight === 'refused');
  if (refused.length === 0) return;
  throw new CliError(
    'CLI_CHAIN_BROKEN',
    `the files of approval hold something that does not count; find out how it came there ("tillwarden verify")\n${refused.map(problemText).join('\n')}`,
  );
}

/** `BASELINE_GAP in 000007.json: …`: names of files are those we would write ourselves. */
export function problemText({ code, file, detail }: Problem): string {
  return `${code}${file === null ? '' : ` in ${file}`}: ${detail}`;
}

/** "in 12 days", "3 days ago": what people plan by. */
export function distance(atMs: number, nowMs: number): string {
  const days = Math.floor(Math.abs(atMs - nowMs) / 86_400_000);
  const span = days === 0 ? 'less than a day' : `${days} ${days === 1 ? 'day' : 'days'}`;
  return atMs >= nowMs ? `in ${span}` : `${span} ago`;
}
